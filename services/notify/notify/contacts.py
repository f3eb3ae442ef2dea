"""Contacts, routes and policies on their way from the alerts files into the database."""

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from notify import agreement
from notify.alertbook import ClinicAlerts, Contact
from notify.records import note
from notify.roster import DESK, off_out, quiet_out
from notify.tables import contact, new_address, policy, route, sender

FILE = "file"  # who changed a row last: this, or the desk
LOCK = 0x616C7274  # one loader at a time, however many dispatchers run


def store(engine: Engine, alerts: ClinicAlerts, *, over_desk: bool = False) -> None:
    """Make the database say what the file says, in one transaction.

    A contact that was changed on the desk, and a location whose entry was, stay as they are
    unless `over_desk`.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        if over_desk:
            _forget_desk(connection, alerts.clinic)
        ids = _store_contacts(connection, alerts)
        _store_sender(connection, alerts)
        agreement.store(connection, alerts.clinic, alerts.agreement)
        _store_names(connection, alerts)
        _store_routes(connection, alerts, ids)
        _store_policies(connection, alerts)
        note(
            connection,
            "file accepted over the desk" if over_desk else "contacts loaded",
            clinic=alerts.clinic,
            detail={"contacts": sorted(ids), "locations": sorted(alerts.tell)},
        )


def _store_sender(connection: Connection, alerts: ClinicAlerts) -> None:
    row = insert(sender).values(clinic=alerts.clinic, **asdict(alerts.sender))
    changed = {name: row.excluded[name] for name in ("name", "reply_to", "sms_from")}
    connection.execute(row.on_conflict_do_update(index_elements=["clinic"], set_=changed))


def _store_contacts(connection: Connection, alerts: ClinicAlerts) -> dict[str, int]:
    """Contact key -> id.  A contact that the file no longer has stays, marked as removed."""
    for person in alerts.contacts:
        values = columns(person)
        row = insert(contact).values(clinic=alerts.clinic, key=person.key, **values)
        upsert = row.on_conflict_do_update(
            index_elements=["clinic", "key"],
            set_=values | {"removed_at": None},
            where=contact.c.changed_by == FILE,
        )
        connection.execute(upsert)
    keys = [person.key for person in alerts.contacts]
    found = connection.execute(
        select(contact.c.key, contact.c.id).where(
            contact.c.clinic == alerts.clinic, contact.c.key.in_(keys)
        )
    )
    ids = {row.key: row.id for row in found}
    kept_by_desk = select(route.c.contact_id).where(route.c.changed_by == DESK)
    connection.execute(
        update(contact)
        .where(
            contact.c.clinic == alerts.clinic,
            contact.c.key.not_in(ids),
            contact.c.removed_at.is_(None),
            contact.c.changed_by == FILE,
            contact.c.id.not_in(kept_by_desk),
        )
        .values(removed_at=func.now())
    )
    return ids


def _store_names(connection: Connection, alerts: ClinicAlerts) -> None:
    """Who is told first names is the file's to say, beside the agreement, whatever the desk has."""
    named = [person.key for person in alerts.contacts if person.names]
    of_clinic = contact.c.clinic == alerts.clinic
    connection.execute(update(contact).where(of_clinic).values(names=contact.c.key.in_(named)))


def columns(person: Contact) -> dict[str, object]:
    """The contact as the table has it."""
    return {
        "name": person.name,
        "email": person.email,
        "sms": person.sms,
        "speaks": list(person.speaks),
        "quiet": quiet_out(person.quiet),
        "off": off_out(person.off),
    }


def _store_routes(connection: Connection, alerts: ClinicAlerts, ids: Mapping[str, int]) -> None:
    """An entry with one row that was changed on the desk is the desk's as a whole."""
    of_clinic = route.c.clinic == alerts.clinic
    kept = set(
        connection.scalars(select(route.c.location).where(of_clinic, route.c.changed_by == DESK))
    )
    connection.execute(delete(route).where(of_clinic, route.c.location.not_in(kept)))
    rows = [
        {
            "clinic": alerts.clinic,
            "location": location,
            "duty": duty,
            "n": n,
            "contact_id": ids[key],
        }
        for duty, entries in (("tell", alerts.tell), ("on_call", alerts.on_call))
        for location, keys in entries.items()
        for n, key in enumerate(keys, start=1)
        if location not in kept
    ]
    if rows:
        connection.execute(route.insert(), rows)


def _store_policies(connection: Connection, alerts: ClinicAlerts) -> None:
    of_clinic = policy.c.clinic == alerts.clinic
    connection.execute(delete(policy).where(of_clinic, policy.c.changed_by == FILE))
    for location in alerts.tell:
        row = insert(policy).values(
            clinic=alerts.clinic, location=location, **asdict(alerts.policy(location))
        )
        connection.execute(row.on_conflict_do_nothing())  # the desk's stays


def _forget_desk(connection: Connection, clinic: str) -> None:
    connection.execute(delete(route).where(route.c.clinic == clinic))
    connection.execute(delete(policy).where(policy.c.clinic == clinic))
    connection.execute(update(contact).where(contact.c.clinic == clinic).values(changed_by=FILE))
    connection.execute(
        update(new_address)
        .where(new_address.c.clinic == clinic, new_address.c.state == "waiting")
        .values(state="withdrawn", settled_at=func.now())
    )
