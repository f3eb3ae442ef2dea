"""Wake whoever waits for rows, once they are committed (LISTEN/NOTIFY).

A NOTIFY inside of the transaction would come by itself, but PostgreSQL lets only one transaction
that has one end at a time in the whole server, and it waits for the disk meanwhile: 160 commits a
second where a write to disk takes 6 ms, however many connections there are.  So it is said
afterwards, when the connection goes back to its pool, in a transaction that writes nothing.

Only a way to look sooner: what a process that dies in between has not said is found by the next
sweep, and who is woken for a transaction that was rolled back finds nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from plumbing.gathered import Writes

logger = logging.getLogger(__name__)

_WAKES = "wakes"  # in a pooled connection's info: channel -> payloads, each once
_SAY = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"


def say(connection: Writes, channel: str, payload: str = "") -> None:
    """Wake those who wait on `channel` once the caller's connection is given back."""
    connection.info.setdefault(_WAKES, {}).setdefault(channel, {})[payload] = None


def hear(engine: Engine, channel: str, told: Callable[[list[str]], None]) -> None:
    """`told` gets the payloads of `channel` that this process says, and nobody else does."""

    def here(_connection: object, record: Any) -> None:
        if payloads := record.info.get(_WAKES, {}).pop(channel, None):
            told(list(payloads))

    event.listen(engine, "checkin", here, insert=True)


def pace(engine: Engine, channel: str, *, every_s: float) -> None:
    """This process says no more than one word on `channel` in `every_s`.

    For a channel whose listener lets longer than that pass, once woken, before it looks: it finds
    what was committed meanwhile without a word.
    """
    due = 0.0
    lock = threading.Lock()

    def here(_connection: object, record: Any) -> None:
        nonlocal due
        wakes = record.info.get(_WAKES, {})
        if channel not in wakes:
            return
        with lock:
            if (now := time.monotonic()) >= due:
                due = now + every_s
                return
        del wakes[channel]

    event.listen(engine, "checkin", here, insert=True)


def say_all(connection: psycopg.Connection | None, record: Any) -> None:
    """For a pool's "checkin".  `connection` is None when it broke."""
    wakes = record.info.pop(_WAKES, None)
    if not wakes or connection is None:
        return
    try:
        connection.autocommit = True
        for channel, payloads in wakes.items():
            connection.execute(_SAY, [channel, list(payloads)])
        connection.autocommit = False
    except psycopg.Error as error:
        logger.warning("nobody woken", extra={"reason": type(error).__name__})
        record.invalidate(error)  # whoever takes it next must not find it committing by itself
