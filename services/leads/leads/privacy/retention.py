"""Delete what is older than its clinic keeps it, a batch at a time.

Only what somebody has answered or judged is ever deleted: a request that nobody opened, or whose
alert reached nobody, is still *new* however old it is, and stays.  So does what is held by hand.
The database refuses to delete either (migration "erasure").
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, func, select

from contract.directory import Clinic, Directory, Keep
from leads import tables
from leads.privacy.erasing import AGE, erase_comments, erase_leads
from leads.scope import Scope, scoped
from leads.staff import audit
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

BATCH = 200  # rows in one transaction
DELETED = "deleted by age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is kept equally long.  `days`: 0 for ever."""

    name: str  # contact, appointment, spam, comment
    days: int

    @property
    def limit(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one clinic and kind: rows past their time.  `held` and `unanswered` ones stay."""

    clinic: str
    kind: Kind
    due: int
    held: int
    unanswered: int


class Retention:
    """The relay's: `engine` is that of the background jobs' role."""

    def __init__(self, engine: Engine, directory: Reader[Directory]) -> None:
        self._engine = engine
        self._directory = directory

    def one_pass(self) -> int:
        """How many rows were deleted.  A clinic that is in no file keeps what it has."""
        directory = self._directory.current
        clinics = directory.clinics if directory else ()
        return sum(count for clinic in clinics for _, count in delete_old(self._engine, clinic))


def kinds(keep: Keep) -> tuple[Kind, ...]:
    return (
        Kind(name="contact", days=keep.contact_days),
        Kind(name="appointment", days=keep.appointment_days),
        Kind(name="spam", days=keep.spam_days),
        Kind(name="comment", days=keep.comment_days),
    )


def delete_old(engine: Engine, clinic: Clinic) -> Iterator[tuple[Kind, int]]:
    """Each batch with its number of rows, once it is committed.  May be stopped anywhere."""
    for kind in kinds(clinic.keep):
        while kind.days:
            with scoped(engine, [clinic.slug]) as scope:
                count = _delete_batch(scope, clinic.slug, kind)
            if count:
                fields = {"clinic": clinic.slug, "kind": kind.name, "count": count}
                logger.info("rows deleted by age", extra=fields)
                yield kind, count
            if count < BATCH:
                break


def standing(scope: Scope, clinic: Clinic) -> list[Standing]:
    """How much is past its time, and how much of that stays."""
    lead, hold = tables.lead, tables.legal_hold
    shown = []
    for kind in kinds(clinic.keep):
        if kind.name == "comment":
            due = scope.connection.scalar(
                select(func.count()).select_from(_old_comments(clinic.slug, kind).subquery())
            )
            shown.append(
                Standing(clinic=clinic.slug, kind=kind, due=due or 0, held=0, unanswered=0)
            )
            continue
        is_held = select(hold.c.lead_id).where(
            hold.c.clinic == lead.c.clinic, hold.c.lead_id == lead.c.id
        )
        answered = lead.c.state.in_(["done", "spam"])
        row = scope.connection.execute(
            select(
                func.count().filter(answered, ~is_held.exists()),
                func.count().filter(is_held.exists()),
                func.count().filter(~answered, ~is_held.exists()),
            ).where(lead.c.clinic == clinic.slug, *_past(kind, answered_only=False))
        ).one()
        shown.append(
            Standing(clinic=clinic.slug, kind=kind, due=row[0], held=row[1], unanswered=row[2])
        )
    return shown


def _delete_batch(scope: Scope, clinic: str, kind: Kind) -> int:
    if kind.name == "comment":
        ids = scope.connection.scalars(_old_comments(clinic, kind).limit(BATCH)).all()
        erase_comments(scope, ids)
    else:
        ids = _old_leads(scope, clinic, kind)
        erase_leads(scope, clinic, ids, why=AGE)
    if ids:
        detail = {"leads": len(ids), "reason": f"{kind.name}, kept {kind.days} days"}
        audit.note(scope.connection, DELETED, clinic=clinic, detail=detail)
    return len(ids)


def _old_leads(scope: Scope, clinic: str, kind: Kind) -> Sequence[UUID]:
    lead, hold = tables.lead, tables.legal_hold
    held = select(hold.c.lead_id).where(hold.c.clinic == lead.c.clinic, hold.c.lead_id == lead.c.id)
    return scope.connection.scalars(
        select(lead.c.id)
        .where(lead.c.clinic == clinic, *_past(kind, answered_only=True), ~held.exists())
        .order_by(lead.c.received_at, lead.c.id)
        .limit(BATCH)
    ).all()


def _past(kind: Kind, *, answered_only: bool) -> list[ColumnElement[bool]]:
    """Nothing has happened to it for longer than its kind is kept."""
    lead = tables.lead.c
    old = [
        lead.received_at < func.now() - kind.limit,  # an index knows these
        func.coalesce(lead.changed_at, lead.received_at) < func.now() - kind.limit,
    ]
    if not kind.days:
        return [lead.id.is_(None)]
    if kind.name == "spam":
        return [*old, lead.state == "spam"]
    state = lead.state == "done" if answered_only else lead.state != "spam"
    return [*old, lead.kind == kind.name, state]


def _old_comments(clinic: str, kind: Kind) -> Any:
    """Rejected ones: who waits is read by a person first, what is approved is public."""
    comment = tables.comment.c
    decided = func.coalesce(comment.decided_at, comment.received_at)
    return (
        select(comment.id)
        .where(
            comment.clinic == clinic,
            comment.state == "rejected",
            decided < func.now() - kind.limit if kind.days else comment.id.is_(None),
        )
        .order_by(comment.received_at, comment.id)
    )
