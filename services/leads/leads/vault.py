"""What a patient typed, as sealed columns.

Each value is bound to its clinic, its row and its column: copied elsewhere it does not open.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leads.request import Request
from plumbing.sealing import KeyRing

COLUMNS = ("name", "contact", "words")


Plain = Mapping[str, Any]  # of each of COLUMNS its value


def plain_columns(request: Request) -> Plain:
    """What a patient typed, as it is stored once it is sealed."""
    contact = request.contact
    return {
        "name": request.name,
        "contact": {
            "reply_by": contact.reply_by,
            "phone_typed": contact.phone_typed,
            "phone": contact.phone,
            "extension": contact.extension,
            "email": contact.email,
        },
        "words": {
            "message": request.message,
            "patient_name": request.patient_name,
            "relationship": request.relationship,
            "reason": request.reason,
            "patient": request.patient,
            "practitioner": request.practitioner,
            "preferences": [[p.day.isoformat(), p.part] for p in request.preferences],
            "town": request.town,
            "speaks": request.speaks,
        },
    }


def seal_columns(keys: KeyRing, clinic: str, lead_id: UUID, plain: Plain) -> dict[str, bytes]:
    """The sealed columns of a lead."""
    return {
        f"{column}_sealed": keys.seal(
            json.dumps(plain[column], ensure_ascii=False).encode(),
            context=context(clinic, lead_id, column),
        )
        for column in COLUMNS
    }


def open_column(keys: KeyRing, clinic: str, lead_id: UUID, column: str, sealed: bytes) -> object:
    """The plain value of one of COLUMNS.  Raises plumbing.sealing.Unsealable."""
    return json.loads(keys.open(sealed, context=context(clinic, lead_id, column)))


def open_columns(keys: KeyRing, clinic: str, lead_id: UUID, sealed: Mapping[str, bytes]) -> Plain:
    """`sealed`: of each of COLUMNS its value.  Raises plumbing.sealing.Unsealable."""
    return {
        column: open_column(keys, clinic, lead_id, column, sealed[column]) for column in COLUMNS
    }


def seal_note(keys: KeyRing, clinic: str, lead_id: UUID, words: str) -> bytes:
    """What a member of staff wrote about a lead."""
    return keys.seal(words.encode(), context=context(clinic, lead_id, "note"))


def open_note(keys: KeyRing, clinic: str, lead_id: UUID, sealed: bytes) -> str:
    """Raises plumbing.sealing.Unsealable."""
    return keys.open(sealed, context=context(clinic, lead_id, "note")).decode()


def context(clinic: str, lead_id: UUID, column: str) -> str:
    """What a sealed value of a lead is bound to."""
    return f"lead/{clinic}/{lead_id}/{column}"
