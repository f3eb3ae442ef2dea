"""Contacts and routes in the database: loaded from the alerts files, asked for by ingest."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from notify.alertbook import EVERYWHERE, ClinicAlerts
from notify.records import note
from notify.tables import contact, route

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


def store(engine: Engine, alerts: ClinicAlerts) -> None:
    """Make the database say what the file says, in one transaction."""
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        ids = _store_contacts(connection, alerts)
        connection.execute(delete(route).where(route.c.clinic == alerts.clinic))
        rows = [
            {"clinic": alerts.clinic, "location": location, "n": n, "contact_id": ids[key]}
            for location, keys in alerts.tell.items()
            for n, key in enumerate(keys, start=1)
        ]
        connection.execute(route.insert(), rows)
        note(
            connection,
            "contacts loaded",
            clinic=alerts.clinic,
            detail={"contacts": sorted(ids), "locations": sorted(alerts.tell)},
        )


def recipients(connection: Connection, clinic: str, location: str) -> Routing:
    """The contacts of `location`, else those of the clinic's "*"; maybe none."""
    rows = connection.execute(
        select(route.c.location, contact)
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
    return Routing(by=by, recipients=tuple(found))


def _store_contacts(connection: Connection, alerts: ClinicAlerts) -> dict[str, int]:
    """Contact key -> id.  A contact that the file no longer has stays, marked as removed."""
    ids: dict[str, int] = {}
    for person in alerts.contacts:
        values = {"name": person.name, "email": person.email, "sms": person.sms}
        row = insert(contact).values(clinic=alerts.clinic, key=person.key, **values)
        upsert = row.on_conflict_do_update(
            index_elements=["clinic", "key"], set_=values | {"removed_at": None}
        )
        ids[person.key] = connection.execute(upsert.returning(contact.c.id)).scalar_one()
    connection.execute(
        update(contact)
        .where(
            contact.c.clinic == alerts.clinic,
            contact.c.key.not_in(ids),
            contact.c.removed_at.is_(None),
        )
        .values(removed_at=func.now())
    )
    return ids
