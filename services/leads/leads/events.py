"""What notify tells leads: it becomes part of the lead's story."""

from collections.abc import Callable
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

    def changed(connection: Connection, envelope: Envelope) -> None:
        alert_changed(connection, envelope, partial(_location, directory()))

    def replied(connection: Connection, envelope: Envelope) -> None:
        patient_replied(connection, envelope, keeping)

    return Inbox(engine, tables.inbox, {ALERT_CHANGED: changed, PATIENT_REPLIED: replied})


def alert_changed(
    connection: Connection, envelope: Envelope, location_of: by_contact.LocationOf
) -> None:
    change = AlertChanged.from_json(envelope.data)
    narrow(connection, [change.clinic])
    if change.clinic == SYNTHETIC and not _is_there(connection, change):
        return  # a test request of more than a day ago
    at = datetime.fromisoformat(change.at) if change.at else envelope.at
    says: dict[str, Callable[..., None]] = {
        "acknowledged": by_contact.taken_by_contact,
        "settled": partial(by_contact.reached_by_contact, location_of=location_of),
    }
    lead_id = UUID(change.lead_id)
    if change.what in says:  # of a lead that is erased it finds nothing to change
        says[change.what](
            connection, clinic=change.clinic, lead_id=lead_id, contact=change.contact, at=at
        )
    store.add_news(
        connection,
        clinic=change.clinic,
        lead_id=lead_id,
        actor="notify",
        what=f"alert {change.what}",
        detail={
            "alert": change.alert_id,
            "channel": change.channel,
            "contact": change.contact,
            "reason": change.reason,
            "step": change.step,
            "at": at.isoformat(),
        },
    )


def _location(directory: Directory | None, clinic: str, location: str) -> Location | None:
    found = directory.clinic(clinic) if directory else None
    return found.location(location) if found else None


def _is_there(connection: Connection, change: AlertChanged) -> bool:
    return store.reference_of(connection, change.clinic, UUID(change.lead_id)) is not None
