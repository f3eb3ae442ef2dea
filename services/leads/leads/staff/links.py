"""One-time sign-in links: the operator makes one, the person who opens it comes in once."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from leads import tables
from leads.staff import people, second_factor
from leads.staff.people import Person
from leads.staff.sessions import token_hash
from plumbing.sealing import KeyRing

VALID_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that still works.  `secret`: the second factor that it would set up (base32)."""

    person: Person
    secret: str


def make(connection: Connection, keys: KeyRing, staff_id: UUID) -> str:
    """The token of a new link; earlier ones of the same person stop working."""
    link = tables.sign_in_link
    connection.execute(
        update(link)
        .where(link.c.staff_id == staff_id, link.c.used_at.is_(None))
        .values(used_at=func.now())
    )
    token = secrets.token_urlsafe(32)
    hashed = token_hash(token)
    connection.execute(
        link.insert().values(
            token_hash=hashed,
            staff_id=staff_id,
            totp_sealed=keys.seal(second_factor.new_secret().encode(), context=context(hashed)),
            expires_at=func.now() + VALID_FOR,
        )
    )
    return token


def find(connection: Connection, keys: KeyRing, token: str) -> Link | None:
    """None when it was used, has expired, was replaced, or its person is disabled."""
    link, hashed = tables.sign_in_link.c, token_hash(token)
    row = connection.execute(
        select(link.staff_id, link.totp_sealed).where(
            link.token_hash == hashed, link.used_at.is_(None), link.expires_at > func.now()
        )
    ).one_or_none()
    person = people.by_id(connection, row.staff_id) if row else None
    if row is None or person is None or person.disabled:
        return None
    return Link(person=person, secret=keys.open(row.totp_sealed, context=context(hashed)).decode())


def use(connection: Connection, token: str) -> bool:
    """True for the one caller that comes first."""
    link = tables.sign_in_link
    used = connection.execute(
        update(link)
        .where(
            link.c.token_hash == token_hash(token),
            link.c.used_at.is_(None),
            link.c.expires_at > func.now(),
        )
        .values(used_at=func.now())
    )
    return used.rowcount == 1


def context(hashed: bytes) -> str:
    return f"sign_in_link/{hashed.hex()}/totp"
