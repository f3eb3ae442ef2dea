"""Which request an Idempotency-Key was used for: remembered for 30 days."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from leads import tables
from leads.draft import Draft

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """`same`: for the same content."""

    lead_id: UUID
    same: bool


def used(connection: Connection, draft: Draft) -> Used | None:
    """What the draft's key was used for within 30 days; None: for nothing, or it has no key."""
    if not draft.idempotency_key:
        return None
    request = tables.api_request.c
    row = connection.execute(
        select(request.lead_id, request.fingerprint)
        .where(
            request.clinic == draft.clinic,
            request.key_hash.in_([draft.idempotency_key, *draft.older_idempotency_keys]),
            request.at > func.now() - KEPT,
        )
        .order_by(request.at.desc())
        .limit(1)
    ).one_or_none()
    return Used(lead_id=row.lead_id, same=row.fingerprint in draft.fingerprints) if row else None


def remember(connection: Connection, draft: Draft, lead_id: UUID) -> bool:
    """Note the draft's key, if it has one.  False when another request just took the key."""
    if not draft.idempotency_key:
        return True
    request = tables.api_request
    row = insert(request).values(
        clinic=draft.clinic,
        key_hash=draft.idempotency_key,
        hash_key=draft.hash_key,
        fingerprint=draft.fingerprint,
        lead_id=lead_id,
    )
    taken = row.on_conflict_do_update(
        index_elements=["clinic", "key_hash"],
        set_={"fingerprint": row.excluded.fingerprint, "lead_id": lead_id, "at": func.now()},
        where=request.c.at <= func.now() - KEPT,
    )
    return connection.execute(taken.returning(request.c.lead_id)).one_or_none() is not None


class Forgetter:
    """The relay's: removes what is older than 30 days."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def one_pass(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                delete(tables.api_request).where(tables.api_request.c.at <= func.now() - KEPT)
            )
