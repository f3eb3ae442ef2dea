"""One whole, signed document in Redis: one service publishes it, others keep the last good copy.

Redis is not trusted: a reader takes a document only with a valid signature and a version that is
not lower than the last one it took, and keeps it on disk, so that it works on without Redis.
"""

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import redis

from plumbing.files import replace_file
from plumbing.signing import Forged, SigningKey, VerifyKeys

logger = logging.getLogger(__name__)
T = TypeVar("T")

REDIS_TIMEOUT_S = 0.5  # a frozen Redis costs a reader this much of its own thread, nobody's wait
MAX_BYTES = 16 * 1024 * 1024


def redis_client(url: str) -> redis.Redis:
    """A client that never waits long and never retries: Redis only makes things faster."""
    return redis.Redis.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry_on_timeout=False,
        retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
    )


def signed(body: dict[str, Any], key: SigningKey) -> bytes:
    """`body` (with its "version") as signed bytes."""
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    envelope = {"key": key.key_id, "payload": payload, "signature": key.sign(payload.encode())}
    return json.dumps(envelope).encode()


def verified(raw: bytes, keys: VerifyKeys) -> dict[str, Any]:
    """The body of a signed document.  Raises Forged."""
    if len(raw) > MAX_BYTES:
        raise Forged(f"over {MAX_BYTES} bytes")
    try:
        envelope = json.loads(raw)
        payload = str(envelope["payload"])
        keys.verify(str(envelope["key"]), payload.encode(), str(envelope["signature"]))
        body = json.loads(payload)
    except (ValueError, KeyError, TypeError):
        raise Forged("not a signed document") from None
    if not isinstance(body, dict) or not isinstance(body.get("version"), int):
        raise Forged("a document without a version")
    return body


def _not_older(version: int, taken: int) -> None:
    if version < taken:
        raise Forged(f"version {version} after {taken}")


class Publisher:
    """Puts one document into Redis; call `publish` again whenever it may be missing there."""

    def __init__(self, *, redis_url: str, key: str, signing_key: SigningKey) -> None:
        self._redis = redis_client(redis_url)
        self._key = key
        self._signing_key = signing_key

    def publish(self, body: dict[str, Any]) -> None:
        """Raises redis.RedisError when Redis does not take it: try again later."""
        self._redis.set(self._key, signed(body, self._signing_key))


class Reader(Generic[T]):
    """The newest valid version of a document, refreshed by a thread of its own.

    `current` is None until a first copy was found in Redis or on disk.
    """

    def __init__(
        self,
        *,
        redis_url: str,
        key: str,
        keys: VerifyKeys,
        parse: Callable[[dict[str, Any]], T],
        copy: Path,
    ) -> None:
        self._redis = redis_client(redis_url)
        self._key = key
        self._keys = keys
        self._parse = parse
        self._copy = copy
        self._version = 0
        self._raw = b""
        self.current: T | None = None
        self._load_copy()

    def start(self, every_s: float = 2.0) -> None:
        """Refresh now and then for as long as the process lives."""
        threading.Thread(target=self._keep_fresh, args=(every_s,), daemon=True).start()

    def refresh(self) -> None:
        """Look into Redis once; whatever is wrong there, `current` stays usable."""
        try:
            raw = self._redis.get(self._key)
        except redis.RedisError:
            return
        if isinstance(raw, bytes) and raw != self._raw and self._take(raw):
            replace_file(self._copy, raw)

    def _keep_fresh(self, every_s: float) -> None:
        pause = threading.Event()
        while True:
            try:
                self.refresh()
            except Exception:  # the thread must outlive whatever a document or a disk does
                logger.exception("document not refreshed")
            pause.wait(every_s)

    def _load_copy(self) -> None:
        if os.path.lexists(self._copy):
            self._take(self._copy.read_bytes())

    def _take(self, raw: bytes) -> bool:
        try:
            body = verified(raw, self._keys)
            _not_older(body["version"], self._version)
            self.current = self._parse(body)
        except (Forged, ValueError, KeyError, TypeError) as error:
            logger.error("document refused", extra={"reason": str(error)})  # noqa: TRY400 - no traceback: it may hold the document
            return False
        self._version, self._raw = body["version"], raw
        return True
