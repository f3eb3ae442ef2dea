"""The signed receipt in the address of the thank-you page.

It holds what the page needs and nothing that a patient typed, so that the page can be shown even
while the database is away.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from plumbing.sealing import HashKey

VALID_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    clinic: str
    location: str
    kind: str
    reference: str
    reply_by: str
    received_at: datetime
    language: str = "en"


class Receipts:
    """Writes and reads receipts."""

    def __init__(self, hash_key: HashKey) -> None:
        # the last one signs, all are read
        keys = [key.digest("receipt") for key in reversed(hash_key.every)]
        self._signer = URLSafeSerializer(keys)

    def write(self, receipt: Receipt) -> str:
        """A token that is safe in a URL."""
        return self._signer.dumps(
            [
                receipt.clinic,
                receipt.location,
                receipt.kind,
                receipt.reference,
                receipt.reply_by,
                int(receipt.received_at.timestamp()),
                receipt.language,
            ]
        )

    def read(self, token: str, *, clinic: str, reference: str, now: datetime) -> Receipt | None:
        """The receipt, or None when it is forged, too old, another clinic's or another lead's."""
        try:
            slug, location, kind, told, reply_by, seconds, *more = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        received_at = datetime.fromtimestamp(seconds, UTC)
        if (slug, told) != (clinic, reference) or now - received_at > VALID_FOR:
            return None
        return Receipt(
            clinic=slug,
            location=location,
            kind=kind,
            reference=told,
            reply_by=reply_by,
            received_at=received_at,
            language=more[0] if more else "en",  # receipts of 0.1 before it had two languages
        )
