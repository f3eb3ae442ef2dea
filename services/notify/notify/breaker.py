"""Which providers are left alone for a while, because they took nothing lately.

    closed      takes messages
    open        failed `FAILURES` times within `WITHIN_S`: left alone for `OPEN_S`
    half open   after that one message tries it; what comes of it decides

The state is in rows, so that every process sees the same, and a restarted one too.  Each looks at
them once in `LOOK_S`.  A provider that answers at all (an address that does not exist) works.

What was put off need not wait for its time once a provider of its channel works again.
"""

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from notify import messages
from notify.tables import breaker as rows

FAILURES = 3
WITHIN_S = 20
OPEN_S = 15
LOOK_S = 1.0

Key = tuple[str, str]  # channel, provider's name


def failed(connection: Connection, key: Key, reason: str) -> None:
    """It did not take a message.  Opens the breaker, also after a try in vain."""
    fresh = rows.c.since > func.now() - timedelta(seconds=WITHIN_S)
    failures = case((fresh, rows.c.failures + 1), else_=1)
    tripped = (failures >= FAILURES) | rows.c.open_until.is_not(None)
    row = insert(rows).values(
        channel=key[0], provider=key[1], failures=1, since=func.now(), reason=reason
    )
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["channel", "provider"],
            set_={
                "failures": failures,
                "since": case((fresh, rows.c.since), else_=func.now()),
                "open_until": case((tripped, _in_open_s()), else_=rows.c.open_until),
                "reason": reason,
            },
        )
    )


def works(connection: Connection, key: Key) -> None:
    """It took a message, or answered that it never will: the others of its channel may come now."""
    if connection.execute(delete(rows).where(_is(key))).rowcount:
        messages.hurry(connection, key[0])


def opened(connection: Connection) -> Mapping[Key, str]:
    """Those that are left alone now, or wait for a try: (channel, provider) -> why."""
    found = connection.execute(select(rows).where(rows.c.open_until.is_not(None)))
    return {(row.channel, row.provider): row.reason for row in found}


class Breakers:
    """What one process knows of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Mapping[Key, str] = {}
        self._troubled: frozenset[Key] = frozenset()
        self._next_look = 0.0
        self._lock = threading.Lock()

    def lets_through(self, key: Key) -> bool:
        """May a message go there?  Of those that ask about a half-open one, one may."""
        self._look()
        return key not in self._known or self._may_try(key)

    def leaves_alone(self, key: Key) -> bool:
        """Is it open, or waiting for a try?"""
        self._look()
        return key in self._known

    def note(self, key: Key, *, reason: str | None) -> None:
        """What came of a message; `reason`: why it was not taken, None: it works."""
        self._look()
        if reason is None and key not in self._troubled:
            return  # the usual case costs nothing
        with self._engine.begin() as connection:
            if reason is None:
                works(connection, key)
            else:
                failed(connection, key, reason)
        self._next_look = 0.0

    def _may_try(self, key: Key) -> bool:
        with self._engine.begin() as connection:
            tries = connection.execute(
                update(rows)
                .where(_is(key), rows.c.open_until < func.now())
                .values(open_until=_in_open_s())
            )
        return tries.rowcount == 1

    def _look(self) -> None:
        with self._lock:
            if time.monotonic() < self._next_look:
                return
            self._next_look = time.monotonic() + LOOK_S
        with self._engine.begin() as connection:
            found = connection.execute(select(rows)).all()
        self._troubled = frozenset((row.channel, row.provider) for row in found)
        self._known = {
            (row.channel, row.provider): row.reason for row in found if row.open_until is not None
        }


def _is(key: Key) -> ColumnElement[bool]:
    return (rows.c.channel == key[0]) & (rows.c.provider == key[1])


def _in_open_s() -> ColumnElement[datetime]:
    return func.now() + timedelta(seconds=OPEN_S)
