"""The group's own test requests: taken, stored and told of like a patient's, and counted nowhere.

notify posts one through the edge every few minutes (notify.watchman).  Its proof makes it one; it
is stored under a clinic that no clinic is, so that the desk, reports, exports and searches cannot
find it, and what comes of it shows that alerts arrive.

    NotOurs     the proof is forged, too old, for another form, or was used before
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, text

from contract.directory import Clinic
from contract.events import SYNTHETIC
from contract.proof import Proof
from leads import form, tables
from leads.accept import Accepted, KeyReused
from leads.intake import Intake
from leads.request import Request
from leads.scope import scoped

KINDS = ("contact", "appointment")


class NotOurs(Exception):  # noqa: N818 - what the request is
    """The message says why."""


@dataclass(frozen=True, slots=True)
class OwnTest:
    """A form as it came in, with its header."""

    host: str
    body: bytes
    fields: Mapping[str, str]
    proof: str


class SyntheticRequests:
    """`token`: the service token."""

    def __init__(self, token: str, intake: Intake) -> None:
        self._token = token
        self._intake = intake

    def take(self, clinic: Clinic, sent: OwnTest) -> tuple[Request, Accepted]:
        """Store a test request.  Raises NotOurs, and leads.intake.NotTaken."""
        proof = Proof.read(sent.proof)
        now = datetime.now(UTC)
        if proof is None or not proof.holds(self._token, host=sent.host, body=sent.body, now=now):
            raise NotOurs("The proof of this test request does not hold.")
        request = self._read(clinic, sent.fields, now)
        nobody = replace(clinic, slug=SYNTHETIC, confirmations=())
        try:
            accepted = self._intake.take(nobody, request, None, idempotency_key=proof.nonce)
        except KeyReused:
            raise NotOurs("The proof of this test request was used before.") from None
        if not accepted.new:
            raise NotOurs("The proof of this test request was used before.")
        return request, accepted

    def _read(self, clinic: Clinic, fields: Mapping[str, str], now: datetime) -> Request:
        if fields.get("kind") not in KINDS or fields["kind"] not in clinic.forms:
            raise NotOurs("There is no such form here.")
        request = form.parse(dict(fields), clinic, now=now)
        if isinstance(request, list):
            wrong = ", ".join(error.field for error in request)
            raise NotOurs(f"The test request has mistakes: {wrong}.")
        return request


def alerts_tested_at(engine: Engine) -> datetime | None:
    """When a test request's alert was last told, as far as leads has heard; None: never."""
    story = tables.lead_event
    with scoped(engine, [SYNTHETIC]) as scope:
        told: datetime | None = scope.connection.scalar(
            select(func.max(story.c.at)).where(scope.own(story), story.c.what == "alert told")
        )
    return told


class Forgetter:
    """The relay's: removes test requests of more than a day ago, but for the last one told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def one_pass(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(text("SELECT forget_synthetic('1 day')"))
