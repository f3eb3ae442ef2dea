"""Hold a request by hand, and release it: neither age nor a wish erases it meanwhile.

For a claim, an investigation, a complaint: whatever obliges a clinic to keep what it has.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from leads import tables
from leads.scope import Scope

SHORTEST_REASON, LONGEST_REASON = 10, 300  # characters
HOW_LONG = f"{SHORTEST_REASON} to {LONGEST_REASON} characters"


def reason_in(typed: str) -> str:
    """`typed` on one line; "" when it is too short or too long to be a reason."""
    reason = " ".join(typed.split())
    return reason if SHORTEST_REASON <= len(reason) <= LONGEST_REASON else ""


def hold(
    scope: Scope, *, clinic: str, lead_id: UUID, reason: str, staff_id: UUID | None = None
) -> bool:
    """False when it was held before: the first reason stands."""
    row = insert(tables.legal_hold).values(
        clinic=clinic, lead_id=lead_id, reason=reason, staff_id=staff_id
    )
    held = row.on_conflict_do_nothing().returning(tables.legal_hold.c.lead_id)
    return scope.connection.scalar(held) is not None


def release(scope: Scope, lead_id: UUID) -> bool:
    """False when it was not held."""
    held = tables.legal_hold
    gone = scope.connection.execute(delete(held).where(scope.own(held), held.c.lead_id == lead_id))
    return gone.rowcount == 1


def listed(scope: Scope, among: Collection[UUID] | None = None) -> Sequence[Row[Any]]:
    """Holds with the `reference` of their requests, oldest first; `among`: of these leads alone."""
    held, lead = tables.legal_hold, tables.lead
    query = (
        select(held, lead.c.reference, lead.c.location)
        .join(lead, (lead.c.clinic == held.c.clinic) & (lead.c.id == held.c.lead_id))
        .where(scope.own(held), scope.own(lead))
        .order_by(held.c.at)
    )
    if among is not None:
        query = query.where(held.c.lead_id.in_(among))
    return scope.connection.execute(query).all()
