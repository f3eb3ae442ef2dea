"""What Twilio posts to us: reports about texts that it sent, and texts that came in.

Nothing of a request is believed before its signature is right for an account of ours and for the
public address of the settings, never for one that the request names.
"""

import re
from collections.abc import Iterable

from notify.providers.accounts import TwilioAccount
from notify.providers.reports import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    SENT,
    Inbound,
    Receipt,
    Refused,
)
from notify.providers.twilio_errors import not_delivered
from notify.providers.twilio_signature import valid_signature

STATUS_PATH = "/alerts/twilio/status"
INBOUND_PATH = "/alerts/twilio/inbound"
SID = re.compile(r"\w{1,64}", re.ASCII)
NUMBER = re.compile(r"\+?[0-9]{3,15}")
STATES = {
    "sent": SENT,
    "delivered": DELIVERED,
    "read": DELIVERED,
    "undelivered": FAILED,
    "failed": FAILED,
    "canceled": FAILED,
}
KNOWN = STATES.keys() | {"accepted", "scheduled", "queued", "sending"}


def receipt_of(provider: str, ref: str, said: str, code: int | None, *, others: bool) -> Receipt:
    """What Twilio's status `said` (one of KNOWN) and error `code` mean.

    `others`: there is a further account that could try.
    """
    state = STATES.get(said, ACCEPTED)
    if state != FAILED:
        return Receipt(provider=provider, ref=ref, said=said, state=state)
    why = not_delivered(code)
    final = why.permanent and not (others and why.only_here)
    return Receipt(
        provider=provider, ref=ref, said=said, state=state, final=final, reason=why.reason
    )


class TwilioCallbacks:
    """Reads requests to the addresses that Twilio knows of us."""

    def __init__(self, accounts: Iterable[TwilioAccount], *, public_url: str) -> None:
        """`public_url`: of the desk's host; "": Twilio knows no address of ours."""
        self._accounts = tuple(accounts)
        self._public_url = public_url.rstrip("/")

    def receipt(self, address: str, fields: list[tuple[str, str]], signature: str) -> Receipt:
        """A report about a text.  `address`: path and query.  Raises Refused."""
        form, account = self._checked(address, fields, signature)
        said = form.get("MessageStatus") or form.get("SmsStatus", "")
        ref = form.get("MessageSid") or form.get("SmsSid", "")
        if not SID.fullmatch(ref) or said not in KNOWN:
            raise Refused("no report that we know")
        code = _code(form.get("ErrorCode", ""))
        others = len(self._accounts) > 1
        return receipt_of(account.name, ref, said, code, others=others)

    def inbound(self, address: str, fields: list[tuple[str, str]], signature: str) -> Inbound:
        """A text that came in.  Raises Refused."""
        form, account = self._checked(address, fields, signature)
        ref = form.get("MessageSid") or form.get("SmsSid", "")
        number, to = form.get("From", ""), form.get("To", "")
        if not (SID.fullmatch(ref) and NUMBER.fullmatch(number) and NUMBER.fullmatch(to)):
            raise Refused("no text that we know")
        return Inbound(
            provider=account.name,
            ref=ref,
            number=number,
            to=to,
            text=form.get("Body", ""),
            handled=form.get("OptOutType", ""),
        )

    def _checked(
        self, address: str, fields: list[tuple[str, str]], signature: str
    ) -> tuple[dict[str, str], TwilioAccount]:
        if not self._public_url:
            raise Refused("NOTIFY_PUBLIC_URL is not set")
        form = dict(fields)
        url = self._public_url + address
        named = [account for account in self._accounts if account.sid == form.get("AccountSid")]
        for account in named:
            if valid_signature(account.token, url, fields, signature):
                return form, account
        raise Refused("the signature is not right" if named else "for no account of ours")


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None  # noqa: PLR2004 - theirs have five
