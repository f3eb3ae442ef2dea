"""A lead before it is stored: all that its rows will say, sealed already.

It is made without asking anybody, so that it can go into the database or, while that is away,
into the spool, and be the same lead either way.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from contract.directory import Clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`told`: the reference that a patient is told while no database answers (n = 0).

    The sealed columns are bound to `id`: it is the lead's for good.
    """

    id: UUID
    clinic: str
    location: str
    kind: str
    told: str
    received_at: datetime
    fingerprint: bytes
    submission_id: str
    language: str
    speaks: str
    form_version: str
    attribution: dict[str, str]
    suspicions: tuple[str, ...]
    consents: tuple[str, ...]
    name_sealed: bytes
    contact_sealed: bytes
    words_sealed: bytes
    search: tuple[bytes, ...]
    routed_by: str = ""
    release_at: datetime | None = None  # held as possible spam until then
    idempotency_key: bytes = b""  # a hash of it
    confirm_by: tuple[str, ...] = ()  # ways to confirm that the patient agreed to: text, email
    promise: str = ""  # what the patient was told, for the confirmation
    hash_key: str = ""  # the id of the key of `fingerprint`, `search` and `idempotency_key`
    # the same by older keys, while the key is being changed: under them it may be there already
    older_fingerprints: tuple[bytes, ...] = ()
    older_idempotency_keys: tuple[bytes, ...] = ()

    @property
    def fingerprints(self) -> list[bytes]:
        return [self.fingerprint, *self.older_fingerprints]

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), default=_plain).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Raises ValueError, KeyError or TypeError when `raw` is no draft."""
        data: dict[str, Any] = json.loads(raw)
        data |= {name: b64decode(data[name]) for name in _BYTES if name in data}
        return cls(
            **data
            | {
                "id": UUID(data["id"]),
                "received_at": datetime.fromisoformat(data["received_at"]),
                "release_at": _moment(data.get("release_at")),
                **{name: tuple(map(b64decode, data.get(name, ()))) for name in _BYTES_LISTS},
                "suspicions": tuple(data["suspicions"]),
                "confirm_by": tuple(data.get("confirm_by", ())),
                "consents": tuple(data["consents"]),
            }
        )

    def at_home(self, clinic: Clinic | None) -> Self:
        """For a location that `clinic` no longer has: the clinic's first one instead."""
        if clinic is None or clinic.location(self.location):
            return self
        return replace(self, location=clinic.locations[0].slug)


_BYTES = ("fingerprint", "name_sealed", "contact_sealed", "words_sealed", "idempotency_key")
_BYTES_LISTS = ("search", "older_fingerprints", "older_idempotency_keys")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)
