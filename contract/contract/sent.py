"""What leads asks notify when somebody wants to know what is stored about them.

A question that a person waits for: `POST` of `{"leads": [ids]}` with the service token, answered
with `{"messages": [Sent]}`, oldest first: what patients were sent about these requests.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

SENT_PATH = "/internal/sent-to-patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message to a patient."""

    lead_id: str
    channel: str  # email, sms
    to: str
    subject: str
    text: str
    at: str  # ISO 8601, UTC: when it was asked for
    state: str  # queued, sending, accepted, sent, delivered, failed_permanent …

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError."""
        return cls(**{name: str(raw[name]) for name in cls.__dataclass_fields__})
