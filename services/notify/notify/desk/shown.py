"""How the settings of a location stand, as the desk shows them."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from contract.alert_settings import ContactShown, Foreseen, PolicyShown, Question, Shown
from contract.directory import Location
from notify.alertfile import load_clinic
from notify.desk import addresses, progress
from notify.differences import FIELDS, difference
from notify.foresight import foresee
from notify.moments import moment
from notify.roster import DESK, Routing, recipients
from notify.tables import contact, new_address


def show(
    connection: Connection,
    asked: Question,
    location: Location,
    *,
    channels: frozenset[str],
    folder: Path,
) -> Shown:
    """`location`: the one that is asked about; `folder`: of the alerts files."""
    routing = recipients(connection, asked.clinic, location.slug)
    told, not_understood = _told(routing, asked, location, channels)
    book = load_clinic(folder, asked.clinic)
    file = book.of(asked.clinic)
    missing = () if file or book.problems else ("this clinic has no alerts file",)
    return Shown(
        version=version(connection, asked.clinic, routing),
        entry=routing.by,
        on_desk=routing.on_desk,
        tell=tuple(person.key for person in routing.recipients),
        on_call=tuple(person.key for person in routing.on_call),
        policy=PolicyShown.from_json(
            {name: getattr(routing.policy, name) for name in PolicyShown.__dataclass_fields__}
        ),
        contacts=_contacts(connection, asked.clinic, routing, channels),
        channels=tuple(sorted(channels)),
        difference=tuple(difference(connection, file)) if file else (),
        file_problems=book.problems or missing,
        told=told,
        not_understood=not_understood,
    )


def version(connection: Connection, clinic: str, routing: Routing) -> str:
    """Another one whenever a contact of the clinic or the order of the location has changed."""
    set_on_desk = [contact.c[name] for name in (*FIELDS, "removed_at", "changed_by")]
    rows = connection.execute(
        select(contact.c.id, *set_on_desk).where(contact.c.clinic == clinic).order_by(contact.c.id)
    )
    people = [[*map(str, row)] for row in rows]
    waits = connection.scalars(
        select(new_address.c.id)
        .where(new_address.c.clinic == clinic, new_address.c.state == addresses.WAITING)
        .order_by(new_address.c.id)
    ).all()
    order = [[one.id for one in side] for side in (routing.recipients, routing.on_call)]
    seen = json.dumps([people, [*waits], routing.by, routing.on_desk, order])
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _contacts(
    connection: Connection, clinic: str, routing: Routing, channels: frozenset[str]
) -> tuple[ContactShown, ...]:
    rows = connection.execute(
        select(contact)
        .where(contact.c.clinic == clinic, contact.c.removed_at.is_(None))
        .order_by(contact.c.name, contact.c.id)
    ).all()
    ids = [row.id for row in rows]
    tests = progress.last_tests(connection, ids, channels)
    waiting = addresses.waiting_of(connection, ids, channels)
    return tuple(
        ContactShown(
            key=row.key,
            name=row.name,
            email=row.email or "",
            sms=row.sms or "",
            stopped=bool(row.sms) and not _texted(routing, row.key),
            speaks=tuple(row.speaks),
            quiet=tuple((starts, ends) for starts, ends in row.quiet),
            off=tuple((first, last, cover) for first, last, cover in row.off),
            on_desk=row.changed_by == DESK,
            tests=tests.get(row.id, ()),
            waiting=waiting.get(row.id, ()),
        )
        for row in rows
    )


def _texted(routing: Routing, key: str) -> bool:
    person = routing.people.get(key)
    return person is not None and person.sms is not None


def _told(
    routing: Routing, asked: Question, location: Location, channels: frozenset[str]
) -> tuple[Foreseen | None, str]:
    """Who would be told at `asked.at`, or what is wrong with that."""
    if not asked.at:
        return None, ""
    try:
        at = moment(asked.at, location.zone, datetime.now(UTC))
    except ValueError as error:
        return None, str(error)
    return foresee(routing, location, at, channels, speaks=asked.speaks), ""
