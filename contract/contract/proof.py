"""The proof that a request is the group's own test: only who holds the service token can give it.

It stands in one header beside a form and binds host, body, moment and a number used once, so that
it is good for this very form, for a minute.  Whoever takes it sees to it that it is taken once.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

HEADER = "X-Frontdesk-Synthetic"
GOOD_FOR_S = 60  # either way: clocks differ
_FORM = re.compile(r"v1\.(?P<at>\d{1,12})\.(?P<nonce>[0-9a-f]{32})\.(?P<mac>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`nonce`: 32 hexadecimal digits, used once; `mac`: over all that it is good for."""

    at: datetime
    nonce: str
    mac: str

    @classmethod
    def of(cls, token: str, *, host: str, body: bytes, at: datetime, nonce: str) -> Self:
        """For `body` sent to `host` (contract.directory.normal_host) at `at`."""
        at = at.astimezone(UTC).replace(microsecond=0)
        return cls(at=at, nonce=nonce, mac=_mac(token, host, body, at, nonce))

    @classmethod
    def read(cls, header: str) -> Self | None:
        """None when `header` is none."""
        found = _FORM.fullmatch(header)
        if found is None:
            return None
        try:
            at = datetime.fromtimestamp(int(found["at"]), UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return cls(at=at, nonce=found["nonce"], mac=found["mac"])

    def __str__(self) -> str:
        return f"v1.{int(self.at.timestamp())}.{self.nonce}.{self.mac}"

    def holds(self, token: str, *, host: str, body: bytes, now: datetime) -> bool:
        """It was given by a holder of `token`, for this, within the last minute."""
        right = _mac(token, host, body, self.at, self.nonce)
        lately = abs((now - self.at).total_seconds()) <= GOOD_FOR_S
        return hmac.compare_digest(self.mac, right) and lately


def _mac(token: str, host: str, body: bytes, at: datetime, nonce: str) -> str:
    key = hmac.digest(token.encode(), b"frontdesk synthetic request v1", "sha256")
    said = f"{host}\n{int(at.timestamp())}\n{nonce}\n{sha256(body).hexdigest()}"
    return hmac.new(key, said.encode(), sha256).hexdigest()
