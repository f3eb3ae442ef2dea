"""The SQL of leads.  The caller owns the transaction; nothing here commits."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, exists, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from contract.events import LEAD_ACCEPTED, LEAD_HELD, LeadAccepted, LeadHeld
from leads import tables
from leads.draft import Draft
from plumbing import outbox, wakes

SAME_FOR = timedelta(minutes=30)  # identical content within this time is the same lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A lead that was there before."""

    id: UUID
    n: int
    reference: str
    received_at: datetime
    still_same: bool  # recent and not handled: sending it again is the same request


# `at` is NULL for a request of this moment: time is the database's own then.
_EARLIER = text("""
SELECT id, n, reference, received_at,
    received_at BETWEEN coalesce(:at, now()) - :same_for AND coalesce(:at, now()) + :same_for
    AND (handled_at IS NULL OR handled_at > coalesce(:at, now())) AS still_same
FROM lead WHERE clinic = :clinic AND fingerprint = ANY (:fingerprints)
UNION ALL
SELECT id, n, reference, received_at, true FROM erased_lead
WHERE clinic = :clinic AND fingerprint = ANY (:fingerprints) AND received_at > now() - :same_for
ORDER BY n DESC LIMIT 1
""")

# One statement for a lead and all that belongs to it: the rows cost little, the way there much.
_ADD_EVENT = insert(tables.lead_event)
_GONE = tables.erased_lead.c
_IS_ERASED = select(
    exists().where(_GONE.clinic == bindparam("clinic"), _GONE.id == bindparam("id"))
)
_NEWS = {
    name: bindparam(f"given_{name}", type_=tables.lead_event.c[name].type)
    for name in ("clinic", "lead_id", "actor", "what", "detail")
}
_ADD_NEWS = insert(tables.lead_event).from_select(
    list(_NEWS),
    select(*_NEWS.values()).where(
        ~exists().where(
            _GONE.clinic == bindparam("given_clinic"), _GONE.id == bindparam("given_lead_id")
        )
    ),
)
_ADD = text("""
WITH added AS (
    INSERT INTO lead (id, clinic, location, kind, reference, received_at, fingerprint, hash_key, n,
        submission_id, linked_to, again, state, language, form_version, attribution, suspicions,
        name_sealed, contact_sealed, words_sealed)
    SELECT :id, :clinic, :location, :kind, :reference, coalesce(:received_at, now()),
        :fingerprint, :hash_key, :n, :submission_id,
        coalesce(CAST(:linked_to AS uuid), (
            SELECT id FROM lead WHERE clinic = :clinic AND submission_id = :submission_id
            ORDER BY received_at LIMIT 1)),
        :again, :state, :language, :form_version,
        CAST(:attribution AS jsonb), CAST(:suspicions AS jsonb),
        :name_sealed, :contact_sealed, :words_sealed
    WHERE NOT EXISTS (  -- erased a moment ago, and a browser sends it again
        SELECT FROM erased_lead
        WHERE clinic = :clinic AND fingerprint = ANY (:fingerprints)
            AND received_at > now() - :same_for)
    ON CONFLICT ON CONSTRAINT lead_once DO NOTHING
    RETURNING clinic, id, received_at
), consents AS (
    INSERT INTO consent (clinic, lead_id, what, wording, given_at)
    SELECT clinic, id, unnest(CAST(:consents AS text[])), :form_version, received_at FROM added
), search AS (
    INSERT INTO lead_search (clinic, mark, received_at, lead_id)
    SELECT clinic, unnest(CAST(:marks AS bytea[])), received_at, id FROM added
), story AS (
    INSERT INTO lead_event (clinic, lead_id, actor, what, detail)
    SELECT clinic, id, 'patient', 'received', CAST(:detail AS jsonb) FROM added
), hold AS (
    INSERT INTO lead_hold (clinic, lead_id, release_at, event, confirm_sealed)
    SELECT clinic, id, :release_at, CAST(:alert AS jsonb) || jsonb_build_object(
        'received_at',
        to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')),
        CAST(:confirm_sealed AS bytea)
    FROM added WHERE CAST(:release_at AS timestamptz) IS NOT NULL
), event AS (
    INSERT INTO outbox (id, name, at, data, sealed)
    SELECT :event_id, :event_name, received_at, CAST(:event AS jsonb) || jsonb_build_object(
        CAST(:moment AS text),
        to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')),
        CAST(:sealed AS text)
    FROM added
)
SELECT received_at FROM added
""")


