"""The moment that a move asks for: one of a few short ways, or a day and a time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import next_opening

AHEAD = timedelta(days=400)
SHORT = {
    "30m": ("In 30 minutes", timedelta(minutes=30)),
    "2h": ("In 2 hours", timedelta(hours=2)),
}
OPENING = "opening"


class NoMoment(ValueError):  # noqa: N818 - what was asked for
    """What was given is no moment that can be meant; the message says why, to a person."""


def short_ways(location: Location | None, now: datetime) -> list[tuple[str, str]]:
    """(value, label) of what one tap can say."""
    ways = [(value, label) for value, (label, _) in SHORT.items()]
    if location and _next_day_opening(location, now):
        ways.append((OPENING, "Next day, when we open"))
    return ways


def asked_moment(
    given: Mapping[str, str], location: Location | None, now: datetime
) -> datetime | None:
    """The moment in `in` (a short way) or `moment` (local wall time); None: none was given.

    Raises NoMoment.
    """
    way, typed = given.get("in", ""), given.get("moment", "").strip()
    if way in SHORT:
        return now + SHORT[way][1]
    if way == OPENING and location and (opening := _next_day_opening(location, now)):
        return opening
    if way:
        raise NoMoment("Choose when to call again")
    if not typed:
        return None
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        raise NoMoment("That is no day and time: choose both") from None
    zone = ZoneInfo(location.zone if location else "UTC")
    at = (wall if wall.tzinfo else wall.replace(tzinfo=zone)).astimezone(UTC)
    if at <= now:
        raise NoMoment("That time has passed: choose a later one")
    if at > now + AHEAD:
        raise NoMoment("That is more than a year ahead: choose an earlier time")
    return at


def _next_day_opening(location: Location, now: datetime) -> datetime | None:
    local = now.astimezone(ZoneInfo(location.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return next_opening(location, midnight)
