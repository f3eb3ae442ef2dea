"""The number that a contact answers a text by: 1 to 99, one for each alert, free again later.

Numbers belong to a phone, not to a contact: who is a contact of two clinics gets no number twice.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    DateTime,
    Uuid,
    bindparam,
    func,
    insert,
    or_,
    select,
    union_all,
)

from notify.tables import alert, contact, reply_number

HIGHEST = 99
KEPT = timedelta(hours=24)  # after the alert is settled


def give(connection: Connection, alert_id: UUID, contact_id: int, *, now: datetime) -> int | None:
    """The alert's number for this contact, the lowest that is free; None: all are in use."""
    of_it = {"alert": alert_id, "contact": contact_id, "settled_after": now - KEPT}
    connection.execute(_ONE_AT_A_TIME, of_it)
    return connection.scalar(_GIVE, of_it)


def in_use(now: datetime) -> ColumnElement[bool]:
    return _in_use(now - KEPT)


def _in_use(settled_after: Any) -> ColumnElement[bool]:
    return or_(alert.c.settled_at.is_(None), alert.c.settled_at > settled_after)


_PHONE = select(contact.c.sms).where(contact.c.id == bindparam("contact")).scalar_subquery()
# for each phone, else two alerts could get the same number
_ONE_AT_A_TIME = select(
    func.pg_advisory_xact_lock(func.hashtextextended(func.coalesce(_PHONE, ""), 0))
)


def _giving() -> CompoundSelect[int]:
    """The number that it has, or the lowest free one, which is then its own."""
    has = (
        select(reply_number.c.number)
        .where(
            reply_number.c.alert_id == bindparam("alert"),
            reply_number.c.contact_id == bindparam("contact"),
        )
        .cte("has")
    )
    used = (
        select(reply_number.c.number)
        .join(alert, alert.c.id == reply_number.c.alert_id)
        .join(contact, contact.c.id == reply_number.c.contact_id)
        .where(
            contact.c.sms == _PHONE,
            _in_use(bindparam("settled_after", type_=DateTime(timezone=True))),
        )
    )
    all_of_them = func.generate_series(1, HIGHEST).table_valued("number").render_derived()
    free = (
        select(func.min(all_of_them.c.number).label("number"))
        .where(all_of_them.c.number.not_in(used), ~select(has).exists())
        .cte("free")
    )
    mine = (bindparam("alert", type_=Uuid), bindparam("contact", type_=BigInteger), free.c.number)
    given = (
        insert(reply_number)
        .from_select(
            ["alert_id", "contact_id", "number"], select(*mine).where(free.c.number.is_not(None))
        )
        .returning(reply_number.c.number)
        .cte("given")
    )
    return union_all(select(has.c.number), select(given.c.number))


_GIVE = _giving()
