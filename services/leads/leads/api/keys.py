"""API keys: made once, shown once, kept as keyed hashes.

``fd_pub_…`` may stand in a page: it can create requests only, and from the listed origins only.
``fd_sec_…`` is for a server.  Both are of one clinic.
"""

import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from leads import tables
from leads.bounded import Bounded
from leads.scope import Scope, scoped
from plumbing.sealing import HashKey

PREFIXES = {"public": "fd_pub_", "secret": "fd_sec_"}
SECRET_BYTES = 24
KEPT_S = 5.0  # so long a key that was made or revoked may not be known yet
ANSWER_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`origins`: from where a public key may be used, like https://other.example; else ()."""

    id: UUID
    kind: str  # public, secret
    origins: tuple[str, ...]
    hash: bytes


class NotKnownNow(Exception):  # noqa: N818 - what the keys are
    """The database does not answer and the clinic's keys were never read."""


class Keys:
    """The keys of clinics, kept for a moment; the last known ones while the database is away."""

    def __init__(self, engine: Engine, hash_key: HashKey) -> None:
        self._engine = engine
        self._hash_key = hash_key
        self._bounded = Bounded(threads=2, seconds=ANSWER_S)
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, tuple[Key, ...]]] = {}

    def find(self, clinic: str, shown: str) -> Key | None:
        """The key of `clinic` that is shown as `shown`.  Raises NotKnownNow."""
        known = {key.hash: key for key in self.of(clinic)}
        for hash_key in self._hash_key.every:
            if key := known.get(digest(hash_key, shown)):
                if hash_key is not self._hash_key:
                    self._hash_anew(clinic, key, shown)
                return key
        return None

    def origins(self, clinic: str) -> frozenset[str]:
        """From where browsers may use any public key of `clinic`.  Raises NotKnownNow."""
        return frozenset(origin for key in self.of(clinic) for origin in key.origins)

    def of(self, clinic: str) -> tuple[Key, ...]:
        """Every key of `clinic` that is not revoked.  Raises NotKnownNow."""
        with self._lock:
            read_at, keys = self._kept.get(clinic, (float("-inf"), ()))
        if time.monotonic() - read_at < KEPT_S:
            return keys
        try:
            fresh = self._bounded.call(lambda: self._read(clinic))
        except (SQLAlchemyError, TimeoutError):
            if read_at == float("-inf"):
                raise NotKnownNow from None
            fresh = keys  # and the database is left alone for a moment
        with self._lock:
            self._kept[clinic] = (time.monotonic(), fresh)
        return fresh

    def _hash_anew(self, clinic: str, key: Key, shown: str) -> None:
        """Only while somebody shows it can it be hashed with our current key."""
        table = tables.api_key
        values = {"hash": digest(self._hash_key, shown), "hash_key": self._hash_key.key_id}

        def change() -> None:
            with scoped(self._engine, [clinic]) as scope:
                mine = (scope.own(table), table.c.id == key.id)
                scope.connection.execute(update(table).where(*mine).values(values))

        with suppress(SQLAlchemyError, TimeoutError):  # it is good as it is
            self._bounded.call(change)
            with self._lock:
                self._kept.pop(clinic, None)

    def _read(self, clinic: str) -> tuple[Key, ...]:
        with scoped(self._engine, [clinic]) as scope:
            return tuple(listed(scope))


def listed(scope: Scope) -> list[Key]:
    """The keys that are not revoked, oldest first."""
    key = tables.api_key
    rows = scope.connection.execute(
        select(key).where(scope.own(key), key.c.revoked_at.is_(None)).order_by(key.c.created_at)
    )
    return [
        Key(id=row.id, kind=row.kind, origins=tuple(row.origins), hash=row.hash) for row in rows
    ]


def make(scope: Scope, hash_key: HashKey, *, clinic: str, origins: tuple[str, ...]) -> str:
    """A new key of `clinic`, as it is shown once.  With `origins` a public one."""
    kind = "public" if origins else "secret"
    shown = PREFIXES[kind] + secrets.token_urlsafe(SECRET_BYTES)
    scope.connection.execute(
        tables.api_key.insert().values(
            id=uuid4(),
            clinic=clinic,
            kind=kind,
            hash=digest(hash_key, shown),
            hash_key=hash_key.key_id,
            origins=list(origins),
        )
    )
    return shown


def revoke(scope: Scope, key_id: UUID) -> bool:
    """False when there is no such key (any more)."""
    key = tables.api_key
    done = scope.connection.execute(
        update(key)
        .where(scope.own(key), key.c.id == key_id, key.c.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    return done.rowcount == 1


def digest(hash_key: HashKey, shown: str) -> bytes:
    return hash_key.digest("api key", shown)


def origin_of(typed: str) -> str | None:
    """`typed` as browsers send it (scheme, host, port unless it is the usual one), or None."""
    parts = urlsplit(typed.strip())
    try:
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}{'' if port in {None, usual} else f':{port}'}"
