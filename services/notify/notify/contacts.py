"""Contacts and routes in the database: loaded from the alerts files, asked for by ingest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from notify.alertbook import EVERYWHERE, ClinicAlerts
from notify.records import note
from notify.tables import contact, route, sender

FILE, DESK = "file", "desk"  # who changed a row last
LOCK = 0x616C7274  # one loader at a time, however many dispatchers run


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A contact as it is in the database."""

    id: int
    key: str
    name: str
    email: str | None
    sms: str | None

    def addresses(self) -> list[tuple[str, str]]:
        """(channel, address) for each way to reach this contact."""
        pairs = (("email", self.email), ("sms", self.sms))
        return [(channel, address) for channel, address in pairs if address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who is told about a lead, first to last, and by which entry of the alerts file."""

    by: str  # the location's slug, "*", or "" when there is no entry
    recipients: tuple[Recipient, ...]
    on_desk: bool = False  # the entry was changed on the desk


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
        _store_routes(connection, alerts, ids)
        note(
            connection,
            "file accepted over the desk" if over_desk else "contacts loaded",
            clinic=alerts.clinic,
            detail={"contacts": sorted(ids), "locations": sorted(alerts.tell)},
        )


def recipients(connection: Connection, clinic: str, location: str) -> Routing:
    """The contacts of `location`, else those of the clinic's "*"; maybe none."""
    rows = connection.execute(
        select(route.c.location, route.c.changed_by.label("route_by"), contact)
        .join(contact, contact.c.id == route.c.contact_id)
        .where(
            route.c.clinic == clinic,
            route.c.location.in_([location, EVERYWHERE]),
            contact.c.removed_at.is_(None),
        )
        .order_by(case((route.c.location == EVERYWHERE, 1), else_=0), route.c.n)
    ).all()
    by = rows[0].location if rows else ""
    found = [
        Recipient(id=row.id, key=row.key, name=row.name, email=row.email, sms=row.sms)
        for row in rows
        if row.location == by
    ]
    on_desk = any(row.route_by == DESK for row in rows if row.location == by)
    return Routing(by=by, recipients=tuple(found), on_desk=on_desk)


def _store_sender(connection: Connection, alerts: ClinicAlerts) -> None:
    row = insert(sender).values(clinic=alerts.clinic, **asdict(alerts.sender))
    changed = {name: row.excluded[name] for name in ("name", "reply_to", "sms_from")}
    connection.execute(row.on_conflict_do_update(index_elements=["clinic"], set_=changed))


def _store_contacts(connection: Connection, alerts: ClinicAlerts) -> dict[str, int]:
    """Contact key -> id.  A contact that the file no longer has stays, marked as removed."""
    for person in alerts.contacts:
        values = {"name": person.name, "email": person.email, "sms": person.sms}
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


def _store_routes(connection: Connection, alerts: ClinicAlerts, ids: Mapping[str, int]) -> None:
    """An entry with one row that was changed on the desk is the desk's as a whole."""
    of_clinic = route.c.clinic == alerts.clinic
    kept = set(
        connection.scalars(select(route.c.location).where(of_clinic, route.c.changed_by == DESK))
    )
    connection.execute(delete(route).where(of_clinic, route.c.location.not_in(kept)))
    rows = [
        {"clinic": alerts.clinic, "location": location, "n": n, "contact_id": ids[key]}
        for location, keys in alerts.tell.items()
        for n, key in enumerate(keys, start=1)
        if location not in kept
    ]
    if rows:
        connection.execute(route.insert(), rows)


def _forget_desk(connection: Connection, clinic: str) -> None:
    connection.execute(delete(route).where(route.c.clinic == clinic))
    connection.execute(update(contact).where(contact.c.clinic == clinic).values(changed_by=FILE))
