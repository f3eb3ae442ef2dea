"""A worker that takes nothing although something waits for it is ended, so that another starts.

After a broker came back, or with children that hang, a Celery worker can stay alive and take no
task any more: it looks well, and all that it should do is done by the slower ways.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from signal import SIGKILL

import redis
from billiard import active_children
from celery import signals

logger = logging.getLogger(__name__)

DEAF_AFTER_S = 35.0  # longer than any task may take (plumbing.broker): a busy worker is not deaf
LOOK_EVERY_S = 1.0
ENDED = 70  # the exit code: EX_SOFTWARE of sysexits.h


class Ears:
    """Notices how long a worker has taken nothing from queues that are not empty."""

    def __init__(
        self,
        waiting: Callable[[], bool],
        *,
        deaf_after_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting = waiting
        self._deaf_after_s = deaf_after_s
        self._clock = clock
        self.heard()

    def heard(self) -> None:
        self._heard_at = self._clock()

    def are_deaf(self) -> bool:
        """Look once.  Empty queues, and a broker that is away, are no reason to hear anything."""
        try:
            waiting = self._waiting()
        except redis.RedisError:
            waiting = False
        if not waiting:
            self.heard()
        return self._clock() - self._heard_at > self._deaf_after_s


def end_when_deaf(redis_url: str, queues: Sequence[str], *, deaf_after_s: float) -> None:
    """Watch this worker from a thread; children that hang are ended with it."""
    client = redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
    ears = Ears(lambda: any(client.llen(queue) for queue in queues), deaf_after_s=deaf_after_s)
    # Celery keeps weak references to receivers
    signals.task_received.connect(lambda **_: ears.heard(), weak=False)

    def watch() -> None:
        while not ears.are_deaf():
            time.sleep(LOOK_EVERY_S)
        logger.error("takes nothing although tasks wait: starts anew", extra={"queues": queues})
        for pid in [child.pid for child in active_children() if child.pid]:
            os.kill(pid, SIGKILL)
        os._exit(ENDED)  # whatever hangs here would wait for an orderly end

    threading.Thread(target=watch, daemon=True).start()
