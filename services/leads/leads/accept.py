"""Store a request: when `store` returns, it is durable in the database, exactly once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from contract.directory import Clinic
from contract.events import SYNTHETIC, LeadAccepted
from leads import confirm, idempotency, identity, search, store, vault
from leads.body import without_controls
from leads.draft import Draft
from leads.first_name import first_name
from leads.request import Request
from leads.scope import scoped
from leads.spam.judge import Verdict, release_at
from leads.store import Earlier
from plumbing.envelopes import seal_part
from plumbing.sealing import HashKey, KeyRing, Unsealable

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


class KeyReused(Exception):  # noqa: N818 - what the Idempotency-Key is
    """It was used for other content within 30 days."""


class _KeyTaken(Exception):  # noqa: N818
    """Another request with the same Idempotency-Key was faster: look again."""


class Acceptor:
    """Stores requests, each exactly once; `confirming` asks for their confirmations."""

    def __init__(
        self, *, engine: Engine, seal_keys: KeyRing, hash_key: HashKey, event_keys: KeyRing
    ) -> None:
        self._engine = engine
        self.confirming = confirm.Confirming(
            event_keys=event_keys, seal_keys=seal_keys, hash_key=hash_key
        )
        self._seal_keys = seal_keys
        self._event_keys = event_keys
        self._hash_key = hash_key

    def draft(
        self, clinic: Clinic, request: Request, verdict: Verdict, *, idempotency_key: str = ""
    ) -> Draft:
        """All that will be stored of `request`.  Asks nobody."""
        received_at = datetime.now(UTC)
        confirm_by = confirm.ways(clinic, request)
        plain = vault.plain_columns(request)
        said = identity.Said(
            clinic=clinic.slug,
            kind=request.kind,
            location=request.location.slug,
            consents=request.consents,
            plain=plain,
        )
        mark, *older = (identity.fingerprint(key, said) for key in self._hash_key.every)
        key_mark, *older_key_marks = self._key_marks(clinic.slug, idempotency_key)
        lead_id = uuid4()
        return Draft(
            id=lead_id,
            clinic=clinic.slug,
            location=request.location.slug,
            kind=request.kind,
            told=self._reference(clinic.slug, mark, request.submission_id),
            received_at=received_at,
            release_at=release_at(request.location, received_at) if verdict.held else None,
            fingerprint=mark,
            submission_id=request.submission_id,
            language=request.language,
            speaks=request.speaks,
            routed_by=request.routed_by,
            form_version=request.form_version,
            # a query may hold anything, and the database takes no NUL
            attribution={
                "path": request.attribution.path,
                **{name: without_controls(value) for name, value in request.attribution.utm},
            },
            suspicions=verdict.reasons,
            consents=request.consents,
            idempotency_key=key_mark,
            confirm_by=confirm_by,
            promise=confirm.told(request, received_at) if confirm_by else "",
            search=search.marks(self._hash_key, clinic.slug, plain),
            hash_key=self._hash_key.key_id,
            older_fingerprints=tuple(older),
            older_idempotency_keys=tuple(older_key_marks),
            **vault.seal_columns(self._seal_keys, clinic.slug, lead_id, plain),
        )

    def hashed_anew(self, draft: Draft) -> Draft:
        """`draft` as it were with our current key, where it was made with another one."""
        if draft.hash_key == self._hash_key.key_id:
            return draft
        sealed = {column: getattr(draft, f"{column}_sealed") for column in vault.COLUMNS}
        try:
            plain = vault.open_columns(self._seal_keys, draft.clinic, draft.id, sealed)
        except Unsealable:
            return draft
        said = identity.Said(
            clinic=draft.clinic,
            kind=draft.kind,
            location=draft.location,
            consents=draft.consents,
            plain=plain,
        )
        mark, *older = (identity.fingerprint(key, said) for key in self._hash_key.every)
        return replace(
            draft,
            fingerprint=mark,
            older_fingerprints=tuple(older),
            search=search.marks(self._hash_key, draft.clinic, plain),
            hash_key=self._hash_key.key_id,
        )

    def _key_marks(self, clinic: str, idempotency_key: str) -> list[bytes]:
        """Its hash by each key of ours; empty where there is none."""
        if not idempotency_key:
            return [b""]
        return [
            key.digest("idempotency key", clinic, idempotency_key) for key in self._hash_key.every
        ]

    def store(self, draft: Draft, *, waited: bool = False) -> Accepted:
        """The stored lead: new, or the one that identical content got within 30 minutes.

        Returns after the commit.  Raises sqlalchemy.exc.SQLAlchemyError when the database does
        not take it: then nothing is stored, or the outcome is unknown and storing `draft` again is
        safe.  Raises KeyReused.  `waited`: it comes from the spool and was received when it says.
        """
        spin = 0
        for _ in range(TRIES):
            try:
                with scoped(self._engine, [draft.clinic]) as scope:
                    accepted = self._once(scope.connection, draft, spin, waited=waited)
                    if accepted and waited and accepted.reference != draft.told:
                        store.add_alias(
                            scope.connection,
                            clinic=draft.clinic,
                            reference=draft.told,
                            lead_id=accepted.lead_id,
                        )
            except _KeyTaken:
                continue
            except IntegrityError as error:
                if "lead_reference" not in str(error.orig):
                    raise
                spin += 1
            else:
                if accepted:
                    return accepted
        raise NotAccepted

    def _once(
        self, connection: Connection, draft: Draft, spin: int, *, waited: bool
    ) -> Accepted | None:
        at = draft.received_at if waited else None
        if waited and store.is_erased_meanwhile(connection, draft):
            return _before(draft.id, draft.told, draft.received_at)
        if waited and (stored := store.reference_of(connection, draft.clinic, draft.id)):
            return _before(draft.id, stored, draft.received_at)
        if used := idempotency.used(connection, draft):
            if not used.same:
                raise KeyReused
            stored = store.reference_of(connection, draft.clinic, used.lead_id) or draft.told
            return _before(used.lead_id, stored, draft.received_at)
        # while the key is being changed the same may be there under an older one
        if draft.older_fingerprints and (accepted := self._again(connection, draft, spin, at=at)):
            return accepted
        # nearly always nothing like it is there: it is looked for only when the insert finds it
        return self._add(connection, draft, spin, at=at, same=None) or self._again(
            connection, draft, spin, at=at
        )

    def _again(
        self, connection: Connection, draft: Draft, spin: int, *, at: datetime | None
    ) -> Accepted | None:
        same = store.earlier(connection, draft, at=at)
        if same is None:
            return None
        if not same.still_same:
            return self._add(connection, draft, spin, at=at, same=same)
        if not idempotency.remember(connection, draft, same.id):
            raise _KeyTaken
        return _before(same.id, same.reference, same.received_at)

    def _add(
        self,
        connection: Connection,
        draft: Draft,
        spin: int,
        *,
        at: datetime | None,
        same: Earlier | None,
    ) -> Accepted | None:
        reference = self._reference(
            draft.clinic,
            draft.fingerprint,
            draft.submission_id,
            n=same.n + 1 if same else 0,
            spin=spin,
        )
        received_at = store.add_lead(
            connection,
            draft,
            reference=reference,
            same=same,
            received_at=at,
            alert=_alert(draft, reference, same),
            confirm_sealed=self.confirming.kept(draft),
            sealed=lambda event_id: self._first_name(draft, event_id),
        )
        if received_at is None:
            return None
        if not idempotency.remember(connection, draft, draft.id):
            raise _KeyTaken
        self.confirming.ask(connection, draft, reference)
        return Accepted(lead_id=draft.id, reference=reference, received_at=received_at, new=True)

    def _first_name(self, draft: Draft, event_id: UUID) -> str | None:
        """For alerts of a clinic that may show it; only notify can open it."""
        sealed = draft.name_sealed
        try:
            name = vault.open_column(self._seal_keys, draft.clinic, draft.id, "name", sealed)
        except Unsealable:  # the lead is stored all the same
            return None
        first = first_name(str(name))
        return seal_part(self._event_keys, event_id, {"first_name": first}) if first else None

    def _reference(
        self, clinic: str, mark: bytes, submission_id: str, *, n: int = 0, spin: int = 0
    ) -> str:
        return identity.reference(
            self._hash_key,
            clinic=clinic,
            fingerprint=mark,
            submission_id=submission_id,
            n=n,
            spin=spin,
        )


def _before(lead_id: UUID, reference: str, received_at: datetime) -> Accepted:
    return Accepted(lead_id=lead_id, reference=reference, received_at=received_at, new=False)


def _alert(draft: Draft, reference: str, same: Earlier | None) -> LeadAccepted:
    return LeadAccepted(
        lead_id=str(draft.id),
        clinic=draft.clinic,
        location=draft.location,
        kind=draft.kind,
        reference=reference,
        received_at=draft.received_at.isoformat(),
        again=same is not None,
        first_lead_id=str(same.id) if same else "",
        speaks=draft.speaks,
        routed_by=draft.routed_by,
        synthetic=draft.clinic == SYNTHETIC,
    )
