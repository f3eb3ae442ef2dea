"""What services tell each other, and the names under which Celery carries it.

An event travels in an `Envelope`.  What an alert shows travels open; anything that a patient
typed travels in `sealed` alone, readable only with the event keys that leads and notify hold.
Names never change: a change of meaning is a `.v2` that is taken beside `.v1` for one release.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

LEAD_ACCEPTED = "lead.accepted.v1"
LEAD_HANDLED = "lead.handled.v1"
LEAD_HELD = "lead.held.v1"
LEADS_ERASED = "leads.erased.v1"
MESSAGE_REQUESTED = "message.requested.v1"
ALERT_CHANGED = "alert.changed.v1"
PATIENT_REPLIED = "patient.replied.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one service is reached through the broker: its queue and its task names."""

    queue: str
    take: str  # argument: one envelope as JSON; what an earlier release sends
    take_all: str  # argument: a list of envelopes as JSON
    confirm: str  # argument: a list of event ids that the receiver has stored


TO_NOTIFY = Wire(
    queue="notify.events",
    take="notify.take_event.v1",
    take_all="notify.take_events.v2",
    confirm="notify.confirm_events.v1",
)
TO_LEADS = Wire(
    queue="leads.events",
    take="leads.take_event.v1",
    take_all="leads.take_events.v2",
    confirm="leads.confirm_events.v1",
)

# Whose leads and alerts the group's own test requests are: no clinic has such a slug, so that no
# query for a clinic's rows finds one.
SYNTHETIC = "~synthetic"

EVENTS_PATH = "/internal/events"  # the same envelopes by HTTP when the broker does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event on its way.  `sealed`: base64 of sealed bytes, or None."""

    id: UUID
    name: str
    at: datetime
    data: dict[str, Any]
    sealed: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "at": self.at.astimezone(UTC).isoformat(),
            "data": self.data,
            "sealed": self.sealed,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError when `raw` is no envelope."""
        return cls(
            id=UUID(raw["id"]),
            name=str(raw["name"]),
            at=datetime.fromisoformat(raw["at"]),
            data=dict(raw["data"]),
            sealed=raw.get("sealed"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an event says: flat, open, and never anything that a patient typed."""

    def to_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Fields of a later release are left out, missing optional ones have their defaults."""
        return cls(**{field.name: raw[field.name] for field in fields(cls) if field.name in raw})


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAccepted(Facts):
    """leads to notify: a request is stored and somebody must be told."""

    lead_id: str
    clinic: str
    location: str
    kind: str
    reference: str
    received_at: str  # ISO 8601, UTC
    again: bool = False  # a second plea: the patient wrote the same thing before
    first_lead_id: str = ""  # with again: the lead that it repeats
    routed_by: str = ""  # why this location: only, choice, town, default
    speaks: str = ""  # language wanted for the call (BCP 47); empty: not said
    released: bool = False  # was held as possible spam and nobody looked at it in time
    synthetic: bool = False  # the group's own test request: told to the sink, counted nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHandled(Facts):
    """leads to notify: somebody at the clinic has taken the lead, or says how it went."""

    lead_id: str
    clinic: str
    state: str  # taken, outcome, follow_up, passed_on, reopened
    by: str  # the name of a member of staff, never a patient's
    at: str  # ISO 8601, UTC
    outcome: str = ""  # with outcome: reached, left_message (not yet reached), booked, closed
    until: str = ""  # with follow_up: when to call again, ISO 8601, UTC
    contact: str = ""  # with passed_on: the alert contact who is to take it; empty: the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHeld(Facts):
    """leads to notify: a request waits as possible spam, or no longer does.

    It alerts nobody by itself; the morning mail counts what waits.
    """

    lead_id: str
    clinic: str
    location: str
    state: str  # held, released, spam
    at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsErased(Facts):
    """leads to notify: these requests are erased, and so must be all that was sent to patients.

    Their alerts end.  An event about one of them that comes late is absorbed.
    """

    clinic: str
    at: str  # ISO 8601, UTC
    leads: list[str]  # ids
    texts: list[str]  # ids of PatientReplied events whose texts are erased


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRequested(Facts):
    """leads to notify: one message to one address, in words that notify has.

    The envelope's `sealed` part is JSON `{"to": address, "values": {name: text}}`; `values` fill
    the template and hold nothing that a patient typed.  The same `message_id` is sent once.
    """

    message_id: str
    clinic: str  # empty: from the group itself
    location: str
    template: str  # confirmation, invitation, confirm_address, settings_changed, report
    channel: str  # email, sms
    language: str = "en"
    lead_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientReplied(Facts):
    """notify to leads: a text came from a number that is no contact's.

    The envelope's `sealed` part is JSON `{"from": E.164, "text": what was written}`.
    """

    message_id: str  # the provider's, so that a repeated callback is one event
    clinic: str
    at: str  # ISO 8601, UTC
    what: str = "text"  # text, stop, start


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged(Facts):
    """notify to leads: something happened to the alert of a lead."""

    lead_id: str
    clinic: str
    alert_id: str
    what: str  # opened, told, failed, acknowledged, reminded, escalated, missed, settled, noted
    channel: str = ""
    contact: str = ""  # who was told: a name from the alerts file, never a patient's
    reason: str = ""
    at: str = ""  # ISO 8601, UTC: when it happened, which may be before the event was written
    step: int = 0  # which contact of the chain, counted from 1; 0: does not apply
