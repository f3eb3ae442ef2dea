"""Refuse to work with a key that is not the one that rows were written with.

Each key is remembered in the database by its id and a fingerprint (an HMAC: it says nothing of
the key).  A key file that was lost and made anew, or has lost a line, would otherwise go
unnoticed until somebody opens an old row.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, DateTime, Engine, MetaData, Row, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from contract.env import SettingsError
from plumbing.sealing import HashKey, KeyRing

logger = logging.getLogger(__name__)


def fingerprint_table(metadata: MetaData) -> Table:
    return Table(
        "key_fingerprint",
        metadata,
        Column("name", Text, primary_key=True),
        Column("key_id", Text, primary_key=True),
        Column("fingerprint", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


def refuse_changed_keys(
    engine: Engine, table: Table, keys: Mapping[str, KeyRing | HashKey]
) -> None:
    """Raises SettingsError when a key is missing or another one.  `keys`: by the setting's name.

    A database that does not answer is no reason not to start: then nothing is checked.
    """
    given = {name: key.fingerprints for name, key in keys.items()}
    rows = [
        {"name": name, "key_id": key_id, "fingerprint": fingerprint}
        for name, known in given.items()
        for key_id, fingerprint in known.items()
    ]
    try:
        with engine.begin() as connection:  # refused: what was just written is forgotten again
            connection.execute(insert(table).on_conflict_do_nothing(), rows)
            remembered = connection.execute(select(table).where(table.c.name.in_(given))).all()
            if problems := _problems(remembered, given):
                raise SettingsError(problems)
    except OperationalError as error:
        logger.warning("keys not checked", extra={"reason": type(error).__name__})


def _problems(remembered: Sequence[Row[Any]], given: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{row.name}: {_what_is_wrong(row.key_id, given[row.name])}: rows are written with it. "
        "Put the old key file back, or take it from the recovery sheet"
        for row in remembered
        if given[row.name].get(row.key_id) != row.fingerprint
    ]


def _what_is_wrong(key_id: str, given: Mapping[str, str]) -> str:
    return f"the key {key_id} is not what it was" if key_id in given else f"lacks the key {key_id}"
