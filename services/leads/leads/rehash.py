"""Hash anew, with the current key, what is found by keyed hashes, while everything runs.

Whoever looks for something looks for its hashes by every key of the file, so a row may have those
of any of them.  What was hashed is stored sealed beside it, except for API keys and recovery
codes, which only their owners know: an API key is hashed anew when it is used next.  A sweep that
was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, case, delete, exists, func, select, update

from leads import identity, replies, search, tables, vault
from leads.comments import store as comments
from leads.idempotency import KEPT
from leads.rotation import BATCH, Progress, Row, clinics_with_leads, see
from plumbing.sealing import HashKey, KeyRing, Unsealable


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`seal` opens what was hashed, `hash` hashes it."""

    seal: KeyRing
    hash: HashKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """Rows with `hash_key`.  `values`: their hashes with the current key; raises Unsealable."""

    table: Table
    values: Callable[[Connection, Row, Keys], dict[str, Any]]
    of_nobody: bool = False  # some rows have "" for a clinic


def rehash(engine: Engine, keys: Keys) -> Iterator[Progress]:
    """Hash what was not hashed with the current key anew; yields after each batch."""
    parts = _parts(clinics_with_leads(engine))
    progress = Progress(of=sum(_left(engine, keys, *part) for part in parts))
    yield progress
    for hashed, clinic in parts:
        after: Any = None
        while True:
            with engine.begin() as connection:
                see(connection, clinic)
                rows = _batch(connection, hashed, clinic, keys, after)
                for row in rows:
                    progress.unreadable += not _renew(connection, hashed, row, keys)
            if not rows:
                break
            after = rows[-1]["id"]
            progress.done += len(rows)
            yield progress


def named(engine: Engine) -> dict[tuple[str, str], int]:
    """(what, key id) -> how many there are; `what`: rows, API keys, Idempotency-Keys, people."""
    counted: dict[tuple[str, str], int] = {}

    def count(what: str, table: Table, column: str, *conditions: Any) -> None:
        query = select(table.c[column], func.count()).where(*conditions).group_by(table.c[column])
        for key_id, rows in connection.execute(query):
            counted[what, key_id] = counted.get((what, key_id), 0) + rows

    key, asked, person = tables.api_key, tables.api_request, tables.staff
    for hashed, clinic in _parts(clinics_with_leads(engine)):
        with engine.begin() as connection:
            see(connection, clinic)
            count("rows", hashed.table, "hash_key", hashed.table.c.clinic == clinic)
            if hashed is LEADS:
                count(
                    "API keys", key, "hash_key", key.c.clinic == clinic, key.c.revoked_at.is_(None)
                )
                recent = asked.c.at > func.now() - KEPT
                count("Idempotency-Keys", asked, "hash_key", asked.c.clinic == clinic, recent)
    with engine.begin() as connection:
        has_codes = func.cardinality(person.c.recovery_hashes) > 0
        count("people's recovery codes", person, "recovery_key", has_codes)
    return counted


def _of_lead(connection: Connection, row: Row, keys: Keys) -> dict[str, Any]:
    """Its search marks are replaced here."""
    clinic, lead_id = row["clinic"], row["id"]
    sealed = {column: row[f"{column}_sealed"] for column in vault.COLUMNS}
    plain = vault.open_columns(keys.seal, clinic, lead_id, sealed)
    consent, mark, other = tables.consent.c, tables.lead_search, tables.lead.alias()
    given = select(consent.what).where(consent.clinic == clinic, consent.lead_id == lead_id)
    said = identity.Said(
        clinic=clinic,
        kind=row["kind"],
        location=row["location"],
        consents=connection.scalars(given).all(),
        plain=plain,
    )
    fingerprint = identity.fingerprint(keys.hash, said)
    connection.execute(delete(mark).where(mark.c.clinic == clinic, mark.c.lead_id == lead_id))
    marks = [
        {"clinic": clinic, "mark": each, "received_at": row["received_at"], "lead_id": lead_id}
        for each in search.marks(keys.hash, clinic, plain)
    ]
    if marks:
        connection.execute(mark.insert(), marks)
    # a process that did not know the new key yet may have stored the same with the old one
    same = (other.c.clinic == clinic, other.c.fingerprint == fingerprint, other.c.id != lead_id)
    last = select(func.max(other.c.n)).where(*same).scalar_subquery()
    taken = exists(select(other.c.id).where(*same, other.c.n == row["n"]))
    return {"fingerprint": fingerprint, "n": case((taken, last + 1), else_=row["n"])}


def _of_comment(connection: Connection, row: Row, keys: Keys) -> dict[str, Any]:
    clinic, words, other = row["clinic"], comments.opened(keys.seal, row), tables.comment
    fingerprint = comments.fingerprint(keys.hash, clinic, row["article"], words)
    # a process that did not know the new key yet may have stored the same with the old one
    same = exists().where(other.c.clinic == clinic, other.c.fingerprint == fingerprint)
    return {
        "writer": comments.writer(keys.hash, clinic, words["email"]),
        "fingerprint": row["fingerprint"] if connection.scalar(select(same)) else fingerprint,
    }


def _of_reply(_connection: Connection, row: Row, keys: Keys) -> dict[str, Any]:
    said = replies.open_reply(keys.seal, row["clinic"], row["id"], row["words_sealed"])
    return {"sender": replies.sender(keys.hash, row["clinic"], said["from"])}


LEADS = Hashed(table=tables.lead, values=_of_lead)
HASHED = (
    LEADS,
    Hashed(table=tables.comment, values=_of_comment),
    Hashed(table=tables.reply, values=_of_reply, of_nobody=True),
)


def _parts(clinics: list[str]) -> list[tuple[Hashed, str]]:
    return [
        (hashed, clinic)
        for hashed in HASHED
        for clinic in [*clinics, *([""] if hashed.of_nobody else [])]
    ]


def _old(hashed: Hashed, clinic: str, keys: Keys) -> tuple[Any, ...]:
    return (hashed.table.c.clinic == clinic, hashed.table.c.hash_key != keys.hash.key_id)


def _left(engine: Engine, keys: Keys, hashed: Hashed, clinic: str) -> int:
    with engine.begin() as connection:
        see(connection, clinic)
        query = select(func.count()).select_from(hashed.table).where(*_old(hashed, clinic, keys))
        return connection.scalar(query) or 0


def _batch(
    connection: Connection, hashed: Hashed, clinic: str, keys: Keys, after: Any
) -> list[Any]:
    table = hashed.table
    query = select(table).where(*_old(hashed, clinic, keys))
    if after is not None:
        query = query.where(table.c.id > after)
    return list(connection.execute(query.order_by(table.c.id).limit(BATCH)).mappings())


def _renew(connection: Connection, hashed: Hashed, row: Row, keys: Keys) -> bool:
    """False when what was hashed cannot be opened: it keeps its old hashes."""
    table = hashed.table
    try:
        values = hashed.values(connection, row, keys)
    except Unsealable:
        return False
    mine = (table.c.clinic == row["clinic"], table.c.id == row["id"])
    connection.execute(update(table).where(*mine).values(values | {"hash_key": keys.hash.key_id}))
    return True
