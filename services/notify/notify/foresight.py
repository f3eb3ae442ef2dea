"""Who would be told about a request for a location, on which channels, and why.

The order, the covers and the reasons are those of notify.routing, which does it in earnest.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract.alert_settings import Foreseen, TurnForeseen
from contract.directory import Location
from contract.hours import is_open, next_opening
from notify.alertbook import EMAIL_NOW, HOLD, ON_CALL
from notify.lint import nobody, reachable
from notify.roster import Routing
from notify.routing import Turn, asks_on_call, chain, closed

LINE = "%A, %B %-d, %Y, %-I:%M %p %Z"
CHANNELS = {"email": "e-mail", "sms": "text"}


def foresee(
    routing: Routing, location: Location, at: datetime, channels: frozenset[str], *, speaks: str
) -> Foreseen:
    """`channels`: those that a provider is configured for; `speaks`: wanted for the call."""
    on_call = asks_on_call(routing, location, at)
    turns = chain(routing, location, at, on_call=on_call, speaks=speaks)
    first = min(turns, key=lambda turn: turn.at) if turns else None
    ordered = [*([first] if first else []), *(turn for turn in turns if turn is not first)]
    return Foreseen(
        moment=at.astimezone(ZoneInfo(location.zone)).strftime(LINE),
        hours=_hours(location, at),
        entry=routing.by,
        on_desk=routing.on_desk,
        after_hours=_after_hours(routing, location, at, on_call=on_call) if turns else "",
        turns=tuple(
            TurnForeseen(
                key=turn.person.key,
                name=turn.person.name,
                when=_first(routing, location, turn, at)
                if n == 1
                else _later(routing, n, on_call=on_call),
                ways=_ways(turn, channels),
                why=turn.why,
            )
            for n, turn in enumerate(ordered, start=1)
        ),
        reachable=sum(reachable(turn.person, channels) for turn in turns),
        next_after=routing.policy.next_after,
    )


def foretell(
    routing: Routing,
    clinic: str,
    location: Location,
    at: datetime,
    channels: frozenset[str],
    *,
    speaks: str = "",
) -> Iterator[str]:
    """The same as lines, for an operator."""
    told = foresee(routing, location, at, channels, speaks=speaks)
    yield f"{location.name}, {told.moment}: {told.hours}"
    yield f"Why: {_why(told, clinic, location.slug)}"
    if told.after_hours:
        yield f"After hours: {told.after_hours}"
    for n, turn in enumerate(told.turns, start=1):
        why = f" ({'; '.join(turn.why)})" if turn.why else ""
        ways = "; ".join(_way(*way) for way in turn.ways)
        yield f"{n}. {turn.name} ({turn.key}), {turn.when}: {ways}{why}"
    if not told.reachable:
        yield f"ERROR: {nobody(clinic, location.slug)}"
        return
    if told.reachable == 1:
        yield "Warning: nobody is next in line when this one is away"
    yield (f"Nobody answers: everybody is told so, {told.next_after} open minutes after the last")


def _hours(location: Location, at: datetime) -> str:
    if is_open(location, at):
        return "open"
    opens = next_opening(location, at)
    if opens is None:
        return "closed, and no opening hours follow"
    local = opens.astimezone(ZoneInfo(location.zone))
    soon = local - at < timedelta(days=7)
    return f"closed, opens {local.strftime('%A %-I:%M %p' if soon else LINE)}"


def _why(told: Foreseen, clinic: str, location: str) -> str:
    entry = f'[locations."{told.entry}"]' if told.entry == "*" else f"[locations.{told.entry}]"
    if not told.entry:
        return f"there is no entry for {location} and none for every other location"
    where = "as changed on the desk" if told.on_desk else f"of alerts/{clinic}.toml"
    other = "" if told.entry == location else f", as {location} has none of its own"
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


def _ways(turn: Turn, channels: frozenset[str]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (channel, address, channel in channels)
        for channel, address in turn.person.addresses()
        if channel in turn.channels
    )


def _way(channel: str, address: str, configured: bool) -> str:  # noqa: FBT001 - of a tuple
    said = f"{CHANNELS[channel]} {address}"
    return said if configured else f"{said} (no provider is configured)"
