"""What a mail server's answer means for a message, in words of ours.

A server's own words are never passed on: they often repeat the address.
"""

import re
from enum import Enum

from notify.providers import ProviderError

ENHANCED = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
BAD_SEQUENCE = frozenset({500, 502, 503, 504})  # they talk about us, not about the message
SIGN_IN = frozenset({530, 534, 535, 538})
CLOSING = 421

# RFC 3463; the longest beginning that fits
PERMANENT = {
    "5.1": "no such mailbox",
    "5.1.7": "sender address refused",
    "5.1.8": "sender address refused",
    "5.2.1": "mailbox is switched off",
    "5.2.2": "mailbox is full",
    "5.2.3": "message is too large",
    "5.3.4": "message is too large",
    "5.4": "mail to this domain cannot be delivered",
    "5.7": "refused by the mail server's policy",
}
TEMPORARY = {
    "4.2.2": "mailbox is full",
    "4.3": "mail server is busy",
    "4.4": "mail to this domain cannot be delivered now",
    "4.7": "put off by the mail server's policy",
}


class Step(Enum):
    """What the server was asked when it said no."""

    GREETING = "mail server refused the connection"
    SENDER = "mail server refused the sender"
    RECIPIENT = "recipient refused"
    MESSAGE = "message refused"


def refusal(step: Step, code: int, text: bytes) -> ProviderError:
    """The error for the answer `code` `text`, which is neither success nor "go on".

    Only what is said about this recipient or this message is permanent, and what one server's
    policy says of it binds no other.  What is wrong with our account or our server is mended by
    a person, and then the message goes out.
    """
    if code in SIGN_IN:
        return ProviderError(f"configuration: sign-in is wanted or refused ({code})")
    if not 400 <= code <= 599:  # noqa: PLR2004 - the codes that refuse
        return ProviderError("answer is not SMTP")
    enhanced = _enhanced(code, text)
    shown = f"({code} {enhanced})" if enhanced else f"({code})"
    if code < 500 or code in BAD_SEQUENCE:  # noqa: PLR2004
        return ProviderError(f"{_word(TEMPORARY, enhanced, 'mail server says not now')} {shown}")
    if step in {Step.GREETING, Step.SENDER}:
        return ProviderError(f"configuration: {step.value} {shown}")
    return ProviderError(
        f"{_word(PERMANENT, enhanced, step.value)} {shown}",
        permanent=True,
        only_here=is_only_here(enhanced),
    )


def is_only_here(enhanced: str) -> bool:
    """Does `enhanced` say something of the server that was asked, not of the recipient?

    5.1 is about addresses and 5.2 about the mailbox; 5.3 is about that mail system, 5.4 its routes,
    5.5 its protocol, 5.6 its conversions, 5.7 its policy (RFC 3463, section 3).  5.1.7 and 5.1.8
    mean our sender address.  Without a code nobody knows.

    >>> [is_only_here(code) for code in ("5.1.1", "5.2.2", "5.7.1", "")]
    [False, False, True, True]
    """
    return enhanced[:4] not in {"5.1.", "5.2."} or enhanced in {"5.1.7", "5.1.8"}


def reason_of(enhanced: str) -> str:
    """Why a mail that was accepted did not arrive, by the enhanced code of the report ("": none).

    >>> reason_of("5.1.1"), reason_of("4.4.7"), reason_of("")
    ('no such mailbox (5.1.1)', 'mail to this domain cannot be delivered now (4.4.7)', 'it bounced')
    """
    word = _word(PERMANENT | TEMPORARY, enhanced, "it bounced")
    return f"{word} ({enhanced})" if enhanced else word


def _enhanced(code: int, text: bytes) -> str:
    """The enhanced status code, if there is one that agrees with `code`."""
    found = ENHANCED.match(text)
    enhanced = found.group(1).decode() if found else ""
    return enhanced if enhanced[:1] == str(code)[0] else ""


def _word(table: dict[str, str], enhanced: str, otherwise: str) -> str:
    general = enhanced.rpartition(".")[0]
    return table.get(enhanced) or table.get(general) or otherwise
