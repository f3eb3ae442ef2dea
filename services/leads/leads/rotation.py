"""Seal every stored value anew with the current key, while everything runs.

Every process reads all keys of its file, so a value may have any of them at any time.  Each is
replaced only if it is still what was read; whatever is sealed with the current key already is
passed over, so a rotation that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, tuple_, update

from leads import confirm, replies, tables, vault
from leads.comments import store as comments
from leads.scope import narrow
from leads.staff import links, second_factor
from plumbing.sealing import KeyRing, Unsealable, key_id_of

BATCH = 200

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One sealed column.  `context`: what its value is bound to, from the row's key columns."""

    table: Table
    key: tuple[str, ...]
    column: str
    context: Callable[[Row], str]
    of_clinic: bool = True  # only a transaction that names the clinic sees its rows
    of_nobody: bool = False  # some rows have "" for a clinic


def _of_lead(column: str, *, table: Table = tables.lead, key: str = "id") -> Sealed:
    return Sealed(
        table=table,
        key=("clinic", "id") if key == "id" else ("clinic", "id", key),
        column=f"{column}_sealed",
        context=lambda row: vault.context(row["clinic"], row[key], column),
    )


SEALED = (
    *(_of_lead(column) for column in vault.COLUMNS),
    _of_lead("note", table=tables.lead_event, key="lead_id"),
    Sealed(
        table=tables.lead_hold,
        key=("clinic", "lead_id"),
        column="confirm_sealed",
        context=lambda row: confirm.context(row["clinic"], row["lead_id"]),
    ),
    Sealed(
        table=tables.reply,
        key=("clinic", "id"),
        column="words_sealed",
        context=lambda row: replies.context(row["clinic"], row["id"]),
        of_nobody=True,
    ),
    Sealed(
        table=tables.comment,
        key=("clinic", "id"),
        column="words_sealed",
        context=lambda row: comments.context(row["clinic"], row["id"]),
    ),
    Sealed(
        table=tables.staff,
        key=("id",),
        column="totp_sealed",
        context=lambda row: second_factor.totp_context(row["id"]),
        of_clinic=False,
    ),
    Sealed(
        table=tables.sign_in_link,
        key=("token_hash",),
        column="totp_sealed",
        context=lambda row: links.context(row["token_hash"]),
        of_clinic=False,
    ),
)


@dataclass(slots=True)
class Progress:
    """`done` of `of` values; `unreadable` among them, which keep their old key."""

    of: int
    done: int = 0
    unreadable: int = 0


def rotate(engine: Engine, keys: KeyRing) -> Iterator[Progress]:
    """Seal what is not sealed with the current key anew; yields after each batch."""
    clinics = clinics_with_leads(engine)
    progress = Progress(of=sum(_left(engine, keys, clinics).values()))
    yield progress
    for sealed, clinic in _parts(clinics):
        after: tuple[Any, ...] | None = None
        while True:
            with engine.begin() as connection:
                see(connection, clinic)
                rows = _batch(connection, sealed, clinic, keys, after)
                for row in rows:
                    progress.unreadable += not _reseal(connection, sealed, row, keys)
            if not rows:
                break
            after = tuple(rows[-1][name] for name in sealed.key)
            progress.done += len(rows)
            yield progress


def named(engine: Engine) -> dict[str, int]:
    """Key id -> how many values are sealed with it."""
    counted: dict[str, int] = {}
    for sealed, clinic in _parts(clinics_with_leads(engine)):
        column = sealed.table.c[sealed.column]
        head = func.substr(column, 1, func.get_byte(column, 1) + 2)
        query = select(head, func.count()).where(column.is_not(None)).group_by(head)
        with engine.begin() as connection:
            see(connection, clinic)
            for start, count in connection.execute(query.where(*_mine(sealed, clinic))):
                key_id = key_id_of(start)
                counted[key_id] = counted.get(key_id, 0) + count
    return counted


def forget(engine: Engine, setting: str, key_id: str) -> None:
    """Let the services start without a key of `setting`: the caller knows that nothing names it."""
    known = tables.key_fingerprint
    with engine.begin() as connection:
        connection.execute(delete(known).where(known.c.name == setting, known.c.key_id == key_id))


def clinics_with_leads(engine: Engine) -> list[str]:
    """Also those that are in no clinic file any more."""
    with engine.begin() as connection:
        return list(connection.scalars(select(tables.lead_clinic.c.clinic).order_by("clinic")))


def _parts(clinics: list[str]) -> Iterator[tuple[Sealed, str]]:
    """Each column once for each clinic that it must be asked for."""
    for sealed in SEALED:
        nobody = [""] if sealed.of_nobody or not sealed.of_clinic else []
        for clinic in [*(clinics if sealed.of_clinic else []), *nobody]:
            yield sealed, clinic


def see(connection: Connection, clinic: str) -> None:
    if clinic:
        narrow(connection, [clinic])
    else:  # read by the policies of migration 0014
        connection.execute(select(func.set_config("leads.rotation", "on", True)))


def _mine(sealed: Sealed, clinic: str) -> list[Any]:
    return [sealed.table.c.clinic == clinic] if sealed.of_clinic else []


def _old(sealed: Sealed, keys: KeyRing) -> Any:
    column = sealed.table.c[sealed.column]
    return func.substr(column, 1, len(keys.head)) != keys.head


def _left(engine: Engine, keys: KeyRing, clinics: list[str]) -> dict[tuple[str, str, str], int]:
    left = {}
    for sealed, clinic in _parts(clinics):
        query = select(func.count()).select_from(sealed.table)
        with engine.begin() as connection:
            see(connection, clinic)
            left[sealed.table.name, sealed.column, clinic] = (
                connection.scalar(query.where(_old(sealed, keys), *_mine(sealed, clinic))) or 0
            )
    return left


def _batch(
    connection: Connection,
    sealed: Sealed,
    clinic: str,
    keys: KeyRing,
    after: tuple[Any, ...] | None,
) -> list[Any]:
    key = [sealed.table.c[name] for name in sealed.key]
    query = select(*key, sealed.table.c[sealed.column].label("value"))
    query = query.where(_old(sealed, keys), *_mine(sealed, clinic))
    if after:
        query = query.where(tuple_(*key) > after)
    return list(connection.execute(query.order_by(*key).limit(BATCH)).mappings())


def _reseal(connection: Connection, sealed: Sealed, row: Row, keys: KeyRing) -> bool:
    """False when the value cannot be opened: it stays as it is."""
    context = sealed.context(row)
    try:
        plain = keys.open(row["value"], context=context)
    except Unsealable:
        return False
    column = sealed.table.c[sealed.column]
    same = [sealed.table.c[name] == row[name] for name in sealed.key]
    connection.execute(
        update(sealed.table)
        .where(*same, column == row["value"])
        .values({sealed.column: keys.seal(plain, context=context)})
    )
    return True
