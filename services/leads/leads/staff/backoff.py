"""Slow down guessing, account by account and address by address.

A stranger who guesses makes only his own address wait: the owner, elsewhere, still gets in.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, text

from leads import tables

FREE_TRIES = 5
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900
FORGOTTEN_AFTER = timedelta(days=1)

_WAIT = f"make_interval(secs => least({FIRST_WAIT_S} * 2 ^ (least(t.failures, 20) - {FREE_TRIES}), {LONGEST_WAIT_S}))"  # noqa: E501
_MUST_WAIT = f"(t.failures >= {FREE_TRIES} AND t.last_at + {_WAIT} > now())"
_COUNT = text(
    f"""
    INSERT INTO sign_in_try AS t (key, failures, last_at) VALUES (:key, 1, now())
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN t.last_at < now() - interval '1 day' THEN 1 ELSE t.failures + 1 END,
        last_at = now()
    WHERE NOT {_MUST_WAIT}
    RETURNING t.failures
    """  # noqa: S608 - constants of this file
)
_LEFT = text(
    f"SELECT extract(epoch FROM t.last_at + {_WAIT} - now()) FROM sign_in_try AS t WHERE key = :key"  # noqa: S608 - same
)


@dataclass(frozen=True, slots=True)
class Wait:
    """No try is looked at for so long."""

    seconds: int


def count_try(connection: Connection, key: bytes) -> Wait | None:
    """Count a try before it is looked at, so that many at once do not slip through; or wait."""
    if connection.execute(_COUNT, {"key": key}).one_or_none():
        return None
    return Wait(max(1, int(connection.scalar(_LEFT, {"key": key}) or 0)))


def forget_tries(connection: Connection, key: bytes) -> None:
    """Forget those of `key`, and all that are too old to count."""
    tried = tables.sign_in_try
    old = tried.c.last_at < func.now() - FORGOTTEN_AFTER
    connection.execute(delete(tried).where((tried.c.key == key) | old))
