"""Texts that fit no request: whoever may read the requests they could belong to sees to them.

A text whose clinic is known is its clinic's.  One to a number that several clinics share is shown
to those alone who work for all of them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update

from leads import replies, store, tables, vault
from leads.desk import finding
from leads.desk.book import Row
from leads.desk.show import UNREADABLE
from leads.scope import Scope
from plumbing.sealing import HashKey, KeyRing, Unsealable

SHOWN = 50
EARLIER = 3  # requests from the same number that are offered
NOBODYS = ""  # the clinic of a text of which nobody knows it
_SEE_NOBODYS = text("SELECT set_config('leads.of_nobody', 'on', true)")  # policies of 0020, 0024


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What reading a text and finding its sender takes."""

    seal: KeyRing
    hash: HashKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """One that waits.  `sender`: E.164, "" when no key opens it; `earlier`: rows of `lead`."""

    id: UUID
    clinic: str
    at: datetime
    sender: str
    words: str
    earlier: tuple[Row, ...]


def waiting(scope: Scope, keys: Keys, *, of_all: bool) -> list[Unmatched]:
    """The oldest SHOWN.  `of_all`: for somebody who works for every clinic."""
    reply = tables.reply
    rows = scope.connection.execute(
        select(reply).where(*_waits(scope, of_all=of_all)).order_by(reply.c.at).limit(SHOWN)
    ).mappings()
    return [_opened(scope, keys, row) for row in rows]


def count(scope: Scope, *, of_all: bool) -> int:
    query = select(func.count()).where(*_waits(scope, of_all=of_all))
    return scope.connection.scalar(query) or 0


def clinic_of(scope: Scope, reply_id: UUID, *, of_all: bool) -> str | None:
    """None when it does not wait, or is somebody else's."""
    reply = tables.reply.c
    return scope.connection.scalar(
        select(reply.clinic).where(*_waits(scope, of_all=of_all), reply.id == reply_id)
    )


def mark_done(scope: Scope, reply_id: UUID, staff_id: UUID, *, of_all: bool) -> bool:
    """False when it did not wait any more."""
    reply = tables.reply
    done = scope.connection.execute(
        update(reply)
        .where(*_waits(scope, of_all=of_all), reply.c.id == reply_id)
        .values(done_at=func.now(), done_by=staff_id)
    )
    return done.rowcount == 1


def give_to(scope: Scope, keys: Keys, reply_id: UUID, lead: Row, *, of_all: bool) -> bool:
    """Make it part of the story of `lead`.  False when it does not wait any more, or is another
    clinic's than the lead.
    """
    reply, clinic = tables.reply, lead["clinic"]
    row = (
        scope.connection.execute(
            select(reply)
            .where(*_waits(scope, of_all=of_all), reply.c.id == reply_id)
            # of two people one gives it away
            .with_for_update()
        )
        .mappings()
        .one_or_none()
    )
    if row is None or row["clinic"] not in {clinic, NOBODYS}:
        return False
    plain = replies.open_reply(keys.seal, row["clinic"], reply_id, row["words_sealed"])
    values: dict[str, object] = {"lead_id": lead["id"]}
    if row["clinic"] != clinic:  # now it is known: sealed and found as that clinic's are
        values |= {
            "clinic": clinic,
            "words_sealed": replies.seal_reply(keys.seal, clinic, reply_id, plain),
            "sender": replies.sender(keys.hash, clinic, plain["from"]),
            "hash_key": keys.hash.key_id,
        }
    scope.connection.execute(update(reply).where(reply.c.id == reply_id).values(**values))
    store.add_event(
        scope.connection,
        clinic=clinic,
        lead_id=lead["id"],
        actor="patient",
        what=f"patient sent {row['what']}",
        detail={"reply": str(reply_id), "at": row["at"].astimezone(UTC).isoformat()},
        note_sealed=vault.seal_note(keys.seal, clinic, lead["id"], plain["text"]),
    )
    return True


def _waits(scope: Scope, *, of_all: bool) -> list[ColumnElement[bool]]:
    reply = tables.reply.c
    own = scope.own(tables.reply)
    if of_all:
        scope.connection.execute(_SEE_NOBODYS)
        own = or_(own, reply.clinic == NOBODYS)
    return [own, reply.what == "text", reply.lead_id.is_(None), reply.done_at.is_(None)]


def _opened(scope: Scope, keys: Keys, row: Row) -> Unmatched:
    try:
        plain = replies.open_reply(keys.seal, row["clinic"], row["id"], row["words_sealed"])
    except Unsealable:
        plain = {"from": "", "text": UNREADABLE}
    earlier = finding.found(scope, keys.hash, plain["from"]) if plain["from"] else []
    fitting = [lead for lead in earlier if row["clinic"] in {lead["clinic"], NOBODYS}]
    return Unmatched(
        id=row["id"],
        clinic=row["clinic"],
        at=row["at"],
        sender=plain["from"],
        words=plain["text"],
        earlier=tuple(fitting[:EARLIER]),
    )
