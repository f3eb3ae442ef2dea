"""twilio:// sends texts through Twilio's messages API, or one that speaks as it does."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from notify.providers import Accepted, Outgoing, ProviderError
from notify.providers.accounts import TwilioAccount
from notify.providers.http import Answer, Http, Lost, NotSent
from notify.providers.reports import Receipt
from notify.providers.twilio_callbacks import KNOWN, STATUS_PATH, receipt_of
from notify.providers.twilio_errors import refusal

VALIDITY_S = 900  # an alert that is stuck for longer must not arrive out of the blue
ANSWER_SIZE = 64 * 1024
LIST_SIZE = 4 * 1024 * 1024
LISTED = (50, 1000)  # texts that are looked through: few, and if need be as many as Twilio lists
CLOCKS_DIFFER = timedelta(minutes=2)
LOOK_BACK = timedelta(hours=6)  # longer than a message is tried
FAILED = frozenset({"failed", "undelivered", "canceled"})
SID = re.compile(r"\w{1,64}", re.ASCII)


class Twilio:
    """One account and sender."""

    idempotent = False

    def __init__(self, account: TwilioAccount, *, public_url: str = "") -> None:
        """`public_url`: where Twilio can reach the desk's host; "" : it reports nothing."""
        self.name = account.name
        self._account = account
        self._callback = public_url.rstrip("/") + STATUS_PATH if public_url else ""
        self._url = f"{account.base_url}/2010-04-01/Accounts/{account.sid}/Messages.json"
        login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {login}",
            "Accept": "application/json",
            "User-Agent": "frontdesk",
        }
        self._http = Http()

    def send(self, message: Outgoing) -> Accepted:
        answer = self._ask("POST", self._url, self._form(message), largest=ANSWER_SIZE)
        body = _json_object(answer.body)
        if answer.status not in range(200, 300):
            raise refusal(answer.status, _code(body.get("code")), answer.retry_after_s)
        if failed := _code(body.get("error_code")):
            raise refusal(400, failed, None)
        sid = body.get("sid")
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            raise ProviderError("Twilio's answer cannot be read", unknown=True)
        return Accepted(sid)

    def find(self, message: Outgoing) -> str | None:
        """The SID of a text to the same number with the same words, as young as `message`.

        Twilio takes no reference of ours, so the words must be its own: every alert holds its
        reference and its time.  What may go wrong: of two contacts with one number, one may
        adopt the other's text (the phone has rung all the same); a text that Twilio shows
        later than after the settle time is sent twice.  Texts that failed are not found: such
        a message is better sent again.  The list is not narrowed by DateSent: a text that
        still waits at Twilio has no such date.
        """
        since = (message.created_at or datetime.now(UTC) - LOOK_BACK) - CLOCKS_DIFFER
        for at_most in LISTED:
            listed, is_all = self._listed(message.to, at_most)
            texts = [one for one in listed if isinstance(one, dict) and _is_since(one, since)]
            for entry in texts:
                if _is(entry, message):
                    return str(entry["sid"])
            if is_all or len(texts) < len(listed):  # the newest come first
                return None
        raise ProviderError("too many texts to this number to be sure")

    def _listed(self, number: str, at_most: int) -> tuple[list[object], bool]:
        """The newest texts to `number`, and whether they are all that there are."""
        query = urlencode({"To": number, "PageSize": at_most})
        answer = self._ask("GET", f"{self._url}?{query}", None, largest=LIST_SIZE)
        body = _json_object(answer.body)
        listed = body.get("messages")
        if answer.status != HTTPStatus.OK or not isinstance(listed, list):
            raise ProviderError(f"Twilio's list cannot be read (HTTP {answer.status})")
        return listed, len(listed) < at_most and not body.get("next_page_uri")

    def report(self, ref: str, *, others: bool) -> Receipt:
        """What became of the text with the SID `ref`."""
        url = f"{self._url.removesuffix('.json')}/{ref}.json"
        answer = self._ask("GET", url, None, largest=ANSWER_SIZE)
        body = _json_object(answer.body)
        said = body.get("status")
        if answer.status != HTTPStatus.OK or body.get("sid") != ref or said not in KNOWN:
            raise ProviderError(f"Twilio's report cannot be read (HTTP {answer.status})")
        code = _code(body.get("error_code"))
        return receipt_of(self.name, ref, str(said), code, others=others)

    def reach(self) -> None:
        """The account's texts can be listed."""
        answer = self._ask("GET", f"{self._url}?PageSize=1", None, largest=ANSWER_SIZE)
        if answer.status != HTTPStatus.OK:
            raise refusal(answer.status, None, answer.retry_after_s)

    def close(self) -> None:
        self._http.close()

    def _form(self, message: Outgoing) -> dict[str, str]:
        sender = message.sms_from or self._account.sender
        form = {
            "To": message.to,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": message.text,
            "ValidityPeriod": str(VALIDITY_S),
        }
        return form | ({"StatusCallback": self._callback} if self._callback else {})

    def _ask(self, method: str, url: str, form: dict[str, str] | None, *, largest: int) -> Answer:
        headers, content = self._headers, b""
        if form is not None:
            content = urlencode(form).encode()
            headers = headers | {
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(content)),
            }
        try:
            return self._http.request(
                method, url, headers=headers, content=content, largest=largest
            )
        except NotSent as error:
            raise ProviderError(_said(error)) from error
        except Lost as error:
            raise ProviderError(_said(error), unknown=True) from error


def _said(error: Exception) -> str:
    """
    >>> _said(NotSent("does not answer")), _said(NotSent("configuration: TLS failed"))
    ('Twilio: does not answer', 'configuration: TLS failed')
    """
    text = str(error)
    return text if text.startswith("configuration") else f"Twilio: {text}"


def _json_object(body: bytes) -> dict[str, Any]:
    """{} for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _code(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is(entry: dict[str, Any], message: Outgoing) -> bool:
    body, sid = entry.get("body"), entry.get("sid")
    return (
        isinstance(body, str)
        and isinstance(sid, str)
        and SID.fullmatch(sid) is not None
        and entry.get("to") == message.to
        and entry.get("status") not in FAILED
        # a trial account puts words of its own before ours
        and " ".join(body.split()).endswith(" ".join(message.text.split()))
    )


def _is_since(entry: dict[str, Any], since: datetime) -> bool:
    """Without a date that can be read it counts as old: rather twice than never."""
    try:
        created = parsedate_to_datetime(str(entry.get("date_created")))
    except ValueError:
        return False
    return created.replace(tzinfo=created.tzinfo or UTC) >= since