def earlier(connection: Connection, draft: Draft, *, at: datetime | None = None) -> Earlier | None:
    """The newest lead with the same content, as it was `at`; None: now."""
    row = connection.execute(
        _EARLIER,
        {
            "clinic": draft.clinic,
            "fingerprints": draft.fingerprints,
            "at": at,
            "same_for": SAME_FOR,
        },
    ).one_or_none()
    return Earlier(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name


def reference_of(connection: Connection, clinic: str, lead_id: UUID) -> str | None:
    """The reference of a lead, also of one that is erased; None when there never was one."""
    lead, gone = tables.lead.c, tables.erased_lead.c
    return connection.scalar(
        select(lead.reference)
        .where(lead.clinic == clinic, lead.id == lead_id)
        .union_all(select(gone.reference).where(gone.clinic == clinic, gone.id == lead_id))
    )


def is_erased(connection: Connection, clinic: str, lead_id: UUID) -> bool:
    return bool(connection.scalar(_IS_ERASED, {"clinic": clinic, "id": lead_id}))


def is_erased_meanwhile(connection: Connection, draft: Draft) -> bool:
    """Was it erased, or whoever wrote it, while it waited on disk?"""
    erasure = tables.erasure.c
    writer = exists().where(
        erasure.clinic == draft.clinic,
        erasure.mark.in_(draft.search),
        erasure.at >= draft.received_at,
    )
    return is_erased(connection, draft.clinic, draft.id) or bool(connection.scalar(select(writer)))


def add_lead(
    connection: Connection,
    draft: Draft,
    *,
    reference: str,
    same: Earlier | None,
    received_at: datetime | None,
    alert: LeadAccepted,
    confirm_sealed: bytes | None = None,
    sealed: Callable[[UUID], str | None] = lambda _event_id: None,
) -> datetime | None:
    """When it was received; None when the same content is there already, after `same` if given.

    Stores the lead, its consents, search marks, first line of its story and the event for notify:
    `alert`, which a lead that is held keeps back, with what `confirm_sealed` says of confirmations.
    `received_at` None: now; the events' times become that of the lead.  `sealed`: what travels
    sealed beside `alert`, by the event's id; a lead that is held keeps nothing of it.
    """
    event_id = uuid4()
    is_held = draft.release_at is not None
    wakes.say(connection, outbox.CHANNEL)
    received: datetime | None = connection.scalar(
        _ADD,
        {
            "id": draft.id,
            "clinic": draft.clinic,
            "location": draft.location,
            "kind": draft.kind,
            "reference": reference,
            "received_at": received_at,
            "fingerprint": draft.fingerprint,
            "fingerprints": draft.fingerprints,
            "hash_key": draft.hash_key,
            "same_for": SAME_FOR,
            "n": same.n + 1 if same else 0,
            "submission_id": draft.submission_id or None,
            "linked_to": same.id if same else None,
            "again": same is not None,
            "language": draft.language,
            "form_version": draft.form_version,
            "attribution": json.dumps(draft.attribution),
            "suspicions": json.dumps(draft.suspicions),
            "name_sealed": draft.name_sealed,
            "contact_sealed": draft.contact_sealed,
            "words_sealed": draft.words_sealed,
            "consents": list(draft.consents),
            "marks": list(draft.search),
            "detail": json.dumps(_detail(draft, waited=received_at is not None)),
            "state": "held" if is_held else "new",
            "release_at": draft.release_at,
            "alert": json.dumps(alert.to_json()) if is_held else None,
            "confirm_sealed": confirm_sealed,
            "event_id": event_id,
            "sealed": None if is_held else sealed(event_id),
            "event_name": LEAD_HELD if is_held else LEAD_ACCEPTED,
            "moment": "at" if is_held else "received_at",
            "event": json.dumps((_held(draft) if is_held else alert).to_json()),
        },
    )
    return received


def _held(draft: Draft) -> LeadHeld:
    return LeadHeld(
        lead_id=str(draft.id),
        clinic=draft.clinic,
        location=draft.location,
        state="held",
        at=draft.received_at.isoformat(),
    )


def _detail(draft: Draft, *, waited: bool) -> dict[str, object]:
    held = {"held_for": list(draft.suspicions)} if draft.release_at else {}
    return held | ({"waited_on_disk": True} if waited else {})


def add_alias(connection: Connection, *, clinic: str, reference: str, lead_id: UUID) -> None:
    """Let `lead_id` also be found by a reference that a patient was told.  Idempotent."""
    lead = tables.lead.c
    is_there = select(lead.clinic, literal(reference), lead.id).where(
        lead.clinic == clinic, lead.id == lead_id
    )
    connection.execute(
        insert(tables.lead_alias)
        .from_select(["clinic", "reference", "lead_id"], is_there)
        .on_conflict_do_nothing()
    )


def add_news(connection: Connection, news: Sequence[Mapping[str, object]]) -> None:
    """`add_event` for each of `news`, unless its lead is erased: nothing is kept of what is gone.

    Of each: clinic, lead_id, actor, what, detail.
    """
    rows = [{f"given_{name}": value for name, value in one.items()} for one in news]
    if rows:
        connection.execute(_ADD_NEWS, rows)


def add_event(
    connection: Connection,
    *,
    clinic: str,
    lead_id: UUID,
    actor: str,
    what: str,
    detail: Mapping[str, object] | None = None,
    note_sealed: bytes | None = None,
) -> None:
    """Append to a lead's story.  `detail` holds ids and plain facts, nothing a patient typed.

    `note_sealed`: words that somebody wrote (leads.vault).
    """
    row = {"clinic": clinic, "lead_id": lead_id, "actor": actor, "what": what}
    connection.execute(_ADD_EVENT, row | {"detail": dict(detail or {}), "note_sealed": note_sealed})
