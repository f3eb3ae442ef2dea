"""Ask notify for one message to one address, in words that notify has (notify.paper)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from contract.events import MESSAGE_REQUESTED, Envelope, MessageRequested
from leads import tables
from plumbing import outbox
from plumbing.envelopes import seal_part
from plumbing.sealing import KeyRing


def ask_for_message(
    connection: Connection,
    keys: KeyRing,
    *,
    clinic: str,
    template: str,
    to: str,
    values: Mapping[str, str],
    channel: str = "email",
    location: str = "",
    language: str = "en",
    lead_id: UUID | None = None,
) -> None:
    """Goes with the caller's transaction; `to` and `values` travel sealed, by the events' keys."""
    event_id = uuid4()
    event = MessageRequested(
        message_id=str(event_id),
        clinic=clinic,
        location=location,
        template=template,
        channel=channel,
        language=language,
        lead_id=str(lead_id) if lead_id else "",
    )
    outbox.add(
        connection,
        tables.outbox,
        Envelope(
            id=event_id,
            name=MESSAGE_REQUESTED,
            at=datetime.now(UTC),
            data=event.to_json(),
            sealed=seal_part(keys, event_id, {"to": to, "values": dict(values)}),
        ),
    )
