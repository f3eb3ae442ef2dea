"""The morning mail: at opening, each person hears once how their locations stand.

Waiting, late, failed, held as possible spam, taken and not called; or that nothing was missed, so
that silence is never ambiguous.  It names nobody and no request: numbers, and the desk's address.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select

from contract.directory import Clinic, Directory, Location
from contract.hours import add_open_minutes, is_open
from notify import messages
from notify.paper import Note, set_letter
from notify.records import note
from notify.states import FAILED, STILL_OPEN, TAKEN
from notify.tables import alert, contact, held_lead, message, route
from plumbing.documents import Reader

EVERYWHERE = "*"
WITHIN = timedelta(hours=2)  # after the opening: who was away for longer hears tomorrow
KIND = "digest"


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


class Mornings:
    """Queues the morning mails that are due.  Any number may run: each mail is queued once."""

    def __init__(
        self, *, engine: Engine, reader: Reader[Directory], desk_url: str, every_s: float = 30.0
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._desk_url = desk_url
        self._every = timedelta(seconds=every_s)
        self._next: datetime | None = None

    def work(self, now: datetime) -> int:
        """How many mails were queued."""
        if self._reader.current is None or (self._next and now < self._next):
            return 0
        self._next = now + self._every
        queued = 0
        for clinic in self._reader.current.clinics:
            with self._engine.begin() as connection:
                queued += tell(connection, clinic, now, desk_url=self._desk_url)
        return queued


def tell(connection: Connection, clinic: Clinic, now: datetime, *, desk_url: str) -> int:
    """Queue the mail of everybody of `clinic` one of whose locations has just opened."""
    opened = [place for place in clinic.locations if just_opened(place, now)]
    if not opened or not clinic.forms:
        return 0
    queued = 0
    for person in _people(connection, clinic, opened):
        places = _locations_of(connection, clinic, person.id)
        today = now.astimezone(ZoneInfo(opened[0].zone)).date()
        name = f"frontdesk:morning:{person.id}:{today}"
        key = (uuid5(NAMESPACE_URL, name), f"morning:{person.id}:{today}")
        if _is_there(connection, key[1]):
            continue
        counts = [count(connection, clinic, place, now) for place in places]
        messages.add(
            connection,
            clinic=clinic.slug,
            step=None,
            contact_id=person.id,
            channel="email",
            address=person.email,
            kind=KIND,
            worded=set_letter(letter(counts, desk_url), sender=clinic.name),
            key=key,
        )
        note(
            connection,
            "morning mail queued",
            clinic=clinic.slug,
            message_id=key[0],
            detail={"contact": person.key, "missed": sum(one.missed for one in counts)},
        )
        queued += 1
    return queued


def just_opened(place: Location, now: datetime) -> bool:
    """It is open, and was closed some time within the last two hours."""
    if not is_open(place, now):
        return False
    steps = range(5, int(WITHIN.total_seconds() // 60) + 1, 5)
    return any(not is_open(place, now - timedelta(minutes=minutes)) for minutes in steps)


def count(connection: Connection, clinic: Clinic, place: Location, now: datetime) -> Count:
    mine = (alert.c.clinic == clinic.slug, alert.c.location == place.slug)
    open_ones = connection.execute(
        select(alert.c.received_at, alert.c.state).where(*mine, alert.c.state.in_(STILL_OPEN))
    ).all()
    late = [row for row in open_ones if now > _promised(place, row.received_at)]
    taken = select(func.count()).select_from(alert).where(*mine, alert.c.state == TAKEN)
    held = (
        select(func.count())
        .select_from(held_lead)
        .where(
            held_lead.c.clinic == clinic.slug,
            held_lead.c.location == place.slug,
            held_lead.c.state == "held",
        )
    )
    return Count(
        location=place.name,
        waiting=len(open_ones),
        late=len(late),
        failed=sum(row.state == FAILED for row in open_ones),
        taken=connection.scalar(taken) or 0,
        held=connection.scalar(held) or 0,
    )


def letter(counts: Sequence[Count], desk_url: str) -> Note:
    missed = sum(one.missed for one in counts)
    if not missed:
        where = ", ".join(one.location for one in counts)
        heading = "Nothing was missed"
        lines = [f"{where}: no request waits, and none is held as possible spam."]
    else:
        waiting = sum(one.waiting for one in counts)
        heading = f"{_of(waiting, 'request')} waiting" if waiting else "Something to look at"
        lines = [line for one in counts for line in _lines(one)]
    return Note(
        subject=f"{heading} \u00b7 this morning",
        heading=heading,
        lines=tuple(lines),
        text=heading,
        button="Open the desk" if desk_url else "",
        link=desk_url,
        foot="This comes once a day, at opening, also when nothing was missed.",
    )


def _lines(one: Count) -> Iterator[str]:
    parts = []
    if one.waiting:
        parts.append(f"{one.waiting} waiting")
    if one.late:
        parts.append(f"{one.late} later than promised")
    if one.failed:
        parts.append(f"{one.failed} of which nobody could be told")
    if one.taken:
        parts.append(f"{one.taken} taken, not called")
    if one.held:
        parts.append(f"{one.held} held as possible spam")
    yield f"{one.location}: {'; '.join(parts) or 'nothing was missed'}."


def _of(number: int, noun: str) -> str:
    """
    >>> _of(1, "request"), _of(3, "request")
    ('1 request', '3 requests')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _promised(place: Location, received_at: datetime) -> datetime:
    return add_open_minutes(place, received_at, place.reply_minutes) or datetime.max.replace(
        tzinfo=received_at.tzinfo
    )


def _people(connection: Connection, clinic: Clinic, opened: Sequence[Location]):  # type: ignore[no-untyped-def]
    """The contacts with an e-mail address who are told about any of these."""
    slugs = [place.slug for place in opened]
    routed = set(
        connection.scalars(select(route.c.location).where(route.c.clinic == clinic.slug).distinct())
    )
    names = [slug for slug in slugs if slug in routed]
    if len(names) < len(slugs):
        names.append(EVERYWHERE)
    return connection.execute(
        select(contact.c.id, contact.c.key, contact.c.email)
        .join(route, route.c.contact_id == contact.c.id)
        .where(
            route.c.clinic == clinic.slug,
            route.c.location.in_(names),
            contact.c.removed_at.is_(None),
            contact.c.email.is_not(None),
        )
        .distinct()
    ).all()


def _locations_of(connection: Connection, clinic: Clinic, contact_id: int) -> list[Location]:
    """Those that the contact is told about."""
    rows = connection.execute(
        select(route.c.location, route.c.contact_id).where(route.c.clinic == clinic.slug)
    ).all()
    routed = {row.location for row in rows}
    mine = {row.location for row in rows if row.contact_id == contact_id}
    return [
        place
        for place in clinic.locations
        if (place.slug if place.slug in routed else EVERYWHERE) in mine
    ]


def _is_there(connection: Connection, key: str) -> bool:
    return connection.scalar(select(message.c.id).where(message.c.dedup_key == key)) is not None
