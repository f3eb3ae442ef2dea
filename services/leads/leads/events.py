"""What notify tells leads: it becomes part of the lead's story."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Engine

from contract.directory import Directory, Location
from contract.events import ALERT_CHANGED, PATIENT_REPLIED, SYNTHETIC, AlertChanged, Envelope
from leads import by_contact, store, tables
from leads.replies import Keeping, patient_replied
from leads.scope import narrow
from plumbing.inbox import Inbox


def event_inbox(
    engine: Engine, keeping: Keeping, directory: Callable[[], Directory | None]
) -> Inbox:
    """`directory`: the current one, for the open hours that a patient waited."""

    def changed(connection: Connection, envelopes: Sequence[Envelope]) -> None:
        alerts_changed(connection, envelopes, partial(_location, directory()))

    def replied(connection: Connection, envelope: Envelope) -> None:
        patient_replied(connection, envelope, keeping)

    return Inbox(
        engine, tables.inbox, {PATIENT_REPLIED: replied}, together={ALERT_CHANGED: changed}
    )


def alerts_changed(
    connection: Connection, envelopes: Sequence[Envelope], location_of: by_contact.LocationOf
) -> None:
    changes = [(AlertChanged.from_json(envelope.data), envelope.at) for envelope in envelopes]
    narrow(connection, {change.clinic for change, _at in changes}, one_by_one=True)
    store.add_news(
        connection,
        [
            _alert_changed(connection, change, at, location_of)
            for change, at in changes
            # no test request of more than a day ago
            if change.clinic != SYNTHETIC or _is_there(connection, change)
        ],
    )


def _alert_changed(
    connection: Connection,
    change: AlertChanged,
    sent_at: datetime,
    location_of: by_contact.LocationOf,
) -> Mapping[str, object]:
    """Do what follows from it; the news for the lead's story."""
    at = datetime.fromisoformat(change.at) if change.at else sent_at
    says: dict[str, Callable[..., None]] = {
        "acknowledged": by_contact.taken_by_contact,
        "settled": partial(by_contact.reached_by_contact, location_of=location_of),
    }
    lead_id = UUID(change.lead_id)
    if change.what in says:  # of a lead that is erased it finds nothing to change
        says[change.what](
            connection, clinic=change.clinic, lead_id=lead_id, contact=change.contact, at=at
        )
    return {
        "clinic": change.clinic,
        "lead_id": lead_id,
        "actor": "notify",
        "what": f"alert {change.what}",
        "detail": {
            "alert": change.alert_id,
            "channel": change.channel,
            "contact": change.contact,
            "reason": change.reason,
            "step": change.step,
            "at": at.isoformat(),
        },
    }


def _location(directory: Directory | None, clinic: str, location: str) -> Location | None:
    found = directory.clinic(clinic) if directory else None
    return found.location(location) if found else None


def _is_there(connection: Connection, change: AlertChanged) -> bool:
    return store.reference_of(connection, change.clinic, UUID(change.lead_id)) is not None
