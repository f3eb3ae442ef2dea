"""The leads database.  What a patient typed is sealed from the first row on.

`lead_event` and `staff_event` are append-only: the application's role may insert and read there,
no more, until a request is erased (leads.privacy): then all its rows go.  Tables with a clinic's
rows are reached through leads.scope alone.
"""

from leads.tables.erasures import (
    erased_lead,
    erasure,
    legal_hold,
)
from leads.tables.people import (
    invitation,
    passkey_challenge,
    sign_in_link,
    sign_in_try,
    staff,
    staff_device,
    staff_event,
    staff_passkey,
    staff_session,
)
from leads.tables.reader_comments import (
    comment,
    comment_version,
)
from leads.tables.requests import (
    api_key,
    api_request,
    confirmation,
    consent,
    lead,
    lead_alias,
    lead_clinic,
    lead_event,
    lead_hold,
    lead_search,
    reply,
)
from leads.tables.schema import (
    inbox,
    key_fingerprint,
    metadata,
    outbox,
)
from leads.tables.taps import phone_tap

__all__ = [
    "api_key",
    "api_request",
    "comment",
    "comment_version",
    "confirmation",
    "consent",
    "erased_lead",
    "erasure",
    "inbox",
    "invitation",
    "key_fingerprint",
    "lead",
    "lead_alias",
    "lead_clinic",
    "lead_event",
    "lead_hold",
    "lead_search",
    "legal_hold",
    "metadata",
    "outbox",
    "passkey_challenge",
    "phone_tap",
    "reply",
    "sign_in_link",
    "sign_in_try",
    "staff",
    "staff_device",
    "staff_event",
    "staff_passkey",
    "staff_session",
]
