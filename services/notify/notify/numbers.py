"""The number that a contact answers a text by: 1 to 99, one for each alert, free again later.

Numbers belong to a phone, not to a contact: who is a contact of two clinics gets no number twice.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from notify.tables import alert, contact, reply_number

HIGHEST = 99
KEPT = timedelta(hours=24)  # after the alert is settled


def give(connection: Connection, alert_id: UUID, contact_id: int, *, now: datetime) -> int | None:
    """The alert's number for this contact, the lowest that is free; None: all are in use."""
    mine = (reply_number.c.alert_id == alert_id, reply_number.c.contact_id == contact_id)
    number: int | None = connection.scalar(select(reply_number.c.number).where(*mine))
    if number is not None:
        return number
    phone = select(contact.c.sms).where(contact.c.id == contact_id).scalar_subquery()
    # one at a time for each phone, else two alerts could get the same number
    key = func.hashtextextended(func.coalesce(phone, ""), 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
    used = set(
        connection.scalars(
            select(reply_number.c.number)
            .join(alert, alert.c.id == reply_number.c.alert_id)
            .join(contact, contact.c.id == reply_number.c.contact_id)
            .where(contact.c.sms == phone, in_use(now))
        )
    )
    free = next((number for number in range(1, HIGHEST + 1) if number not in used), None)
    if free is not None:
        values = {"alert_id": alert_id, "contact_id": contact_id, "number": free}
        connection.execute(insert(reply_number).values(values))
    return free


def in_use(now: datetime) -> ColumnElement[bool]:
    return or_(alert.c.settled_at.is_(None), alert.c.settled_at > now - KEPT)
