"""One message as an e-mail: the same letter each time, nothing smuggled into a header."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

from notify.providers import Outgoing, ProviderError
from notify.providers.accounts import is_address

# 7bit: any server takes it, 8BITMIME or not
POLICY = policy.SMTP.clone(cte_type="7bit")
BOUNDARY = "=_frontdesk-part"  # always the same: the library takes a fifth of its time to find one
HEADERS = 2048  # remembered; most are the same in letter after letter
BREAKS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029\x00]")


class _Remembering(policy.EmailPolicy):
    """`POLICY` that works out only once how a header is written: half of a letter's time."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        return _parsed(name, value)

    def header_max_count(self, name: str) -> int | None:
        return _at_most(name)

    def fold_binary(self, name: str, value: str) -> bytes:
        return _folded(name, value)


_parsed = lru_cache(HEADERS)(POLICY.header_store_parse)
_at_most = lru_cache(HEADERS)(POLICY.header_max_count)
_folded = lru_cache(HEADERS)(POLICY.fold_binary)
_REMEMBERING = _Remembering(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Envelope and content, ready for SMTP."""

    sender: str
    to: str
    message_id: str  # without < >
    content: bytes  # CRLF lines, 7 bit, dots not yet doubled


def letter(message: Outgoing, *, sender: str) -> Letter:
    """`message` from the address `sender`.

    The Message-ID is made of the message's own id, so a copy that was sent twice is seen as one
    by whoever sorts mail by it.  Raises ProviderError (permanent) for an address or a header
    that cannot be sent.
    """
    for text in (message.subject, message.from_name, *message.references):
        if BREAKS.search(text):
            raise ProviderError("a line break in a header", permanent=True)
    for address in (message.to, *filter(None, [message.reply_to])):
        if not is_address(address):
            raise ProviderError("no usable mail address", permanent=True)
    message_id = f"{message.id}@{sender.partition('@')[2]}"
    return Letter(
        sender=sender,
        to=message.to,
        message_id=message_id,
        content=_content(message, sender, message_id),
    )


def _content(message: Outgoing, sender: str, message_id: str) -> bytes:
    mail = EmailMessage(policy=_REMEMBERING)
    mail["From"] = str(Address(_line(message.from_name), addr_spec=sender))
    mail["To"] = message.to
    mail["Subject"] = _line(message.subject)
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    mail["Date"] = format_datetime(message.created_at or datetime.now(UTC))
    mail["Message-ID"] = f"<{message_id}>"
    mail["Auto-Submitted"] = "auto-generated"  # no vacation note comes back
    if message.references:
        mail["X-Frontdesk-Reference"] = ", ".join(_line(text) for text in message.references)
    mail.set_content(message.text)
    if message.html:
        is_free = BOUNDARY not in message.text + message.html
        mail.make_alternative(boundary=BOUNDARY if is_free else None)  # None: one made by chance
        mail.add_alternative(message.html, subtype="html")
    return re.sub(rb"\r\n|\r|\n", b"\r\n", mail.as_bytes())


def _line(text: str) -> str:
    """`text` without control characters."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cc")
