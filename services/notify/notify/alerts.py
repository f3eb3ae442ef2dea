"""From an accepted lead to an alert, the messages of its first step, and a note to leads."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.directory import Directory
from contract.events import AlertChanged, LeadAccepted
from notify import links, messages, words
from notify.contacts import Recipient, Routing, recipients
from notify.records import announce, note
from notify.tables import alert as alerts
from notify.tables import step as steps

logger = logging.getLogger(__name__)

NOBODY = "no contact for this location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One lead that somebody must be told about."""

    id: UUID
    lead_id: str
    clinic: str
    location: str
    kind: str
    reference: str
    again: bool
    received_at: datetime

    @classmethod
    def of(cls, lead: LeadAccepted) -> Self:
        """Raises ValueError when `received_at` is no moment."""
        return cls(
            id=uuid4(),
            lead_id=lead.lead_id,
            clinic=lead.clinic,
            location=lead.location,
            kind=lead.kind,
            reference=lead.reference,
            again=lead.again,
            received_at=datetime.fromisoformat(lead.received_at),
        )

    @classmethod
    def from_row(cls, row: Row[tuple[object, ...]]) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})

    def changed(self, what: str, *, reason: str = "") -> AlertChanged:
        return AlertChanged(
            lead_id=self.lead_id,
            clinic=self.clinic,
            alert_id=str(self.id),
            what=what,
            reason=reason,
        )


def open_alert(
    connection: Connection,
    lead: LeadAccepted,
    directory: Directory | None,
    *,
    desk_url: str = "",
) -> None:
    """One alert for one lead, however often it is announced, with its first step.

    `desk_url`: where the contact's link leads; "": the messages have none.
    """
    alert = Alert.of(lead)
    routing = recipients(connection, alert.clinic, alert.location)
    row = insert(alerts).values(
        **{name: getattr(alert, name) for name in Alert.__dataclass_fields__},
        state="open" if routing.recipients else "failed",
        reason=_reason(routing),
    )
    if connection.scalar(row.on_conflict_do_nothing().returning(alerts.c.id)) is None:
        return  # another event of the same lead was first
    note(
        connection, "alert opened", clinic=alert.clinic, alert_id=alert.id, detail=_reason(routing)
    )
    announce(connection, alert.changed("opened"))
    if routing.recipients:
        _tell(connection, alert, routing.recipients[0], directory, desk_url)
    else:
        _tell_nobody(connection, alert)


def tell_waiting(
    connection: Connection, clinic: str, directory: Directory | None, *, desk_url: str = ""
) -> None:
    """Tell of alerts that found nobody, now that the clinic's contacts may have changed."""
    waiting = connection.execute(
        select(alerts)
        .where(alerts.c.clinic == clinic, alerts.c.state == "failed")
        .where(~select(steps).where(steps.c.alert_id == alerts.c.id).exists())
        .with_for_update(skip_locked=True)
    ).all()
    for row in waiting:
        alert = Alert.from_row(row)
        routing = recipients(connection, alert.clinic, alert.location)
        if routing.recipients:
            connection.execute(
                update(alerts)
                .where(alerts.c.id == alert.id)
                .values(state="open", reason=_reason(routing))
            )
            _tell(connection, alert, routing.recipients[0], directory, desk_url)


def _reason(routing: Routing) -> dict[str, object]:
    """Why these contacts, for people who ask later."""
    if not routing.recipients:
        return {"nobody": NOBODY}
    return {"entry": routing.by, "contacts": [person.key for person in routing.recipients]}


def _tell(
    connection: Connection,
    alert: Alert,
    person: Recipient,
    directory: Directory | None,
    desk_url: str,
) -> None:
    connection.execute(
        steps.insert().values(alert_id=alert.id, n=1, contact_id=person.id, state="done")
    )
    about = words.facts(
        directory,
        clinic=alert.clinic,
        location=alert.location,
        kind=alert.kind,
        reference=alert.reference,
        received_at=alert.received_at,
        again=alert.again,
    )
    link = links.make(connection, alert_id=alert.id, contact_id=person.id, desk_url=desk_url)
    for channel, address in person.addresses():
        messages.add(
            connection,
            clinic=alert.clinic,
            step=(alert.id, 1),
            contact_id=person.id,
            channel=channel,
            address=address,
            kind="alert",
            worded=words.word(channel, about, link),
        )
    note(
        connection,
        "contact chosen",
        clinic=alert.clinic,
        alert_id=alert.id,
        detail={
            "step": 1,
            "contact": person.key,
            "channels": [channel for channel, _ in person.addresses()],
        },
    )


def _tell_nobody(connection: Connection, alert: Alert) -> None:
    note(
        connection, "nobody to tell", clinic=alert.clinic, alert_id=alert.id, detail={"why": NOBODY}
    )
    announce(connection, alert.changed("failed", reason=NOBODY))
    logger.error(
        "nobody to tell: add a contact to the clinic's alerts file",
        extra={"alert_id": alert.id, "clinic": alert.clinic, "location": alert.location},
    )
