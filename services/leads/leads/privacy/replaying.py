"""After a restore: who was erased since the backup was made is erased again.

What was erased is known by keyed hashes alone (`erasure`, leads.privacy.records).  Whatever was
received under one of them before that moment goes, whoever has answered it, and whatever held it
when the backup was made: it was released before it was erased.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Table, delete, func, or_, select, text

from leads import tables
from leads.privacy.erasing import PERSON, erase_comments, erase_leads, remember
from leads.privacy.finding import Keys, Row, opened_comment, opened_text
from leads.privacy.person import Person
from leads.privacy.records import Record
from leads.rotation import clinics_with_leads
from leads.scope import Scope, scoped


@dataclass(slots=True, kw_only=True)
class Replayed:
    """How many rows were erased again; `known`: erasures that are remembered now."""

    known: int = 0
    leads: int = 0
    comments: int = 0
    texts: int = 0


def replay(engine: Engine, keys: Keys, records: Iterable[Record]) -> Replayed:
    """Remember `records` and erase what the database holds against them.  May be repeated."""
    done = Replayed()
    by_clinic: dict[str, list[Record]] = {
        clinic: [] for clinic in ["", *clinics_with_leads(engine), *clinics_with_erasures(engine)]
    }
    for record in records:
        by_clinic.setdefault(record.clinic, []).append(record)
    every = sorted(set(by_clinic) - {""})
    for clinic, some in by_clinic.items():
        with scoped(engine, [clinic] if clinic else every) as scope:
            _replay_clinic(scope, keys, clinic, some, done)
    return done


def clinics_with_erasures(engine: Engine) -> list[str]:
    """Also those that have no row left but that."""
    with engine.begin() as connection:
        return list(connection.scalars(text("SELECT clinic FROM erasure_clinic ORDER BY clinic")))


def _replay_clinic(
    scope: Scope, keys: Keys, clinic: str, records: list[Record], done: Replayed
) -> None:
    scope.connection.execute(select(func.set_config("leads.of_nobody", "on", True)))
    for record in records:
        remember(scope, clinic, [record.mark], record.at)
    erasure = tables.erasure
    known: dict[bytes, datetime] = {
        bytes(row.mark): row.at
        for row in scope.connection.execute(select(erasure).where(erasure.c.clinic == clinic))
    }
    done.known += len(known)
    if not known:
        return
    leads = _leads(scope, clinic)
    hold = tables.legal_hold
    scope.connection.execute(delete(hold).where(hold.c.clinic == clinic, hold.c.lead_id.in_(leads)))
    texts = _written(
        scope, keys, clinic, known, tables.reply, sender="sender", at="at", said=_texted
    )
    done.texts += len(texts)
    done.leads += erase_leads(scope, clinic, leads, why=PERSON, texts=texts)
    comments = _written(
        scope, keys, clinic, known, tables.comment, sender="writer", at="received_at", said=_wrote
    )
    done.comments += len(comments)
    erase_comments(scope, comments)


def _leads(scope: Scope, clinic: str) -> list[UUID]:
    lead, search, erasure = tables.lead.c, tables.lead_search.c, tables.erasure.c
    return list(
        scope.connection.scalars(
            select(lead.id)
            .join(
                tables.lead_search,
                (search.clinic == lead.clinic) & (search.lead_id == lead.id),
            )
            .join(tables.erasure, (erasure.clinic == search.clinic) & (erasure.mark == search.mark))
            .where(lead.clinic == clinic, lead.received_at <= erasure.at)
            .distinct()
        )
    )


def _written(
    scope: Scope,
    keys: Keys,
    clinic: str,
    known: dict[bytes, datetime],
    table: Table,
    *,
    sender: str,
    at: str,
    said: Any,
) -> list[UUID]:
    """Ids of comments or texts by somebody who is `known`; rows without a mark are opened."""
    column = table.c[sender]
    rows = scope.connection.execute(
        select(table).where(table.c.clinic == clinic, or_(column.in_(known), column.is_(None)))
    ).mappings()
    found = []
    for row in rows:
        by = [row[sender]] if row[sender] else said(keys, clinic, row)
        if any(mark in known and row[at] <= known[mark] for mark in by):
            found.append(row["id"])
    return found


def _texted(keys: Keys, clinic: str, row: Row) -> list[bytes]:
    return _marks(keys, clinic, (opened_text(keys.seal, row) or {}).get("from", ""))


def _wrote(keys: Keys, clinic: str, row: Row) -> list[bytes]:
    return _marks(keys, clinic, (opened_comment(keys.seal, row) or {}).get("email", ""))


def _marks(keys: Keys, clinic: str, typed: str) -> list[bytes]:
    person = Person.read(typed)
    return person.marks(keys.hash, clinic) if person else []
