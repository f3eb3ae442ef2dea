"""A contact's own link to one alert: made with the message, good for three days.

The link is a random token that stands for one contact and one alert; only its hash is kept.
Looking it up takes the same time whether it was never made, is cut short or has lapsed.
"""

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, select

from notify.tables import alert, answer_link, contact
from plumbing.gathered import Writes

PATH = "/alerts/a/"
GOOD_FOR = timedelta(hours=72)
# letters and digits alone: phones leave "-" and "_" at the end out of what they make a link of
ALPHABET = string.ascii_letters + string.digits
_NEW = insert(answer_link).values(
    token_hash=bindparam("token_hash"),
    alert_id=bindparam("alert_id"),
    contact_id=bindparam("contact_id"),
    expires_at=func.now() + GOOD_FOR,
)
TOKEN_LENGTH = 16  # 95 bits, and a text stays in one segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Whom a link belongs to, and how its alert stands at `now` (the database's)."""

    usable: bool  # False: it has lapsed, or the contact is not one any more
    contact_id: int
    contact: str  # the contact's name
    alert_id: UUID
    lead_id: str
    clinic: str
    location: str
    kind: str
    reference: str
    again: bool
    received_at: datetime
    state: str
    taken_by: str | None
    taken_contact_id: int | None
    taken_at: datetime | None
    now: datetime


def make(connection: Writes, *, alert_id: UUID, contact_id: int, desk_url: str) -> str:
    """A fresh link; "" without a desk to lead to."""
    if not desk_url:
        return ""
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    of_it = {"token_hash": _hash(token), "alert_id": alert_id, "contact_id": contact_id}
    connection.execute(_NEW, of_it)
    return f"{desk_url}{PATH}{token}"


def find(connection: Connection, token: str) -> Link | None:
    """What was made under `token`, also when it has lapsed; None: nothing was.  Changes nothing."""
    current = (
        (answer_link.c.expires_at > func.now())
        & contact.c.removed_at.is_(None)
        & (contact.c.clinic == alert.c.clinic)
    )
    row = connection.execute(
        select(
            alert,
            alert.c.id.label("alert_id"),
            contact.c.id.label("contact_id"),
            contact.c.name.label("contact"),
            current.label("usable"),
            func.now().label("now"),
        )
        .select_from(answer_link)
        .join(alert, alert.c.id == answer_link.c.alert_id)
        .join(contact, contact.c.id == answer_link.c.contact_id)
        .where(answer_link.c.token_hash == _hash(token))
    ).one_or_none()
    if row is None:
        return None
    return Link(**{name: getattr(row, name) for name in Link.__dataclass_fields__})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
