"""The SQL of the desk: the list, one lead, and its moves.  All of it within a scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, func, select, update

from contract.events import LEAD_HANDLED, Envelope, LeadHandled
from leads import store, tables
from leads.desk.moves import DONE, Move
from leads.scope import Scope
from leads.staff.people import Person
from plumbing import outbox

SHOWN = 200  # of each group: more than anybody reads, and a page that still opens at once
DONE_SHOWN = 30

Row = RowMapping  # a row of `lead`, with its sealed columns as they are stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One location, as a filter."""

    clinic: str
    location: str


def listed(scope: Scope, states: Iterable[str], place: Place | None) -> list[Row]:
    """Leads in `states`: the longest waiting first; what is done, newest first."""
    lead = tables.lead.c
    query = select(tables.lead).where(scope.own(tables.lead), lead.state.in_(list(states)))
    if place:
        query = query.where(lead.clinic == place.clinic, lead.location == place.location)
    if DONE in states:
        query = query.order_by(lead.changed_at.desc().nulls_last(), lead.id).limit(DONE_SHOWN)
    else:
        query = query.order_by(lead.received_at, lead.id).limit(SHOWN)
    return list(scope.connection.execute(query).mappings())


def counts(scope: Scope, place: Place | None) -> dict[str, int]:
    """How many leads are in each state."""
    lead = tables.lead.c
    query = select(lead.state, func.count()).where(scope.own(tables.lead)).group_by(lead.state)
    if place:
        query = query.where(lead.clinic == place.clinic, lead.location == place.location)
    return {state: count for state, count in scope.connection.execute(query)}  # noqa: C416 - typed


def one(scope: Scope, lead_id: UUID) -> Row | None:
    """None when there is no such lead, or it is another clinic's: the same to the asker."""
    return (
        scope.connection.execute(
            select(tables.lead).where(scope.own(tables.lead), tables.lead.c.id == lead_id)
        )
        .mappings()
        .one_or_none()
    )


def consents(scope: Scope, lead_id: UUID) -> frozenset[str]:
    consent = tables.consent
    rows = scope.connection.scalars(
        select(consent.c.what).where(scope.own(consent), consent.c.lead_id == lead_id)
    )
    return frozenset(rows)


def story(scope: Scope, lead_id: UUID) -> list[Row]:
    """Everything that happened to a lead, oldest first."""
    event = tables.lead_event
    rows = scope.connection.execute(
        select(event)
        .where(scope.own(event), event.c.lead_id == lead_id)
        .order_by(event.c.at, event.c.id)
    )
    return list(rows.mappings())


def related(scope: Scope, row: Row) -> list[Row]:
    """The requests that this one is linked to, in both directions, oldest first."""
    lead = tables.lead
    linked = lead.c.linked_to == row["id"]
    if row["linked_to"]:
        linked |= lead.c.id == row["linked_to"]
    rows = scope.connection.execute(
        select(lead)
        .where(scope.own(lead), lead.c.clinic == row["clinic"], linked)
        .order_by(lead.c.received_at)
        .limit(SHOWN)
    )
    return list(rows.mappings())


def first_taken_at(scope: Scope, row: Row) -> datetime | None:
    event = tables.lead_event
    taken_at: datetime | None = scope.connection.scalar(
        select(func.min(event.c.at)).where(
            scope.own(event), event.c.lead_id == row["id"], event.c.what == "taken"
        )
    )
    return taken_at


def newest(scope: Scope) -> Row | None:
    """The last request that came."""
    lead = tables.lead
    query = select(lead).where(scope.own(lead)).order_by(lead.c.received_at.desc()).limit(1)
    return scope.connection.execute(query).mappings().one_or_none()


def make_move(scope: Scope, row: Row, move: Move, person: Person) -> bool:
    """Make `move` if the lead is still as in `row`: state, story and event in one transaction.

    False when somebody else was faster; nothing has changed then.
    """
    lead = tables.lead
    changed_at: datetime | None = scope.connection.scalar(
        update(lead)
        .where(
            scope.own(lead),
            lead.c.id == row["id"],
            lead.c.state == row["state"],
            lead.c.holder.is_not_distinct_from(row["holder"]),
        )
        .values(
            state=move.to,
            holder=person.id,
            answered_by=None,
            outcome=move.outcome or None,
            changed_at=func.now(),
            handled_at=func.now() if move.to == DONE else None,
        )
        .returning(lead.c.changed_at)
    )
    if changed_at is None:
        return False
    store.add_event(
        scope.connection,
        clinic=row["clinic"],
        lead_id=row["id"],
        actor=f"staff:{person.id}",
        what=move.what,
        detail={"by": person.name},
    )
    _tell(scope, row, move, person, changed_at)
    return True


def _tell(scope: Scope, row: Row, move: Move, person: Person, at: datetime) -> None:
    event = LeadHandled(
        lead_id=str(row["id"]),
        clinic=row["clinic"],
        state=move.told,
        by=person.name,
        at=at.astimezone(UTC).isoformat(),
        outcome=move.outcome,
    )
    envelope = Envelope(id=uuid4(), name=LEAD_HANDLED, at=at, data=event.to_json())
    outbox.add(scope.connection, tables.outbox, envelope)
