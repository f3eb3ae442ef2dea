"""Keep a request: when `accept` returns, it is durable."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from contract.directory import Clinic
from contract.events import LEAD_ACCEPTED, Envelope, LeadAccepted
from leads import identity, store, tables, vault
from leads.request import Request
from leads.scope import scoped
from plumbing import outbox
from plumbing.sealing import HashKey, KeyRing

TRIES = 5  # each try after the first means that somebody else stored the same at that very moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The lead that holds the request.  `new`: it was not there before."""

    lead_id: UUID
    reference: str
    received_at: datetime
    new: bool


class NotAccepted(Exception):  # noqa: N818 - what the request is
    """The request could not be stored although the database works."""


class Acceptor:
    """Stores requests, each exactly once."""

    def __init__(self, *, engine: Engine, seal_keys: KeyRing, hash_key: HashKey) -> None:
        self._engine = engine
        self._seal_keys = seal_keys
        self._hash_key = hash_key

    def accept(self, clinic: Clinic, request: Request) -> Accepted:
        """The stored lead, new or the one that identical content got within 30 minutes.

        Returns after the commit.  Raises sqlalchemy.exc.SQLAlchemyError when the database does
        not take it: then nothing is stored, or the outcome is unknown and sending again is safe.
        """
        mark = identity.fingerprint(self._hash_key, clinic.slug, request)
        spin = 0
        for _ in range(TRIES):
            try:
                with scoped(self._engine, [clinic.slug]) as scope:
                    accepted = self._once(scope.connection, clinic, request, mark, spin)
            except IntegrityError as error:
                if "lead_reference" not in str(error.orig):
                    raise
                spin += 1
            else:
                if accepted:
                    return accepted
        raise NotAccepted

    def _once(
        self, connection: Connection, clinic: Clinic, request: Request, mark: bytes, spin: int
    ) -> Accepted | None:
        earlier = store.earlier_lead(connection, clinic.slug, mark)
        if earlier and earlier.still_same:
            return Accepted(
                lead_id=earlier.id,
                reference=earlier.reference,
                received_at=earlier.received_at,
                new=False,
            )
        n = earlier.n + 1 if earlier else 0
        linked_to = earlier.id if earlier else None
        if linked_to is None and request.submission_id:
            linked_to = store.lead_by_submission(connection, clinic.slug, request.submission_id)
        lead_id = uuid4()
        reference = identity.reference(
            self._hash_key,
            clinic=clinic.slug,
            fingerprint=mark,
            submission_id=request.submission_id,
            n=n,
            spin=spin,
        )
        row = {
            "id": lead_id,
            "clinic": clinic.slug,
            "reference": reference,
            "fingerprint": mark,
            "n": n,
            "linked_to": linked_to,
            "again": earlier is not None,
            **_open_columns(request),
            **vault.seal_request(self._seal_keys, clinic.slug, lead_id, request),
        }
        received_at = store.add_lead(connection, row)
        if received_at is None:
            return None
        store.add_consents(
            connection,
            clinic=clinic.slug,
            lead_id=lead_id,
            given=request.consents,
            wording=request.form_version,
        )
        store.add_event(
            connection, clinic=clinic.slug, lead_id=lead_id, actor="patient", what="received"
        )
        event = LeadAccepted(
            lead_id=str(lead_id),
            clinic=clinic.slug,
            location=request.location.slug,
            kind=request.kind,
            reference=reference,
            received_at=received_at.astimezone(UTC).isoformat(),
            again=earlier is not None,
        )
        envelope = Envelope(id=uuid4(), name=LEAD_ACCEPTED, at=received_at, data=event.to_json())
        outbox.add(connection, tables.outbox, envelope)
        return Accepted(lead_id=lead_id, reference=reference, received_at=received_at, new=True)


def _open_columns(request: Request) -> dict[str, object]:
    """What is stored in the clear: routing and bookkeeping, nothing about the person."""
    return {
        "location": request.location.slug,
        "kind": request.kind,
        "submission_id": request.submission_id or None,
        "language": request.language,
        "form_version": request.form_version,
        "attribution": {"path": request.attribution.path, **dict(request.attribution.utm)},
        "suspicions": list(request.suspicions),
    }
