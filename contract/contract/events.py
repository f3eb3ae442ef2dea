"""What services tell each other, and the names under which Celery carries it.

An event travels in an `Envelope`.  What an alert shows travels open; anything that a patient
typed travels in `sealed` alone, readable only with the event keys that leads and notify hold.
Names never change: a change of meaning is a `.v2` that is taken beside `.v1` for one release.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

LEAD_ACCEPTED = "lead.accepted.v1"
LEAD_HANDLED = "lead.handled.v1"
ALERT_CHANGED = "alert.changed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one service is reached through the broker: its queue and its two task names."""

    queue: str
    take: str  # argument: one envelope as JSON
    confirm: str  # argument: a list of event ids that the receiver has stored


TO_NOTIFY = Wire(
    queue="notify.events", take="notify.take_event.v1", confirm="notify.confirm_events.v1"
)
TO_LEADS = Wire(queue="leads.events", take="leads.take_event.v1", confirm="leads.confirm_events.v1")

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
class LeadAccepted:
    """leads to notify: a request is stored and somebody must be told."""

    lead_id: str
    clinic: str
    location: str
    kind: str
    reference: str
    received_at: str  # ISO 8601, UTC
    again: bool = False  # a second plea: the patient wrote the same thing before

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{name: raw[name] for name in cls.__dataclass_fields__ if name in raw})


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHandled:
    """leads to notify: somebody at the clinic has taken the lead, or says how it went."""

    lead_id: str
    clinic: str
    state: str  # taken, outcome
    by: str  # the name of a member of staff, never a patient's
    at: str  # ISO 8601, UTC
    outcome: str = ""  # with outcome: reached, left_message (not yet reached), booked, closed

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{name: raw[name] for name in cls.__dataclass_fields__ if name in raw})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged:
    """notify to leads: something happened to the alert of a lead."""

    lead_id: str
    clinic: str
    alert_id: str
    what: str  # opened, told, failed, acknowledged
    channel: str = ""
    contact: str = ""  # who was told: a name from the alerts file, never a patient's
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{name: raw[name] for name in cls.__dataclass_fields__ if name in raw})
