"""How the tables differ from the alerts files: changed on the desk, or not loaded yet."""

from collections.abc import Iterator

from sqlalchemy import Connection, Row, select

from notify.alertbook import ClinicAlerts, Contact, Policy
from notify.contacts import columns
from notify.roster import DESK, policy_from
from notify.tables import contact, policy, route

FIELDS = ("name", "email", "sms", "speaks", "quiet", "off")


def difference(connection: Connection, alerts: ClinicAlerts) -> list[str]:
    """One line for each thing of the clinic that is not as its file says."""
    return [
        *_contacts(connection, alerts),
        *_routes(connection, alerts),
        *_policies(connection, alerts),
    ]


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
        written, in_force = columns(person)[field], getattr(row, field)
        if (written or None) != (in_force or None):
            yield f"{where} {field}: {_words(written)} in the file, {_words(in_force)}{by}"


def _routes(connection: Connection, alerts: ClinicAlerts) -> Iterator[str]:
    found = connection.execute(
        select(route.c.location, route.c.duty, route.c.changed_by, contact.c.key)
        .join(contact, contact.c.id == route.c.contact_id)
        .where(route.c.clinic == alerts.clinic)
        .order_by(route.c.location, route.c.n)
    ).all()
    for location in sorted({*alerts.tell, *(row.location for row in found)}):
        mine = [row for row in found if row.location == location]
        by = _by(DESK if any(row.changed_by == DESK for row in mine) else "file")
        for duty, verb, entries in (
            ("tell", "tells", alerts.tell),
            ("on_call", "calls", alerts.on_call),
        ):
            in_force = tuple(row.key for row in mine if row.duty == duty)
            written = entries.get(location, ())
            if written != in_force:
                said = f"{verb} {_keys(written)} in the file, {_keys(in_force)}{by}"
                yield f"location {location}: {said}"


def _policies(connection: Connection, alerts: ClinicAlerts) -> Iterator[str]:
    rows = connection.execute(select(policy).where(policy.c.clinic == alerts.clinic)).all()
    found = {row.location: row for row in rows}
    for location in sorted(alerts.tell):
        row, written = found.get(location), alerts.policy(location)
        in_force = policy_from(row)
        for field in Policy.__dataclass_fields__:
            said, now = getattr(written, field), getattr(in_force, field)
            if said != now:
                by = _by(row.changed_by if row else "file")
                yield f"location {location} {field}: {said} in the file, {now}{by}"


def _words(value: object) -> str:
    """
    >>> _words(["en", "es"]), _words([["21:00", "07:00"]]), _words(None)
    ('en, es', '21:00 to 07:00', 'none')
    >>> _words([["2026-12-01", "2026-12-04", "rosa"], ["2026-12-24", "2026-12-26", ""]])
    '2026-12-01 to 2026-12-04 (rosa covers), 2026-12-24 to 2026-12-26'
    """
    if not isinstance(value, list):
        return str(value or "none")
    return ", ".join(one if isinstance(one, str) else _span(*one) for one in value) or "none"


def _span(first: str, last: str, cover: str = "") -> str:
    return f"{first} to {last}" + (f" ({cover} covers)" if cover else "")


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or "nobody"


def _by(changed_by: str) -> str:
    return " on the desk" if changed_by == DESK else " in the tables"
