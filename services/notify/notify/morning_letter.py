"""What the morning mail says: numbers for each location, and the desk's address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notify.paper import Note, Section
from notify.stuck import Trouble

CHANNELS = {"email": "E-mails", "sms": "Texts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How one location stands."""

    location: str  # its name
    waiting: int
    late: int  # of those that wait: past the promise
    failed: int  # of those that wait: nobody could be told
    taken: int  # somebody has it, and no outcome is known
    held: int  # possible spam that nobody has looked at

    @property
    def missed(self) -> int:
        return self.waiting + self.taken + self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a person's locations at one clinic stand.  `clinic`: its name."""

    clinic: str
    counts: tuple[Count, ...]

    @property
    def missed(self) -> int:
        return sum(one.missed for one in self.counts)

    @property
    def lines(self) -> tuple[str, ...]:
        if self.missed:
            return tuple(_line(one) for one in self.counts)
        where = ", ".join(one.location for one in self.counts)
        return (f"{where}: no request waits, and none is held as possible spam.",)


def letter(standings: Sequence[Standing], troubles: Sequence[Trouble], desk_url: str) -> Note:
    """`troubles`: what has to be mended in a provider's account (notify.stuck)."""
    waiting = sum(one.waiting for standing in standings for one in standing.counts)
    if waiting:
        heading = f"{_of(waiting, 'request')} waiting"
    elif troubles or any(standing.missed for standing in standings):
        heading = "Something to look at"
    else:
        heading = "Nothing was missed"
    several = len(standings) > 1
    return Note(
        subject=f"{heading} \u00b7 this morning",
        heading=heading,
        lines=(*(() if several else standings[0].lines), *map(_trouble, troubles)),
        sections=tuple(
            Section(heading=standing.clinic, lines=standing.lines)
            for standing in (standings if several else ())
        ),
        button="Open the desk" if desk_url else "",
        link=desk_url,
        foot="This comes once a day, at opening, also when nothing was missed.",
    )


def _line(one: Count) -> str:
    return f"{one.location}: {'; '.join(_parts(one)) or 'nothing was missed'}."


def _parts(one: Count) -> Iterator[str]:
    if one.waiting:
        yield f"{one.waiting} waiting"
    if one.late:
        yield f"{one.late} later than promised"
    if one.failed:
        yield f"{one.failed} of which nobody could be told"
    if one.taken:
        yield f"{one.taken} taken, not called"
    if one.held:
        yield f"{one.held} held as possible spam"


def _trouble(one: Trouble) -> str:
    what = CHANNELS.get(one.channel, one.channel)
    times = "once" if one.count == 1 else f"{one.count} times"
    return (
        f"{what} were refused {times} in 24 hours: {one.reason}."
        " Tell whoever runs Frontdesk: it has to be mended in the provider's account."
    )


def _of(number: int, noun: str) -> str:
    """
    >>> _of(1, "request"), _of(3, "request")
    ('1 request', '3 requests')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
