"""What is written down about everything that happens, and told to leads."""

from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import FromClause, Insert, bindparam, insert, select

from contract.events import ALERT_CHANGED, AlertChanged, Envelope
from notify.tables import audit
from notify.tables import outbox as outbox_rows
from plumbing import outbox
from plumbing.gathered import Writes, gathered

NOTED = "noted"
_NOTED = {
    name: bindparam(f"noted_{name}", type_=audit.c[name].type)
    for name in ("what", "clinic", "alert_id", "message_id", "detail")
}
_NOTE = insert(audit).values(_NOTED)


class Alerted(Protocol):
    """An alert, as a value or as a row."""

    @property
    def id(self) -> UUID: ...
    @property
    def lead_id(self) -> str: ...
    @property
    def clinic(self) -> str: ...


def record(
    connection: Writes,
    alert: Alerted,
    what: str,
    *,
    at: datetime,
    told: str = NOTED,
    contact: str = "",
    channel: str = "",
    reason: str = "",
    step: int = 0,
    **detail: Any,
) -> None:
    """One thing that happened to an alert: into the audit, and as an event to leads.

    `what`: for the audit ("alert taken"); `told`: the word of AlertChanged ("acknowledged").
    `contact`: a name from the alerts file.  No address and no text goes in here.
    """
    facts = {"contact": contact, "channel": channel, "reason": reason, "step": step}
    said = {name: value for name, value in facts.items() if value}
    note_and_announce(
        connection,
        what,
        alert_id=alert.id,
        detail={"at": at.isoformat(), "lead": alert.lead_id, **said, **detail},
        change=AlertChanged(
            lead_id=alert.lead_id,
            clinic=alert.clinic,
            alert_id=str(alert.id),
            what=told,
            channel=channel,
            contact=contact,
            reason=reason or (what.removeprefix("alert ") if told == NOTED else ""),
            at=at.isoformat(),
            step=step,
        ),
    )


def note(
    connection: Writes,
    what: str,
    *,
    clinic: str,
    alert_id: UUID | None = None,
    message_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add to the audit, in the caller's transaction.  No address and no text goes in here."""
    values = parameters(
        what, clinic=clinic, alert_id=alert_id, message_id=message_id, detail=detail
    )
    connection.execute(_NOTE, values)


def announce(connection: Writes, change: AlertChanged) -> None:
    """Tell leads, when the caller's transaction commits."""
    outbox.add(connection, outbox_rows, envelope(change))


def note_and_announce(
    connection: Writes,
    what: str,
    *,
    alert_id: UUID | None,
    change: AlertChanged,
    message_id: UUID | None = None,
    detail: dict[str, Any],
) -> None:
    """Both, in one statement."""
    with gathered(connection) as writes:
        note(
            writes,
            what,
            clinic=change.clinic,
            alert_id=alert_id,
            message_id=message_id,
            detail=detail,
        )
        announce(writes, change)


def envelope(change: AlertChanged) -> Envelope:
    return Envelope(id=uuid4(), name=ALERT_CHANGED, at=datetime.now(UTC), data=change.to_json())


def noting_if(happened: FromClause) -> Insert:
    """As part of a larger statement: a line for each row of `happened`, with `parameters`."""
    return insert(audit).from_select(list(_NOTED), select(*_NOTED.values()).select_from(happened))


def parameters(
    what: str,
    *,
    clinic: str,
    alert_id: UUID | None,
    message_id: UUID | None,
    detail: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "noted_what": what,
        "noted_clinic": clinic,
        "noted_alert_id": alert_id,
        "noted_message_id": message_id,
        "noted_detail": detail or {},
    }
