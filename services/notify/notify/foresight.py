"""Who would be told about a request for a location, on which channels, and why."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import is_open, next_opening
from notify.lint import nobody, reachable
from notify.roster import Recipient, Routing

LINE = "%A, %B %-d, %Y, %-I:%M %p %Z"
CHANNELS = {"email": "e-mail", "sms": "text"}


def foretell(
    routing: Routing, clinic: str, location: Location, at: datetime, channels: frozenset[str]
) -> Iterator[str]:
    """Lines for people.  `channels`: those that a provider is configured for."""
    local = at.astimezone(ZoneInfo(location.zone))
    yield f"{location.name}, {local.strftime(LINE)}: {_hours(location, at)}"
    yield f"Why: {_why(routing, clinic, location.slug)}"
    for n, person in enumerate(routing.recipients, start=1):
        when = "told at once, at any hour" if n == 1 else "next in line"
        yield f"{n}. {person.name} ({person.key}), {when}: {_ways(person, channels)}"
    able = [person for person in routing.recipients if reachable(person, channels)]
    if not able:
        yield f"ERROR: {nobody(clinic, location.slug)}"
    elif len(able) == 1:
        yield "Warning: nobody is next in line when this one is away"


def _hours(location: Location, at: datetime) -> str:
    if is_open(location, at):
        return "open"
    opens = next_opening(location, at)
    if opens is None:
        return "closed, and no opening hours follow"
    local = opens.astimezone(ZoneInfo(location.zone))
    soon = local - at < timedelta(days=7)
    return f"closed, opens {local.strftime('%A %-I:%M %p' if soon else LINE)}"


def _why(routing: Routing, clinic: str, location: str) -> str:
    entry = f'[locations."{routing.by}"]' if routing.by == "*" else f"[locations.{routing.by}]"
    if not routing.by:
        return f"there is no entry for {location} and none for every other location"
    where = "as changed on the desk" if routing.on_desk else f"of alerts/{clinic}.toml"
    other = "" if routing.by == location else f", as {location} has none of its own"
    return f"entry {entry} {where}{other}"


def _ways(person: Recipient, channels: frozenset[str]) -> str:
    return "; ".join(
        f"{CHANNELS[channel]} {address}"
        + ("" if channel in channels else " (no provider is configured)")
        for channel, address in person.addresses()
    )
