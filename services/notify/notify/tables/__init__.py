"""Every table of notify, as migrations made them.

Rows are the promise; the broker only makes it fast.  `attempt`, `outcome`, `receipt`,
`captured` and `audit` are only ever added to: the app's role may not change or delete in them.
"""

from notify.tables.alerts import (
    alert,
    answer_link,
    audit,
    bundled,
    erased_lead,
    held_lead,
    message,
    reply_number,
    step,
)
from notify.tables.contacts import (
    agreement,
    contact,
    new_address,
    policy,
    route,
    sender,
)
from notify.tables.deliveries import (
    attempt,
    breaker,
    captured,
    heartbeat,
    inbound,
    outcome,
    receipt,
    released,
    restored,
    suppression,
    synthetic_check,
    texts_sent,
)
from notify.tables.schema import (
    METADATA,
    inbox,
    key_fingerprint,
    outbox,
)

__all__ = [
    "METADATA",
    "agreement",
    "alert",
    "answer_link",
    "attempt",
    "audit",
    "breaker",
    "bundled",
    "captured",
    "contact",
    "erased_lead",
    "heartbeat",
    "held_lead",
    "inbound",
    "inbox",
    "key_fingerprint",
    "message",
    "new_address",
    "outbox",
    "outcome",
    "policy",
    "receipt",
    "released",
    "reply_number",
    "restored",
    "route",
    "sender",
    "step",
    "suppression",
    "synthetic_check",
    "texts_sent",
]
