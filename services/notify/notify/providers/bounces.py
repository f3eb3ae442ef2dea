"""Reports that a mail which a server had accepted did not arrive after all, or did.

    a delivery status notification   the mail that a mail server sends back (RFC 3464), as it came
    JSON                             {"message_id": …, "status": "5.1.1", "action": "failed"}, or
                                     {"bounces": [those]}: what services of other vendors know

Whoever reports signs the body with the secret that both know:

    X-Frontdesk-Signature: t=UNIX_TIME,v1=HEX   HMAC-SHA256 over "UNIX_TIME." and the body

so that nobody can fail our mails, and nothing that was signed counts for longer than 5 minutes.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

from notify.providers.reports import ACCEPTED, DELIVERED, FAILED, Receipt, Refused
from notify.providers.smtp_answers import is_only_here, reason_of

PROVIDER = "bounce"
GOOD_FOR_S = 300
AT_MOST = 100  # reports in one request
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
# ours are a UUID and the sender's domain (notify.providers.mail)
OURS = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[A-Za-z0-9.-]{1,253})>?")
STATUS = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
STATES = {
    "failed": FAILED,
    "delivered": DELIVERED,
    "relayed": ACCEPTED,  # handed to a server that reports nothing
    "expanded": ACCEPTED,
    "delayed": ACCEPTED,  # it is still tried
}


def check_signature(secret: str, body: bytes, given: str, *, now: float) -> None:
    """`given`: the header.  Raises Refused."""
    found = SIGNATURE.fullmatch(given.strip())
    if not secret or not found:
        raise Refused("no signature" if secret else "NOTIFY_BOUNCE_SECRET is not set")
    at, said = found.groups()
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(said, expected):
        raise Refused("the signature is not right")
    if abs(now - int(at)) > GOOD_FOR_S:
        raise Refused("the signature has expired")


def read_json(body: bytes, *, others: bool) -> list[Receipt]:
    """`others`: there is a further mail server that could try.  Raises Refused."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("no JSON") from None
    entries = said.get("bounces", [said]) if isinstance(said, dict) else None
    if not isinstance(entries, list) or len(entries) > AT_MOST:
        raise Refused(f"no list of at most {AT_MOST} bounces")
    return [_receipt(entry, others=others) for entry in entries]


def read_mail(body: bytes, *, others: bool) -> list[Receipt]:
    """A delivery status notification.  Raises Refused for any other mail."""
    mail = message_from_bytes(body, policy=policy.default)
    parts = list(mail.walk())
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    ref = next(filter(None, map(_original_id, parts)), "")
    if not reports or not ref:
        raise Refused("no delivery status notification about a mail of ours")
    return [
        _receipt({"message_id": ref, **fields}, others=others)
        for report in reports
        for fields in _recipients(report)
    ]


def _recipients(report: Message) -> Iterator[Mapping[str, str]]:
    """One group of fields for each recipient; the first group is about the whole report."""
    groups = report.get_payload()
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, Message) and group.get("Action"):
            yield {"action": str(group["Action"]), "status": str(group.get("Status", ""))}


def _original_id(part: Message) -> str:
    """The Message-ID of the mail that is given back, whole or its headers alone."""
    match part.get_content_type():
        case "message/rfc822":
            inner = part.get_payload()
            original = inner[0] if isinstance(inner, list) and inner else None
            found = str(original.get("Message-ID", "")) if isinstance(original, Message) else ""
        case "text/rfc822-headers":
            text = part.get_content() if isinstance(part, EmailMessage) else ""
            found = next(iter(re.findall(r"(?im)^message-id:\s*(\S+)", str(text))), "")
        case _:
            return ""
    ours = OURS.fullmatch(found.strip())
    return ours[1] if ours else ""


def _receipt(said: object, *, others: bool) -> Receipt:
    if not isinstance(said, Mapping):
        raise Refused("a bounce is no object")
    ours = OURS.fullmatch(str(said.get("message_id", "")).strip())
    action = str(said.get("action", "")).strip().casefold()
    status = STATUS.match(str(said.get("status", "")))
    if not ours or action not in STATES:
        raise Refused("no bounce of ours")
    code = status[1] if status else ""
    state = STATES[action]
    permanent = code.startswith("5.") and not (others and is_only_here(code))
    return Receipt(
        provider=PROVIDER,
        ref=ours[1],
        said=f"{action} {code}".strip(),
        state=state,
        final=state == FAILED and permanent,
        reason=reason_of(code) if state == FAILED else "",
    )
