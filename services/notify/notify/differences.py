"""How the tables differ from the alerts files: changed on the desk, or not loaded yet."""

from collections.abc import Iterator

from sqlalchemy import Connection, Row, select

from notify.alertbook import ClinicAlerts, Contact
from notify.roster import DESK
from notify.tables import contact, route

FIELDS = ("name", "email", "sms")


def difference(connection: Connection, alerts: ClinicAlerts) -> list[str]:
    """One line for each thing of the clinic that is not as its file says."""
    return [*_contacts(connection, alerts), *_routes(connection, alerts)]


def _contacts(connection: Connection, alerts: ClinicAlerts) -> Iterator[str]:
    found = connection.execute(
        select(contact).where(contact.c.clinic == alerts.clinic).order_by(contact.c.key)
    ).all()
    rows = {row.key: row for row in found}
    for person in alerts.contacts:
        yield from _contact(person, rows.pop(person.key, None))
    for key, row in rows.items():
        if row.removed_at is None:
            yield f"contact {key}: not in the file; in force{_by(row.changed_by)}"


def _contact(person: Contact, row: Row[tuple[object, ...]] | None) -> Iterator[str]:
    where = f"contact {person.key}"
    if row is None:
        yield f"{where}: in the file, not loaded yet"
        return
    by = _by(row.changed_by)
    if row.removed_at is not None:
        yield f"{where}: in the file; removed{by}"
        return
    for field in FIELDS:
        written, in_force = getattr(person, field), getattr(row, field)
        if written != in_force:
            yield f"{where} {field}: {written or 'none'} in the file, {in_force or 'none'}{by}"


def _routes(connection: Connection, alerts: ClinicAlerts) -> Iterator[str]:
    found = connection.execute(
        select(route.c.location, route.c.changed_by, contact.c.key)
        .join(contact, contact.c.id == route.c.contact_id)
        .where(route.c.clinic == alerts.clinic)
        .order_by(route.c.location, route.c.n)
    ).all()
    for location in sorted({*alerts.tell, *(row.location for row in found)}):
        mine = [row for row in found if row.location == location]
        in_force = tuple(row.key for row in mine)
        written = alerts.tell.get(location, ())
        if written != in_force:
            by = _by(DESK if any(row.changed_by == DESK for row in mine) else "file")
            yield f"location {location}: tells {_keys(written)} in the file, {_keys(in_force)}{by}"


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or "nobody"


def _by(changed_by: str) -> str:
    return " on the desk" if changed_by == DESK else " in the tables"
