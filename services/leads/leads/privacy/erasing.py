"""Erase requests, comments and texts, and what points to them, in the caller's transaction.

The database refuses to delete a request that has no row in `erased_lead`, and such a row for one
that is held (migration "erasure").  notify hears of it by an event; what waits sealed in the
outbox and on disk is swept by the relay (leads.privacy.sweeping).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from uuid import UUID, uuid4

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.events import LEADS_ERASED, Envelope, LeadsErased
from leads import confirm, tables
from leads.comments import store as comments
from leads.privacy.finding import Found, Keys, Row, opened
from leads.privacy.person import Person
from leads.scope import Scope
from leads.store import SAME_FOR
from plumbing import outbox

ANSWERED = ("done", "spam")  # states after which nobody waits for a call
BATCH = 200  # requests in one event

PERSON, AGE = "person", "age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Why somebody cannot be erased just so."""

    unanswered: tuple[Row, ...]  # leads that nobody has called, written to or judged
    held: tuple[Row, ...]  # leads that are held by hand


def standing(scope: Scope, found: Found) -> Standing:
    hold = tables.legal_hold
    held = set(
        scope.connection.scalars(
            select(hold.c.lead_id).where(
                scope.own(hold), hold.c.lead_id.in_([row["id"] for row in found.leads])
            )
        )
    )
    return Standing(
        unanswered=tuple(row for row in found.leads if is_unanswered(row)),
        held=tuple(row for row in found.leads if row["id"] in held),
    )


def is_unanswered(row: Row) -> bool:
    return row["state"] not in ANSWERED and row["contacted_at"] is None


def erase_person(scope: Scope, keys: Keys, person: Person, found: Found) -> datetime:
    """Erase all of `found`, and remember it as keyed hashes; the moment that is remembered.

    Raises sqlalchemy.exc.DBAPIError when a request is held by hand.
    """
    at: datetime = scope.connection.scalar(select(func.now())) or datetime.now(UTC)
    for clinic in found.clinics:
        remember(scope, clinic, person.marks(keys.hash, clinic), at)
        erase_leads(
            scope,
            clinic,
            [row["id"] for row in found.leads if row["clinic"] == clinic],
            why=PERSON,
            texts=[row["id"] for row in found.texts if row["clinic"] == clinic],
        )
        _erase_confirmations(scope, keys, clinic, person, found)
    erase_comments(scope, [row["id"] for row in found.comments])
    return at


def remember(scope: Scope, clinic: str, marks: Iterable[bytes], at: datetime) -> None:
    """That whoever is found under `marks` was erased; the latest moment stands."""
    for mark in marks:
        row = insert(tables.erasure).values(clinic=clinic, mark=mark, at=at)
        scope.connection.execute(
            row.on_conflict_do_update(
                index_elements=["clinic", "mark"],
                set_={"at": func.greatest(tables.erasure.c.at, row.excluded.at)},
            )
        )


def erase_leads(
    scope: Scope, clinic: str, ids: Collection[UUID], *, why: str, texts: Collection[UUID] = ()
) -> int:
    """How many requests of `clinic` were erased.  `texts`: ids of replies, of these or of none.

    Raises sqlalchemy.exc.DBAPIError when one is held, or with `why` AGE not answered.
    """
    connection, lead = scope.connection, tables.lead
    mine = (lead.c.clinic == clinic, lead.c.id.in_(ids))
    # nobody adds to their story from here on
    there = connection.scalars(select(lead.c.id).where(*mine).with_for_update()).all()
    _leave_behind(scope, clinic, there, why=why)
    reply = tables.reply
    gone_texts = connection.scalars(
        delete(reply)
        .where(reply.c.clinic == clinic, reply.c.lead_id.in_(there) | reply.c.id.in_(texts))
        .returning(reply.c.id)
    ).all()
    for table in (
        tables.consent,
        tables.lead_event,
        tables.lead_alias,
        tables.lead_hold,
        tables.lead_search,
    ):
        connection.execute(
            delete(table).where(table.c.clinic == clinic, table.c.lead_id.in_(there))
        )
    connection.execute(
        update(lead)
        .where(lead.c.clinic == clinic, lead.c.linked_to.in_(there))
        .values(linked_to=None)
    )
    connection.execute(delete(lead).where(lead.c.clinic == clinic, lead.c.id.in_(there)))
    _tell_notify(scope, clinic, there, gone_texts)
    return len(there)


def erase_comments(scope: Scope, ids: Collection[UUID]) -> None:
    """Approved ones disappear from the pages by themselves."""
    comment = tables.comment
    states = scope.connection.scalars(
        delete(comment).where(scope.own(comment), comment.c.id.in_(ids)).returning(comment.c.state)
    ).all()
    if "approved" in states:
        comments.raise_version(scope.connection)


def _leave_behind(scope: Scope, clinic: str, ids: Collection[UUID], *, why: str) -> None:
    lead, gone = tables.lead.c, tables.erased_lead.c
    kept = (
        lead.clinic,
        lead.id,
        lead.location,
        lead.kind,
        lead.reference,
        lead.received_at,
        lead.state,
        lead.contacted_at,
        lead.contact_minutes,
        lead.contact_late,
        lead.article,
        lead.n,
    )
    rows = select(
        *kept,
        # as long as the same words mean the same request
        case((lead.received_at > func.now() - SAME_FOR, lead.fingerprint)),
        literal(why),
    ).where(lead.clinic == clinic, lead.id.in_(ids))
    columns = [*(column.name for column in kept), gone.fingerprint.name, "why"]
    scope.connection.execute(insert(tables.erased_lead).from_select(columns, rows))


def _tell_notify(
    scope: Scope, clinic: str, leads: Collection[UUID], texts: Collection[UUID]
) -> None:
    """In events of bounded size.  Texts of which nobody knows the clinic go with any of ours."""
    at = datetime.now(UTC)
    told_as = clinic or min(scope.clinics, default="")
    nothing: list[str] = []
    pieces = zip_longest(_pieces(leads), _pieces(texts), fillvalue=nothing)
    for some_leads, some_texts in pieces:
        event = LeadsErased(clinic=told_as, at=at.isoformat(), leads=some_leads, texts=some_texts)
        outbox.add(
            scope.connection,
            tables.outbox,
            Envelope(id=uuid4(), name=LEADS_ERASED, at=at, data=event.to_json()),
        )


def _pieces(ids: Iterable[UUID]) -> list[list[str]]:
    texts = [str(one) for one in ids]
    return [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]


def _erase_confirmations(
    scope: Scope, keys: Keys, clinic: str, person: Person, found: Found
) -> None:
    """When an address of theirs was last sent one."""
    addresses = {person.value}
    for row in found.leads:
        contact = opened(keys.seal, row, "contact") or {}
        addresses |= {contact.get("phone", ""), contact.get("email", "")}
    marks = [
        mark for address in addresses - {""} for mark in confirm.marks(keys.hash, clinic, address)
    ]
    table = tables.confirmation
    scope.connection.execute(delete(table).where(table.c.clinic == clinic, table.c.mark.in_(marks)))
