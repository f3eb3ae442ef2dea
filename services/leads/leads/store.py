"""The SQL of leads.  The caller owns the transaction; nothing here commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from leads import tables

SAME_FOR = timedelta(minutes=30)  # identical content within this time is the same lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The newest lead with the same content."""

    id: UUID
    n: int
    reference: str
    received_at: datetime
    still_same: bool  # recent and not handled: sending it again is the same request


def earlier_lead(connection: Connection, clinic: str, fingerprint: bytes) -> Earlier | None:
    lead = tables.lead.c
    row = connection.execute(
        select(
            lead.id,
            lead.n,
            lead.reference,
            lead.received_at,
            ((lead.received_at > func.now() - SAME_FOR) & lead.handled_at.is_(None)).label(
                "still_same"
            ),
        )
        .where(lead.clinic == clinic, lead.fingerprint == fingerprint)
        .order_by(lead.n.desc())
        .limit(1)
    ).one_or_none()
    return Earlier(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name


def lead_by_submission(connection: Connection, clinic: str, submission_id: str) -> UUID | None:
    """The first lead that came with this submission id."""
    lead = tables.lead.c
    return connection.scalar(
        select(lead.id)
        .where(lead.clinic == clinic, lead.submission_id == submission_id)
        .order_by(lead.received_at)
        .limit(1)
    )


def add_lead(connection: Connection, values: Mapping[str, object]) -> datetime | None:
    """When it was received; None when another request stored the same content just now."""
    row = insert(tables.lead).values(**values)
    received_at: datetime | None = connection.scalar(
        row.on_conflict_do_nothing(constraint="lead_once").returning(tables.lead.c.received_at)
    )
    return received_at


def add_consents(
    connection: Connection, *, clinic: str, lead_id: UUID, given: tuple[str, ...], wording: str
) -> None:
    rows = [
        {"clinic": clinic, "lead_id": lead_id, "what": what, "wording": wording} for what in given
    ]
    if rows:
        connection.execute(tables.consent.insert(), rows)


def taken_by_contact(
    connection: Connection, *, clinic: str, lead_id: UUID, contact: str, at: datetime
) -> None:
    """A contact answered the alert: the lead is taken, unless somebody at the desk was first."""
    lead = tables.lead
    connection.execute(
        update(lead)
        .where(lead.c.clinic == clinic, lead.c.id == lead_id, lead.c.state == "new")
        .values(state="taken", answered_by=contact, changed_at=at)
    )


def add_event(
    connection: Connection,
    *,
    clinic: str,
    lead_id: UUID,
    actor: str,
    what: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append to a lead's story.  `detail` holds ids and plain facts, nothing a patient typed."""
    connection.execute(
        tables.lead_event.insert().values(
            clinic=clinic, lead_id=lead_id, actor=actor, what=what, detail=dict(detail or {})
        )
    )
