"""Keep the signed document of approved comments in Redis: at every change, and every 15 s."""

import logging
import time
from collections.abc import Callable

import redis
from sqlalchemy import Engine

from contract.comments import REDIS_KEY
from leads.comments import store
from plumbing.documents import Publisher
from plumbing.signing import SigningKey

logger = logging.getLogger(__name__)

REPEAT_S = 15.0  # a flushed Redis lacks the document for this long at most


class CommentPublisher:
    """The relay's: `engine` is that of the background jobs' role, which sees what is approved."""

    def __init__(
        self,
        engine: Engine,
        *,
        redis_url: str,
        signing_key: SigningKey,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._publisher = Publisher(redis_url=redis_url, key=REDIS_KEY, signing_key=signing_key)
        self._clock = clock
        self._version: int | None = None
        self._published_at = 0.0

    def one_pass(self) -> bool:
        """Publish where it is due; True when Redis took it."""
        with self._engine.begin() as connection:
            version = store.version(connection)
            is_old = self._clock() - self._published_at >= REPEAT_S
            if version == self._version and not is_old:
                return False
            comments = store.approved(connection)
        try:
            self._publisher.publish(comments.to_json())
        except redis.RedisError as error:
            logger.warning("comments not published", extra={"reason": type(error).__name__})
            return False
        self._version, self._published_at = version, self._clock()
        return True
