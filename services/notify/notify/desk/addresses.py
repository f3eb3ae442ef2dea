"""A new number or address of a contact: it counts once its owner has confirmed it.

Until then the old one is used.  The link goes to the new address alone, works once and for three
days; asking again makes a new one and the old one dead.
"""

import hashlib
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, case, func, select, update

from contract.alert_settings import Waiting
from notify import messages, suppression
from notify.desk import progress
from notify.desk.job import Job, Refused
from notify.paper import Slip, worded
from notify.roster import DESK
from notify.tables import contact, new_address

PATH = "/alerts/c/"
GOOD_FOR = timedelta(hours=72)
ALPHABET = string.ascii_letters + string.digits  # as in notify.links
TOKEN_LENGTH = 16
A_DAY = timedelta(hours=24)
# a desk must be no way to flood a stranger's phone
PER_ADDRESS = 3  # links in 24 hours
PER_CLINIC = 30
WHAT = {"email": "address", "sms": "number"}
FIELD = {"email": "email", "sms": "phone"}
COLUMN = {"email": contact.c.email, "sms": contact.c.sms}

WAITING, CONFIRMED, REPLACED, WITHDRAWN = "waiting", "confirmed", "replaced", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose new address it is."""

    id: int
    name: str
    speaks: tuple[str, ...]


def ask(job: Job, person: Person, channel: str, address: str) -> str:
    """Send the link to `address`; a sentence.  Raises Refused."""
    connection, clinic = job.connection, job.clinic.slug
    field = FIELD[channel]
    if channel == "sms" and suppression.is_stopped(connection, address):
        stopped = "This number has answered STOP: START has to be texted from that phone first"
        raise Refused((field, stopped))
    asked = new_address.c
    lately = select(func.count()).where(asked.clinic == clinic, asked.asked_at > func.now() - A_DAY)
    if (connection.scalar(lately.where(asked.address == address)) or 0) >= PER_ADDRESS:
        said = f"{PER_ADDRESS} links went there in 24 hours: no more can be sent today"
        raise Refused((field, said))
    if (connection.scalar(lately) or 0) >= PER_CLINIC:
        said = f"{job.clinic.name} has asked for {PER_CLINIC} confirmations in 24 hours:"
        raise Refused((field, f"{said} try again tomorrow"))
    _settle(connection, person.id, channel, REPLACED)
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    message_id = uuid4()
    connection.execute(
        new_address.insert().values(
            clinic=clinic,
            contact_id=person.id,
            channel=channel,
            address=address,
            token_hash=_hash(token),
            message_id=message_id,
            asked_by=job.asked.by,
            tell=list(job.asked.tell),
            desk_path=f"/settings/{clinic}/{job.location.slug}",
            expires_at=func.now() + GOOD_FOR,
        )
    )
    slip = Slip(
        template="confirm_address",
        language=next(iter(person.speaks), "en"),
        clinic=job.clinic.name,
        location=job.location.name,
        phone=job.location.phone_display,
        values={"link": f"{job.desk_url}{PATH}{token}"},
        brand=job.clinic.brand,
    )
    messages.add(
        connection,
        clinic=clinic,
        step=None,
        contact_id=person.id,
        channel=channel,
        address=address,
        kind="staff",
        worded=worded(slip, channel),
        key=(message_id, f"confirm:{message_id}"),
    )
    return f"A new {WHAT[channel]} of {person.name} waits for confirmation."


def ask_again(job: Job) -> str:
    """Another link to the address that waits.  Raises Refused."""
    person, channel = job.person(), job.typed("channel")
    row = _of(job.connection, person.id, channel)
    if row is None:
        return ""
    asked = Person(id=person.id, name=person.name, speaks=person.speaks)
    try:
        ask(job, asked, channel, row.address)
    except Refused as refused:
        raise Refused(*(("", said) for _, said in refused.problems)) from None
    return f"A new link went to the new {WHAT[channel]} of {person.name}."


def withdraw(job: Job) -> str:
    person, channel = job.person(), job.typed("channel")
    if not _settle(job.connection, person.id, channel, WITHDRAWN):
        return ""
    return f"The new {WHAT[channel]} of {person.name} is given up."


def give_up(connection: Connection, contact_id: int, channel: str = "") -> None:
    """Nothing of this contact waits any more (`channel`: on it alone)."""
    for one in [channel] if channel else list(WHAT):
        _settle(connection, contact_id, one, WITHDRAWN)


def confirm(connection: Connection, token: str) -> Row[Any] | None:
    """The address counts from now on: what waited, with the contact's name; None: nothing does."""
    waiting = new_address.c
    found = connection.execute(
        update(new_address)
        .where(
            waiting.token_hash == _hash(token),
            waiting.state == WAITING,
            waiting.expires_at > func.now(),
            waiting.contact_id == contact.c.id,
            contact.c.removed_at.is_(None),
        )
        .values(state=CONFIRMED, settled_at=func.now())
        .returning(new_address, contact.c.name, contact.c.key)
    ).one_or_none()
    if found is not None:
        connection.execute(
            update(contact)
            .where(contact.c.id == found.contact_id)
            .values({COLUMN[found.channel].name: found.address, "changed_by": DESK})
        )
    return found


