"""The sealed part of an event: JSON that only holders of the event keys can read.

Bound to the event's id: put into another envelope it does not open.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from uuid import UUID

from contract.events import Envelope
from plumbing.sealing import KeyRing, Unsealable


def seal_part(keys: KeyRing, event_id: UUID, values: Mapping[str, object]) -> str:
    """What goes into `Envelope.sealed`."""
    plain = json.dumps(dict(values), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return base64.b64encode(keys.seal(plain, context=_context(event_id))).decode()


def open_part(keys: KeyRing, envelope: Envelope) -> dict[str, object]:
    """The values of `envelope.sealed`.  Raises plumbing.sealing.Unsealable."""
    try:
        sealed = base64.b64decode(envelope.sealed or "", validate=True)
    except binascii.Error:
        raise Unsealable("not base64") from None
    plain = keys.open(sealed, context=_context(envelope.id))
    values: dict[str, object] = json.loads(plain.decode("utf-8", "surrogatepass"))
    return values


def _context(event_id: UUID) -> str:
    return f"event/{event_id}"
