"""How long each kind is kept: what is past its time, what stays nevertheless, what is next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    values,
)

from contract.directory import Clinic, Keep
from leads import tables
from leads.privacy.erasing import ANSWERED
from leads.scope import Scope

SPAM, COMMENT = "spam", "comment"
REJECTED = "rejected"

_lead, _comment, _hold = tables.lead.c, tables.comment.c, tables.legal_hold.c
_last = func.coalesce(_lead.changed_at, _lead.received_at)  # when something happened to it
_decided = func.coalesce(_comment.decided_at, _comment.received_at)
_held = (
    select(_hold.lead_id).where(_hold.clinic == _lead.clinic, _hold.lead_id == _lead.id).exists()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is kept equally long.  `days`: 0 for ever."""

    name: str  # contact, appointment, spam, comment
    days: int

    @property
    def limit(self) -> timedelta:
        return timedelta(days=self.days)

    def is_kind(self) -> ColumnElement[bool]:
        """Of a lead, however old and whether answered or not."""
        if self.name == SPAM:
            return _lead.state == SPAM
        return and_(_lead.kind == self.name, _lead.state != SPAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one clinic and kind: how many rows there are, and how many of them are past their time.

    `due` ones go within the hour, `held` and `unanswered` ones stay.  `next_at`: when the next
    one is due; None: none is.
    """

    clinic: str
    kind: Kind
    stored: int
    due: int
    held: int
    unanswered: int
    next_at: datetime | None


def kinds(keep: Keep) -> tuple[Kind, ...]:
    return (
        Kind(name="contact", days=keep.contact_days),
        Kind(name="appointment", days=keep.appointment_days),
        Kind(name=SPAM, days=keep.spam_days),
        Kind(name=COMMENT, days=keep.comment_days),
    )


def standing(scope: Scope, clinic: Clinic) -> list[Standing]:
    return [
        _of_comments(scope, clinic.slug, kind)
        if kind.name == COMMENT
        else _of_leads(scope, clinic.slug, kind)
        for kind in kinds(clinic.keep)
    ]


def old_leads(clinic: str, kind: Kind) -> Select[Any]:
    """The ids of answered ones that nobody holds and to which nothing has happened for long."""
    return (
        select(_lead.id)
        .where(
            _lead.clinic == clinic,
            kind.is_kind(),
            _lead.state.in_(ANSWERED),
            *_past(kind),
            ~_held,
        )
        .order_by(_lead.received_at, _lead.id)
    )


def old_comments(clinic: str, kind: Kind) -> Select[Any]:
    """The ids of rejected ones: who waits is read by a person first, what is approved is public."""
    return (
        select(_comment.id)
        .where(
            _comment.clinic == clinic,
            _comment.state == REJECTED,
            literal(value=kind.days > 0),
            _decided < func.now() - kind.limit,
        )
        .order_by(_comment.received_at, _comment.id)
    )


def due(connection: Connection, clinics: Iterable[Clinic]) -> int:
    """How many requests of all clinics should be gone: those of the last hour, if all is well."""
    rows = [
        (clinic.slug, kind.name, kind.days)
        for clinic in clinics
        for kind in kinds(clinic.keep)
        if kind.days and kind.name != COMMENT
    ]
    if not rows:
        return 0
    kept = values(column("clinic", String), column("kind", String), column("days", Integer))
    kept = kept.data(rows).alias("kept")
    of_kind = or_(
        and_(kept.c.kind == SPAM, _lead.state == SPAM),
        and_(kept.c.kind == _lead.kind, _lead.state == "done"),
    )
    before = func.now() - func.make_interval(0, 0, 0, kept.c.days)
    counted = select(func.count()).where(
        _lead.clinic == kept.c.clinic, of_kind, _lead.received_at < before, _last < before, ~_held
    )
    return connection.scalar(counted) or 0


def _past(kind: Kind) -> list[ColumnElement[bool]]:
    return [
        literal(value=kind.days > 0),
        _lead.received_at < func.now() - kind.limit,  # an index knows these
        _last < func.now() - kind.limit,
    ]


def _of_leads(scope: Scope, clinic: str, kind: Kind) -> Standing:
    answered, past = _lead.state.in_(ANSWERED), and_(*_past(kind))
    row = scope.connection.execute(
        select(
            func.count().label("stored"),
            func.count().filter(past, answered, ~_held).label("due"),
            func.count().filter(past, _held).label("held"),
            func.count().filter(past, ~answered, ~_held).label("unanswered"),
            func.min(_last).filter(~past, answered, ~_held).label("oldest"),
        ).where(scope.own(tables.lead), _lead.clinic == clinic, kind.is_kind())
    ).one()
    return _standing(clinic, kind, row)


def _of_comments(scope: Scope, clinic: str, kind: Kind) -> Standing:
    past = and_(literal(value=kind.days > 0), _decided < func.now() - kind.limit)
    row = scope.connection.execute(
        select(
            func.count().label("stored"),
            func.count().filter(past).label("due"),
            literal(0).label("held"),
            literal(0).label("unanswered"),
            func.min(_decided).filter(~past).label("oldest"),
        ).where(scope.own(tables.comment), _comment.clinic == clinic, _comment.state == REJECTED)
    ).one()
    return _standing(clinic, kind, row)


def _standing(clinic: str, kind: Kind, row: Any) -> Standing:
    return Standing(
        clinic=clinic,
        kind=kind,
        stored=row.stored,
        due=row.due,
        held=row.held,
        unanswered=row.unanswered,
        next_at=row.oldest + kind.limit if kind.days and row.oldest else None,
    )
