"""Who gets no more texts, whichever of the group's numbers they would come from.

Kept as hashes: the list outlives whoever is on it.
"""

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from notify.tables import suppression as rows


def applies(channel: Any, address: Any) -> ColumnElement[bool]:
    """Is the address in the columns `channel` and `address` on the list?"""
    text = func.concat(channel, literal(":"), address)
    hashed = func.sha256(func.convert_to(text, literal("UTF8")))
    return exists().where(rows.c.channel == channel, rows.c.address_hash == hashed)


def allows(number: Any) -> ColumnElement[bool]:
    """May a text to it be claimed?  For the one statement that claims it.

    Not while a STOP from its number is under way: the sweep brings it back.  What was queued
    then has another state afterwards, which the statement that waited for its row sees.
    """
    quiet = func.pg_try_advisory_xact_lock_shared(_lock(number))
    return and_(quiet, ~applies(literal("sms"), number))


def stop(connection: Connection, number: str, *, source: str) -> bool:
    """No text to `number` is claimed once this is committed; False: it was so before.

    `source`: text, they said so; provider, the provider told us.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_lock(number))))  # claims under way end
    row = insert(rows).values(channel="sms", address_hash=_hash("sms", number), source=source)
    added = connection.execute(row.on_conflict_do_nothing().returning(rows.c.channel)).all()
    return len(added) == 1


def start(connection: Connection, number: str) -> bool:
    """Texts to `number` are welcome again; False: they were."""
    mine = (rows.c.channel == "sms") & (rows.c.address_hash == _hash("sms", number))
    return connection.execute(delete(rows).where(mine)).rowcount == 1


def is_stopped(connection: Connection, number: str) -> bool:
    mine = (rows.c.channel == "sms") & (rows.c.address_hash == _hash("sms", number))
    return bool(connection.scalar(select(exists().where(mine))))


def _lock(number: Any) -> ColumnElement[int]:
    return func.hashtextextended(number, 1)


def _hash(channel: str, address: str) -> bytes:
    return hashlib.sha256(f"{channel}:{address}".encode()).digest()
