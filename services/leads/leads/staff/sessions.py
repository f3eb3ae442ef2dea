"""Who is signed in.  The cookie holds a random token, the table its hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from leads import tables
from leads.staff.people import Person

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_AGAIN_AFTER = timedelta(seconds=60)  # a row is not written for every page


def token_hash(token: str) -> bytes:
    """Tokens are 256 random bits: a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def start(
    connection: Connection, staff_id: UUID, *, how: str, only_lead: UUID | None = None
) -> str:
    """A new session's token.  `how`: password, passkey, link, or device (with `only_lead`).

    Clears away what has expired.
    """
    session = tables.staff_session
    connection.execute(
        delete(session).where(session.c.staff_id == staff_id, ~_alive())  # nobody else's rows
    )
    token = secrets.token_urlsafe(32)
    connection.execute(
        session.insert().values(
            id_hash=token_hash(token),
            staff_id=staff_id,
            how=how,
            only_lead=only_lead,
            expires_at=func.now() + ABSOLUTE,
        )
    )
    return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A live session.  `glass`: the clinic that an operator may read until `glass_until`, or "".

    `only_lead`: all that the session of a remembered device opens; None: the whole desk.
    """

    person: Person
    glass: str
    glass_until: datetime | None
    only_lead: UUID | None


def find(connection: Connection, token: str, *, counts_as_use: bool = True) -> Session | None:
    """Whose session it is; None once it is idle, too old, ended, or its owner was disabled."""
    session, staff = tables.staff_session, tables.staff
    row = connection.execute(
        select(
            staff,
            (session.c.last_seen_at < func.now() - SEEN_AGAIN_AFTER).label("seen_long_ago"),
            (session.c.glass_until > func.now()).label("glass_broken"),
            session.c.glass_clinic,
            session.c.glass_until,
            session.c.only_lead,
            session.c.id_hash,
        )
        .join(session, session.c.staff_id == staff.c.id)
        .where(session.c.id_hash == token_hash(token), _alive(), staff.c.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    if row.seen_long_ago and counts_as_use:
        connection.execute(
            update(session).where(session.c.id_hash == row.id_hash).values(last_seen_at=func.now())
        )
    return Session(
        person=Person.from_row(row._mapping),  # noqa: SLF001 - SQLAlchemy's public name
        glass=row.glass_clinic if row.glass_broken else "",
        glass_until=row.glass_until if row.glass_broken else None,
        only_lead=row.only_lead,
    )


def end(connection: Connection, token: str) -> None:
    session = tables.staff_session
    connection.execute(delete(session).where(session.c.id_hash == token_hash(token)))


def end_all(connection: Connection, staff_id: UUID) -> None:
    session = tables.staff_session
    connection.execute(delete(session).where(session.c.staff_id == staff_id))


def _alive() -> ColumnElement[bool]:
    session = tables.staff_session.c
    return and_(session.last_seen_at > func.now() - IDLE, session.expires_at > func.now())
