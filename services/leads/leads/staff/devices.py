"""A person's own phone, remembered for 30 days: it opens the lead of an alert with one tap.

It opens nothing else: the list needs a full sign-in.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, select

from leads import tables
from leads.staff.people import Person
from leads.staff.sessions import token_hash

REMEMBERED_FOR = timedelta(days=30)


def remember(connection: Connection, staff_id: UUID) -> str:
    """The token of a newly remembered device."""
    device = tables.staff_device
    connection.execute(
        delete(device).where(device.c.staff_id == staff_id, device.c.expires_at < func.now())
    )
    token = secrets.token_urlsafe(32)
    connection.execute(
        device.insert().values(
            id_hash=token_hash(token),
            staff_id=staff_id,
            expires_at=func.now() + REMEMBERED_FOR,
        )
    )
    return token


def owner(connection: Connection, token: str) -> Person | None:
    """Whose device it is; None once it is too old, forgotten, or its owner is disabled."""
    device, staff = tables.staff_device, tables.staff
    row = (
        connection.execute(
            select(staff)
            .join(device, device.c.staff_id == staff.c.id)
            .where(
                device.c.id_hash == token_hash(token),
                device.c.expires_at > func.now(),
                staff.c.disabled_at.is_(None),
            )
        )
        .mappings()
        .one_or_none()
    )
    return Person.from_row(row) if row else None


def forget(connection: Connection, staff_id: UUID) -> None:
    """Forget all devices of a person."""
    device = tables.staff_device
    connection.execute(delete(device).where(device.c.staff_id == staff_id))
