"""What is written down about everything that happens, and told to leads."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from contract.events import ALERT_CHANGED, AlertChanged, Envelope
from notify.tables import audit
from notify.tables import outbox as outbox_rows
from plumbing import outbox


def note(
    connection: Connection,
    what: str,
    *,
    clinic: str,
    alert_id: UUID | None = None,
    message_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add to the audit, in the caller's transaction.  No address and no text goes in here."""
    connection.execute(
        audit.insert().values(
            what=what,
            clinic=clinic,
            alert_id=alert_id,
            message_id=message_id,
            detail=detail or {},
        )
    )


def announce(connection: Connection, change: AlertChanged) -> None:
    """Tell leads, when the caller's transaction commits."""
    envelope = Envelope(id=uuid4(), name=ALERT_CHANGED, at=datetime.now(UTC), data=change.to_json())
    outbox.add(connection, outbox_rows, envelope)
