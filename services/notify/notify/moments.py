"""A moment as people type it: "2026-11-27T18:05", "Friday 18:05", "18:05"."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ON_A_DAY = re.compile(r"(?:([a-z]{3,9})\s+)?(\d{1,2}):(\d{2})\s*([ap]\.?m\.?)?", re.IGNORECASE)
UNKNOWN = 'must be such as "Friday 18:05", "18:05" or "2026-11-27T18:05", not {!r}'
FAR = "must be within ten years, not {!r}"
AT_MOST = timedelta(days=3650)  # further away the calendar itself ends
NOON = 12


def moment(typed: str, zone: str, now: datetime) -> datetime:
    """The moment that is meant, aware: in `zone` unless it says otherwise, and not before `now`
    where it names no date.  Raises ValueError in words.
    """
    local_now = now.astimezone(ZoneInfo(zone))
    if found := ON_A_DAY.fullmatch(typed.strip()):
        day, hour, minute, half = found.groups()
        return _next(local_now, _weekday(day, typed), _clock(int(hour), int(minute), half, typed))
    try:
        at = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise ValueError(UNKNOWN.format(typed)) from None
    if abs(at.replace(tzinfo=None) - local_now.replace(tzinfo=None)) > AT_MOST:
        raise ValueError(FAR.format(typed))
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _next(local_now: datetime, weekday: int | None, clock: time) -> datetime:
    """The first such time of day from now on, on `weekday` if one is given."""
    for days in range(8):
        date = local_now.date() + timedelta(days=days)
        at = datetime.combine(date, clock, local_now.tzinfo)
        if weekday in (None, date.weekday()) and at.astimezone(UTC) >= local_now.astimezone(UTC):
            return at
    raise AssertionError("every weekday comes within eight days")


def _weekday(day: str | None, typed: str) -> int | None:
    if day is None:
        return None
    for number, name in enumerate(DAYS):
        if name.startswith(day.lower()):
            return number
    raise ValueError(UNKNOWN.format(typed))


def _clock(hour: int, minute: int, half: str | None, typed: str) -> time:
    if half is not None:
        in_half = 1 <= hour <= NOON
        hour = hour % NOON + (NOON if half[0] in "pP" else 0) if in_half else 24
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(UNKNOWN.format(typed)) from None
