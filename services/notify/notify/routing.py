"""Who is told, in which order, how and why: from the contacts of a location at one moment.

Nothing here asks the database or the clock, so `notify who` prints exactly what would be done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import is_open, next_opening
from notify.alertbook import ON_CALL, Absence, Quiet
from notify.roster import Recipient, Routing

LANGUAGES = {"en": "English", "es": "Spanish"}
ALL_OFF = "everybody is off, so nobody is passed over"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One contact in the order of telling.  `at`: now, or when the quiet hours end."""

    person: Recipient
    channels: tuple[str, ...]
    at: datetime
    why: tuple[str, ...]  # sentences, without a full stop


def chain(
    routing: Routing,
    location: Location | None,
    at: datetime,
    *,
    on_call: bool = False,
    speaks: str = "",
    first_place: int = 1,
) -> tuple[Turn, ...]:
    """Everybody who can be told about a lead, first to last; () when there is nobody at all.

    `speaks`: the language wanted for the call (BCP 47).  `first_place`: a second plea starts with
    the contact in this place, and those before it come last.
    """
    zone = ZoneInfo(location.zone if location else "UTC")
    named = routing.on_call if on_call and routing.on_call else routing.recipients
    present = list(_present(named, routing, at.astimezone(zone).date()))
    turns = [_turn(person, why, at, zone) for person, why in present]
    turns = _by_language(turns, speaks)
    ahead = min(first_place, len(turns)) - 1
    if ahead > 0:
        higher = replace(turns[ahead], why=("asked again: one step higher", *turns[ahead].why))
        turns = [higher, *turns[ahead + 1 :], *turns[:ahead]]
    return tuple(turns)


def turn_of(
    person: Recipient, routing: Routing, location: Location | None, at: datetime
) -> Turn | None:
    """How this very contact can be told; None: off."""
    zone = ZoneInfo(location.zone if location else "UTC")
    there, why = _stand_in(person, routing, at.astimezone(zone).date())
    return None if there is not person else _turn(person, why, at, zone)


def closed(location: Location | None, at: datetime) -> bool:
    """Whether it is worth waiting for the opening: it is closed, and will open."""
    return (
        location is not None
        and not is_open(location, at)
        and next_opening(location, at) is not None
    )


def asks_on_call(routing: Routing, location: Location | None, at: datetime) -> bool:
    called = routing.policy.after_hours == ON_CALL and bool(routing.on_call)
    return called and closed(location, at)


def _present(
    named: Sequence[Recipient], routing: Routing, today: date
) -> Iterator[tuple[Recipient, tuple[str, ...]]]:
    """Each person once, in the place where they come first; who is off gives it to their cover."""
    found: dict[str, tuple[Recipient, tuple[str, ...]]] = {}
    passed_over: tuple[str, ...] = ()
    for person in named:
        there, why = _stand_in(person, routing, today)
        if there is None or not there.addresses():
            passed_over += why if there is None else (*why, _unreachable(there))
        elif there.key not in found:
            found[there.key] = (there, passed_over + why)
            passed_over = ()
    if found or not named:
        yield from found.values()
    else:
        yield from ((person, (ALL_OFF,)) for person in named if person.addresses())


def _unreachable(person: Recipient) -> str:
    if person.unconfirmed:
        return f"{person.name} has not confirmed an address yet"
    return f"{person.name} gets no texts and has no e-mail"


def _stand_in(
    person: Recipient, routing: Routing, today: date
) -> tuple[Recipient | None, tuple[str, ...]]:
    why: tuple[str, ...] = ()
    seen = {person.key}
    while absence := _off(person, today):
        until = f"{person.name} is off through {absence.last:%A, %B %-d}"
        cover = routing.people.get(absence.cover)
        if cover is None or cover.key in seen:
            return None, (*why, f"{until}, nobody covers")
        why = (*why, f"{until}, {cover.name} covers")
        seen.add(cover.key)
        person = cover
    return person, why


def _off(person: Recipient, today: date) -> Absence | None:
    return next((one for one in person.off if one.first <= today <= one.last), None)


def _turn(person: Recipient, why: tuple[str, ...], at: datetime, zone: ZoneInfo) -> Turn:
    channels = tuple(channel for channel, _ in person.addresses())
    ends = _quiet_until(person, at, zone)
    if ends is None or "sms" not in channels:
        return Turn(person=person, channels=channels, at=at, why=why)
    said = f"quiet hours of {person.name} until {ends.astimezone(zone):%-I:%M %p}"
    if "email" in channels:
        return Turn(person=person, channels=("email",), at=at, why=(*why, f"{said}: e-mail alone"))
    return Turn(person=person, channels=channels, at=ends, why=(*why, f"{said}: told then"))


def _quiet_until(person: Recipient, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that it is in at `at` end; None: it is in none."""
    for quiet in person.quiet:
        ends = at
        while _within((local := ends.astimezone(zone)).time(), quiet.starts, quiet.ends):
            ends = _end_or_next_minute(quiet, local).astimezone(at.tzinfo)
        if ends != at:
            return ends
    return None


def _end_or_next_minute(quiet: Quiet, local: datetime) -> datetime:
    """When `quiet`, in which `local` is, ends by the clock; while that is changed until then, which
    may end it early or skip its end, the next minute.
    """
    day = local.date() + timedelta(days=0 if local.time() < quiet.ends else 1)
    end = datetime.combine(day, quiet.ends, local.tzinfo).astimezone(UTC)
    if end.astimezone(local.tzinfo).utcoffset() == local.utcoffset():
        return end
    return local.replace(second=0, microsecond=0).astimezone(UTC) + MINUTE


def _within(wall: time, starts: time, ends: time) -> bool:
    return starts <= wall < ends if starts < ends else not ends <= wall < starts


def _by_language(turns: list[Turn], speaks: str) -> list[Turn]:
    wanted = _primary(speaks)
    if not wanted or not turns:
        return turns
    name = LANGUAGES.get(wanted, speaks)
    able = [turn for turn in turns if wanted in map(_primary, turn.person.speaks)]
    if not able:
        first = replace(turns[0], why=(*turns[0].why, f"{name} is wanted, nobody here speaks it"))
        return [first, *turns[1:]]
    others = [turn for turn in turns if turn not in able]
    said = f"{name} is wanted"
    able = [replace(t, why=(*t.why, f"{said}, and {t.person.name} speaks it")) for t in able]
    return able + others


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0].casefold()
