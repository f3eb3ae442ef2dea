"""Requests that are held as possible spam: released, or called spam by a person.

A held lead has a row in `lead_hold` with the event that its alert waits for.  Whatever nobody
looks at is released by the relay after one open day of the location.  What was called spam keeps
its row without a time: a person who looks again can still let it go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, Row, delete, func, select, update

from contract.directory import Directory
from contract.events import LEAD_ACCEPTED, LEAD_HELD, Envelope, LeadHeld
from leads import store, tables
from leads.confirm import Confirming
from leads.scope import Scope, scoped
from plumbing import outbox
from plumbing.documents import Reader

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One lead that waits.  `reasons`: names of signs (leads.spam.signals)."""

    clinic: str
    lead_id: UUID
    reference: str
    location: str
    received_at: datetime
    release_at: datetime
    reasons: tuple[str, ...]


class Releaser:
    """The relay's: `engine` is that of the background jobs' role."""

    def __init__(
        self, engine: Engine, confirming: Confirming, directory: Reader[Directory]
    ) -> None:
        self._engine = engine
        self._confirming = confirming
        self._directory = directory

    def one_pass(self) -> int:
        """Release what nobody has looked at in time; how many leads that were."""
        released = 0
        for clinic, lead_id in self._due():
            with scoped(self._engine, [clinic]) as scope:
                released += release(
                    scope,
                    lead_id,
                    actor="leads",
                    confirming=self._confirming,
                    directory=self._directory.current,
                )
        return released

    def _due(self) -> Sequence[Any]:
        hold = tables.lead_hold.c
        with self._engine.begin() as connection:
            return connection.execute(
                select(hold.clinic, hold.lead_id)
                .where(hold.release_at <= func.now())
                .order_by(hold.release_at)
                .limit(BATCH)
            ).all()


def held(scope: Scope) -> list[Held]:
    """What waits, oldest first."""
    lead, hold = tables.lead, tables.lead_hold
    rows = scope.connection.execute(
        select(
            lead.c.clinic,
            lead.c.id.label("lead_id"),
            lead.c.reference,
            lead.c.location,
            lead.c.received_at,
            hold.c.release_at,
            lead.c.suspicions.label("reasons"),
        )
        .join(hold, (hold.c.clinic == lead.c.clinic) & (hold.c.lead_id == lead.c.id))
        .where(scope.own(lead), scope.own(hold), hold.c.release_at.is_not(None))
        .order_by(lead.c.received_at)
    )
    return [Held(**row | {"reasons": tuple(row["reasons"])}) for row in map(dict, rows.mappings())]


def release(
    scope: Scope,
    lead_id: UUID,
    *,
    actor: str,
    confirming: Confirming,
    directory: Directory | None,
    by: str = "",
) -> bool:
    """Let the alert and the confirmations go, of what was called spam too.

    False when the lead is neither held nor called spam (any more).  `by`: the name of a person.
    """
    hold = tables.lead_hold
    held = scope.connection.execute(
        delete(hold)
        .where(scope.own(hold), hold.c.lead_id == lead_id)
        .returning(hold.c.clinic, hold.c.event, hold.c.confirm_sealed)
    ).one_or_none()
    if held is None:
        return False
    _note(scope, held, state="new", told="released", actor=actor, by=by)
    event = {**held.event, "released": True}
    envelope = Envelope(id=uuid4(), name=LEAD_ACCEPTED, at=datetime.now(UTC), data=event)
    outbox.add(scope.connection, tables.outbox, envelope)
    clinic = directory.clinic(held.clinic) if directory else None
    confirming.ask_released(scope.connection, event, held.confirm_sealed, clinic)
    return True


def call_spam(scope: Scope, lead_id: UUID, *, actor: str, by: str = "") -> bool:
    """Alert nobody about it.  False when the lead is not held (any more)."""
    hold = tables.lead_hold
    held = scope.connection.execute(
        update(hold)
        .where(scope.own(hold), hold.c.lead_id == lead_id, hold.c.release_at.is_not(None))
        .values(release_at=None)
        .returning(hold.c.clinic, hold.c.event, hold.c.confirm_sealed)
    ).one_or_none()
    if held is None:
        return False
    _note(scope, held, state="spam", told="spam", actor=actor, by=by)
    return True


def _note(
    scope: Scope, held: Row[Any, Any, Any], *, state: str, told: str, actor: str, by: str
) -> None:
    """What became of a hold; of two who decide at once only one does."""
    connection, lead = scope.connection, tables.lead
    lead_id = UUID(held.event["lead_id"])
    connection.execute(
        update(lead)
        .where(scope.own(lead), lead.c.id == lead_id)
        .values(state=state, changed_at=func.now())
    )
    store.add_event(
        connection,
        clinic=held.clinic,
        lead_id=lead_id,
        actor=actor,
        what=told,
        detail={"by": by} if by else None,
    )
    now = datetime.now(UTC)
    news = LeadHeld(
        lead_id=str(lead_id),
        clinic=held.clinic,
        location=held.event["location"],
        state=told,
        at=now.isoformat(),
    )
    outbox.add(
        connection,
        tables.outbox,
        Envelope(id=uuid4(), name=LEAD_HELD, at=now, data=news.to_json()),
    )
