"""The morning mail: at opening, each person hears once how their locations stand.

One mail for each address, whatever contacts at whichever clinics it belongs to: waiting, late,
failed, held as possible spam, taken and not called; or that nothing was missed, so that silence is
never ambiguous.  It names nobody and no request (notify.morning_letter).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, Select, func, select

from contract.directory import Clinic, Directory, Location
from contract.hours import add_open_minutes, is_open
from notify import messages
from notify.morning_letter import Count, Standing, letter
from notify.paper import set_letter
from notify.records import note
from notify.states import FAILED, STILL_OPEN, TAKEN
from notify.stuck import account_troubles
from notify.tables import alert, contact, held_lead, message, route
from notify.words import letterhead
from plumbing.documents import Reader

EVERYWHERE = "*"
WITHIN = timedelta(hours=2)  # after the opening: who was away for longer hears tomorrow
LATELY = timedelta(hours=24)
KIND = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One contact of a clinic, and the locations that they are told about."""

    clinic: Clinic
    contact_id: int
    key: str
    places: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with one address.  `today`: at the location that has just opened."""

    address: str
    today: date
    posts: tuple[Post, ...]

    @property
    def mail_id(self) -> UUID:
        """The same all day."""
        return uuid5(NAMESPACE_URL, f"frontdesk:morning:{self.address.lower()}:{self.today}")

    @property
    def clinics(self) -> dict[str, Clinic]:
        return {post.clinic.slug: post.clinic for post in self.posts}

    def places(self, clinic: str) -> list[Location]:
        """Theirs at this clinic, in its own order."""
        of_clinic = [post for post in self.posts if post.clinic.slug == clinic]
        mine = {place.slug for post in of_clinic for place in post.places}
        return [place for place in of_clinic[0].clinic.locations if place.slug in mine]


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
        return tell(self._engine, self._reader.current, now, desk_url=self._desk_url)


def tell(engine: Engine, directory: Directory, now: datetime, *, desk_url: str) -> int:
    """Queue the mail of everybody one of whose locations has just opened; how many."""
    clinics = [clinic for clinic in directory.clinics if clinic.forms]
    opened = {
        (clinic.slug, place.slug)
        for clinic in clinics
        for place in clinic.locations
        if just_opened(place, now)
    }
    if not opened:
        return 0
    with engine.begin() as connection:
        people = _people(connection, clinics, opened, now)
        ids = [person.mail_id for person in people]
        known = set(connection.scalars(select(message.c.id).where(message.c.id.in_(ids))))
    due = [person for person in people if person.mail_id not in known]
    for person in due:
        with engine.begin() as connection:
            _mail(connection, person, now, desk_url)
    return len(due)


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


def _promised(place: Location, received_at: datetime) -> datetime:
    return add_open_minutes(place, received_at, place.reply_minutes) or datetime.max.replace(
        tzinfo=received_at.tzinfo
    )


def _mail(connection: Connection, person: Person, now: datetime, desk_url: str) -> None:
    clinics = person.clinics
    standings = [
        Standing(
            clinic=clinic.name,
            counts=tuple(count(connection, clinic, one, now) for one in person.places(slug)),
        )
        for slug, clinic in clinics.items()
    ]
    troubles = account_troubles(connection, within=LATELY, clinics=list(clinics))
    only = next(iter(clinics.values())) if len(clinics) == 1 else None
    messages.add(
        connection,
        clinic=only.slug if only else "",
        step=None,
        contact_id=person.posts[0].contact_id,
        channel="email",
        address=person.address,
        kind=KIND,
        worded=set_letter(letter(standings, troubles, desk_url), head=letterhead(only)),
        key=(person.mail_id, f"morning:{person.mail_id}"),
    )
    for post in person.posts:
        note(
            connection,
            "morning mail queued",
            clinic=post.clinic.slug,
            message_id=person.mail_id,
            detail={"contact": post.key, "missed": sum(one.missed for one in standings)},
        )


def _people(
    connection: Connection, clinics: Sequence[Clinic], opened: set[tuple[str, str]], now: datetime
) -> list[Person]:
    """Everybody who is told by e-mail about one of `opened`, with all that they are told about."""
    posts: dict[str, list[Post]] = {}
    addresses: dict[str, str] = {}
    rows = _routes(connection)
    for clinic in clinics:
        for row, places in _told_about(clinic, rows.get(clinic.slug, [])):
            post = Post(clinic=clinic, contact_id=row.contact_id, key=row.key, places=places)
            addresses.setdefault(row.email.lower(), row.email)
            posts.setdefault(row.email.lower(), []).append(post)
    people = []
    for name, mine in posts.items():
        first = next(
            (
                place
                for post in mine
                for place in post.places
                if (post.clinic.slug, place.slug) in opened
            ),
            None,
        )
        if first:
            today = now.astimezone(ZoneInfo(first.zone)).date()
            people.append(Person(address=addresses[name], today=today, posts=tuple(mine)))
    return people


def _routes(connection: Connection) -> dict[str, list[Row[Any]]]:
    """By clinic: each entry, with its contact."""
    rows: dict[str, list[Row[Any]]] = {}
    query: Select[Any] = (
        select(
            route.c.clinic,
            route.c.location,
            route.c.contact_id,
            contact.c.key,
            contact.c.email,
            contact.c.removed_at,
        )
        .join(contact, contact.c.id == route.c.contact_id)
        .order_by(route.c.contact_id)
    )
    for row in connection.execute(query):
        rows.setdefault(row.clinic, []).append(row)
    return rows


def _told_about(
    clinic: Clinic, rows: Sequence[Row[Any]]
) -> list[tuple[Row[Any], tuple[Location, ...]]]:
    """Each contact with an e-mail address, and the locations that they are told about."""
    routed = {row.location for row in rows}
    people = {row.contact_id: row for row in rows if row.email and row.removed_at is None}
    found = []
    for contact_id, person in people.items():
        mine = {row.location for row in rows if row.contact_id == contact_id}
        places = tuple(
            place
            for place in clinic.locations
            if (place.slug if place.slug in routed else EVERYWHERE) in mine
        )
        if places:
            found.append((person, places))
    return found
