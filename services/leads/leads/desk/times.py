"""Moments and waiting times as the desk shows them, in the location's own time."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from contract.directory import Location
from leads.waiting import minutes_waited

HOUR = 60
NOON = 12
WEEK = 7  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`short`: as colleagues say it; `exact`: with date and zone; `iso`: for machines."""

    short: str
    exact: str
    iso: str
    is_today: bool


def moment(at: datetime, zone_name: str, now: datetime) -> Moment:
    zone = ZoneInfo(zone_name)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local.hour % NOON or NOON}:{local:%M} {'am' if local.hour < NOON else 'pm'}"
    days = (today - local.date()).days
    if days == 0:
        short = clock
    elif days == -1:
        short = f"tomorrow {clock}"
    elif -WEEK < days < WEEK:  # a weekday's name is enough
        short = f"{local:%a} {clock}"
    elif local.year == today.year:
        short = f"{local:%b} {local.day}, {clock}"
    else:
        short = f"{local:%b} {local.day}, {local.year}, {clock}"
    exact = f"{local:%A, %B} {local.day}, {local.year}, {clock} {local.tzname()}"
    return Moment(
        short=short, exact=exact, iso=local.isoformat(timespec="seconds"), is_today=days == 0
    )


def waited(location: Location | None, start: datetime, end: datetime) -> str:
    """ "12 min": open minutes; of a location that is gone from the directory, all minutes."""
    return spoken_minutes(int(minutes_waited(location, start, end)))


def spoken_minutes(minutes: int) -> str:
    if minutes < HOUR:
        return f"{minutes} min"
    hours, rest = divmod(minutes, HOUR)
    return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"  # noqa: PLR2004 - minutes do not matter then