def find(connection: Connection, token: str) -> Row[Any] | None:
    """What was made under `token`; None: nothing was.

    `usable`: it can be confirmed; `in_force`: it was, and alerts still go there.
    """
    usable = (
        (new_address.c.state == WAITING)
        & (new_address.c.expires_at > func.now())
        & contact.c.removed_at.is_(None)
    )
    now = case(COLUMN, value=new_address.c.channel)
    in_force = (
        (new_address.c.state == CONFIRMED)
        & (now == new_address.c.address)
        & contact.c.removed_at.is_(None)
    )
    return connection.execute(
        select(
            new_address,
            contact.c.name,
            usable.label("usable"),
            in_force.label("in_force"),
        )
        .join(contact, contact.c.id == new_address.c.contact_id)
        .where(new_address.c.token_hash == _hash(token))
    ).one_or_none()


def waiting_of(
    connection: Connection, contact_ids: Sequence[int], channels: frozenset[str]
) -> Mapping[int, tuple[Waiting, ...]]:
    """Contact id -> what waits.  `channels`: with a provider."""
    rows = connection.execute(
        select(new_address, (new_address.c.expires_at <= func.now()).label("lapsed"))
        .where(new_address.c.contact_id.in_(contact_ids), new_address.c.state == WAITING)
        .order_by(new_address.c.channel)
    ).all()
    said = progress.of_messages(connection, [row.message_id for row in rows], channels)
    found: dict[int, tuple[Waiting, ...]] = {}
    for row in rows:
        one = Waiting(
            channel=row.channel,
            address=row.address,
            since=row.asked_at.astimezone(UTC).isoformat(),
            until=row.expires_at.astimezone(UTC).isoformat(),
            lapsed=row.lapsed,
            said=said.get(row.message_id, ""),
        )
        found[row.contact_id] = (*found.get(row.contact_id, ()), one)
    return found


def waits(connection: Connection, contact_id: int, channel: str) -> str:
    """The address that waits; "": none does."""
    row = _of(connection, contact_id, channel)
    return row.address if row else ""


def _of(connection: Connection, contact_id: int, channel: str) -> Row[Any] | None:
    mine = (new_address.c.contact_id == contact_id) & (new_address.c.channel == channel)
    return connection.execute(
        select(new_address).where(mine, new_address.c.state == WAITING)
    ).one_or_none()


def _settle(connection: Connection, contact_id: int, channel: str, state: str) -> bool:
    settled = connection.execute(
        update(new_address)
        .where(
            new_address.c.contact_id == contact_id,
            new_address.c.channel == channel,
            new_address.c.state == WAITING,
        )
        .values(state=state, settled_at=func.now())
    )
    return settled.rowcount > 0


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
