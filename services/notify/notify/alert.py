"""An alert as everything that is done about it sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from sqlalchemy import Row

from contract.events import LeadAccepted
from notify.scene import Scene


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
    speaks: str = ""  # language wanted for the call (BCP 47)
    first_place: int = 1  # of the chain: a second plea starts higher
    location_name: str = ""
    zone: str = "UTC"
    first_name: str = ""  # of who wrote, where a contact may be told it (notify.agreement)

    @classmethod
    def of(cls, lead: LeadAccepted, scene: Scene) -> Self:
        """Raises ValueError when `received_at` is no moment."""
        place = scene.location(lead.clinic, lead.location)
        return cls(
            id=uuid4(),
            lead_id=lead.lead_id,
            clinic=lead.clinic,
            location=lead.location,
            kind=lead.kind,
            reference=lead.reference,
            again=lead.again,
            received_at=datetime.fromisoformat(lead.received_at),
            speaks=lead.speaks,
            location_name=place.name if place else lead.location,
            zone=place.zone if place else "UTC",
        )

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})
