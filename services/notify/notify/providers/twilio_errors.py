"""Twilio's error codes, in words that a clinic's manager understands.

Three sorts: what is so for this recipient or this text (permanent), what a person must mend in
the account (retried, so that the message goes out once it is mended), and what passes by itself.
"""

from notify.providers import ProviderError

PERMANENT = {
    21211: "this is not a phone number",
    21408: "texts to this country are not allowed by your Twilio account",
    21602: "the text is empty",
    21610: "the recipient has opted out by answering STOP",
    21612: "there is no way to text this number from yours",
    21614: "this number cannot get texts: it is not a mobile phone",
    21617: "the text is too long",
    30004: "the recipient or the carrier blocks your texts",
    30005: "this phone does not exist or is switched off for good",
    30006: "this number cannot get texts: it is a landline",
    30007: "the carrier has filtered the text as unwanted",
    30032: "your toll-free SMS number is not verified",
    30034: "your SMS number is not registered with the carriers",
}
# of these, what is about the sender's number or account: another provider may carry the text
ONLY_HERE = frozenset({21408, 21612, 30007, 30032, 30034})
OPTED_OUT = 21610
CONFIGURATION = {
    10001: "the Twilio account is not active",
    20003: "Twilio refuses the account SID or auth token",
    20005: "the Twilio account is not active",
    20404: "Twilio does not know this account",
    21212: "the sender number is not valid",
    21603: "the sender number is missing",
    21606: "the sender number is not yours or cannot text",
    21608: "a trial account may only text numbers that you verified",
    21659: "the sender number is not yours",
    21660: "the sender number belongs to another account",
    21703: "the messaging service has no number",
    30002: "the Twilio account is suspended",
}
TEMPORARY = {
    14107: "Twilio gets too many messages at once",
    20429: "Twilio gets too many requests at once",
    21611: "too many texts are waiting at this sender number",
    30001: "too many texts are waiting at this sender number",
    30003: "the phone cannot be reached now",
    30008: "the carrier does not say why",
    30022: "the sender number has used up its rate",
}
REFUSED, NOT_NOW, TOO_MANY = 400, 503, 429
OURS = frozenset({401, 403, 404})


def refusal(status: int, code: int | None, retry_after_s: float | None) -> ProviderError:
    """The error for the HTTP `status` (not 2xx) with Twilio's `code`, if the answer had one."""
    if code is None:
        return _by_status(status, retry_after_s)
    if code in PERMANENT:
        reason = f"{PERMANENT[code]} ({code})"
        return ProviderError(
            reason, permanent=True, only_here=code in ONLY_HERE, opted_out=code == OPTED_OUT
        )
    if code in CONFIGURATION:
        return ProviderError(f"configuration: {CONFIGURATION[code]} ({code})")
    if code in TEMPORARY or status != REFUSED:
        known = TEMPORARY.get(code, "Twilio says not now")
        return ProviderError(f"{known} ({code})", retry_after_s=retry_after_s)
    # a fault in the request that we do not know: the same request will get the same answer
    return ProviderError(f"Twilio refuses the text ({code})", permanent=True, only_here=True)


def _by_status(status: int, retry_after_s: float | None) -> ProviderError:
    if status in {TOO_MANY, NOT_NOW}:
        return ProviderError(f"Twilio says not now (HTTP {status})", retry_after_s=retry_after_s)
    if status >= 500:  # noqa: PLR2004 - it broke, maybe after it had taken the text
        return ProviderError(f"Twilio failed (HTTP {status})", unknown=True)
    if status in OURS:
        return ProviderError(f"configuration: Twilio refuses us (HTTP {status})")
    return ProviderError(f"configuration: this does not answer as Twilio does (HTTP {status})")


def not_delivered(code: int | None) -> ProviderError:
    """Why a text that Twilio had taken did not arrive, by the code of its report."""
    if code is None:
        return ProviderError("Twilio does not say why")
    known = refusal(REFUSED, code, None)
    if code in PERMANENT | CONFIGURATION | TEMPORARY:
        return known
    return ProviderError(f"the carrier did not deliver the text ({code})")
