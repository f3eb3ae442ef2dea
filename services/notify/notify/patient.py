"""A test request as a patient would send it: the form's page, then the form, through the edge.

Stopped     it did not get through; the message says where, in words
"""

import secrets
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from contract.directory import Clinic, Location
from contract.proof import HEADER, Proof

TIMEOUT_S = 15.0
NAME = "Frontdesk test request"


class Stopped(Exception):  # noqa: N818 - what the request is
    """`certificate`: the host's certificate is missing, or none that a browser would take."""

    def __init__(self, why: str, *, certificate: bool = False) -> None:
        super().__init__(why)
        self.certificate = certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """`edge_url`: where the edge is reached; the clinic's host is asked for there.

    `verify`: its certificates must be what a browser takes.  `token`: the service token.
    """

    edge_url: str
    verify: bool
    token: str

    def send(self, clinic: Clinic, location: Location, kind: str) -> str:
        """The reference that was told.  Raises Stopped."""
        host = clinic.hosts[0]
        nonce = secrets.token_hex(16)
        body = urlencode(_fields(clinic, location, kind, nonce)).encode()
        proof = Proof.of(self.token, host=host, body=body, at=datetime.now(UTC), nonce=nonce)
        sent = {HEADER: str(proof), "Content-Type": "application/x-www-form-urlencoded"}
        known = {"sni_hostname": host}
        try:
            # followed nowhere, and through no proxy: what answers must be the edge itself
            with httpx.Client(
                base_url=self.edge_url,
                headers={"Host": host},
                verify=self.verify,
                timeout=TIMEOUT_S,
                trust_env=False,
            ) as client:
                page = client.get(f"/{kind}/", extensions=known)
                if page.status_code != httpx.codes.OK:
                    raise Stopped(f"the form page /{kind}/ answers {page.status_code}")
                answer = client.post(
                    "/leads/requests", content=body, headers=sent, extensions=known
                )
        except httpx.HTTPError as error:
            raise _stopped(error) from None
        leads_to = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        reference: str = leads_to.get("ref", [""])[0]
        if answer.status_code != httpx.codes.SEE_OTHER or not reference:
            raise Stopped(f"the form was not taken: the answer was {answer.status_code}")
        return reference


def _stopped(error: httpx.HTTPError) -> Stopped:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Stopped("a browser would not take its certificate", certificate=True)
        cause = cause.__cause__ or cause.__context__
    return Stopped(f"the edge does not answer ({type(error).__name__})")


def _fields(clinic: Clinic, location: Location, kind: str, nonce: str) -> dict[str, str]:
    fields = {
        "kind": kind,
        "location": location.slug,
        "name": NAME,
        "reply_by": "phone",
        "phone": location.phone,
        "message": f"Sent by itself to see that alerts arrive. Nobody waits. {nonce}",
    }
    if kind == "appointment":
        reason = clinic.reasons[0].value if clinic.reasons else "test"
        fields |= {"reason": reason, "patient": "returning"}
    return fields
