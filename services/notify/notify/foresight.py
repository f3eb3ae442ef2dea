"""Who would be told about a request for a location, on which channels, and why.

The order, the covers and the reasons are those of notify.routing, which does it in earnest.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import is_open, next_opening
from notify.alertbook import EMAIL_NOW, HOLD, ON_CALL
from notify.lint import nobody, reachable
from notify.roster import Routing
from notify.routing import Turn, asks_on_call, chain, closed

LINE = "%A, %B %-d, %Y, %-I:%M %p %Z"
CHANNELS = {"email": "e-mail", "sms": "text"}


def foretell(
    routing: Routing,
    clinic: str,
    location: Location,
    at: datetime,
    channels: frozenset[str],
    *,
    speaks: str = "",
) -> Iterator[str]:
    """Lines for people.  `channels`: those that a provider is configured for."""
    local = at.astimezone(ZoneInfo(location.zone))
    yield f"{location.name}, {local.strftime(LINE)}: {_hours(location, at)}"
    yield f"Why: {_why(routing, clinic, location.slug)}"
    on_call = asks_on_call(routing, location, at)
    turns = chain(routing, location, at, on_call=on_call, speaks=speaks)
    first = min(turns, key=lambda turn: turn.at) if turns else None
    ordered = [*([first] if first else []), *(turn for turn in turns if turn is not first)]
    if turns and (policy := _after_hours(routing, location, at, on_call=on_call)):
        yield f"After hours: {policy}"
    for n, turn in enumerate(ordered, start=1):
        when = (
            _first(routing, location, turn, at) if n == 1 else _later(routing, n, on_call=on_call)
        )
        why = f" ({'; '.join(turn.why)})" if turn.why else ""
        yield f"{n}. {turn.person.name} ({turn.person.key}), {when}: {_ways(turn, channels)}{why}"
    able = [turn for turn in turns if reachable(turn.person, channels)]
    if not able:
        yield f"ERROR: {nobody(clinic, location.slug)}"
        return
    if len(able) == 1:
        yield "Warning: nobody is next in line when this one is away"
    yield (
        f"Nobody answers: everybody is told so, {routing.policy.next_after} open minutes after the"
        " last"
    )


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


def _after_hours(routing: Routing, location: Location, at: datetime, *, on_call: bool) -> str:
    if not closed(location, at):
        return ""
    said = {
        HOLD: "held, and told in one message at opening",
        EMAIL_NOW: "e-mail now, text at opening",
        ON_CALL: "the contacts on call are told now" if on_call else "",
    }
    return said.get(routing.policy.after_hours, "told at once, as in open hours")


def _first(routing: Routing, location: Location, turn: Turn, at: datetime) -> str:
    if closed(location, at) and routing.policy.after_hours == HOLD:
        return "told at opening"
    if turn.at > at:
        return f"told at {turn.at.astimezone(ZoneInfo(location.zone)):%-I:%M %p}"
    return "told at once"


def _later(routing: Routing, n: int, *, on_call: bool) -> str:
    minutes = (n - 1) * routing.policy.next_after
    return f"{minutes} {'' if on_call else 'open '}minutes later without an answer"


def _ways(turn: Turn, channels: frozenset[str]) -> str:
    return "; ".join(
        f"{CHANNELS[channel]} {address}"
        + ("" if channel in channels else " (no provider is configured)")
        for channel, address in turn.person.addresses()
        if channel in turn.channels
    )
