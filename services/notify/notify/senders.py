"""Threads that send, some for each channel, so that a channel that hangs holds up no other."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID

from notify.delivery import Delivery
from notify.providers import CHANNELS

logger = logging.getLogger(__name__)

THREADS = 4  # for each channel
ROOM = 64  # messages of a channel that may wait here; the sweep brings back what finds no room


class Senders:
    """Sends messages in threads of this process.  Starts none before the first message.

    Nothing is promised: a message that is here when the process dies is found by the sweep.
    """

    def __init__(self, delivery: Delivery, *, threads: int = THREADS) -> None:
        self._delivery = delivery
        self._threads = threads
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._here: dict[str, set[UUID]] = {channel: set() for channel in CHANNELS}
        self._lock = Lock()

    def send(self, channel: str, message_ids: Iterable[UUID]) -> None:
        """Comes back at once.  What is here already is not added, nor what finds no room."""
        for message_id in message_ids:
            with self._lock:
                here = self._here[channel]
                if message_id in here or len(here) >= ROOM:
                    continue
                here.add(message_id)
                pool = self._pool(channel)
            pool.submit(self._send, channel, message_id)

    def close(self) -> None:
        """Waits for what is with a provider; the rest is left to others."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _pool(self, channel: str) -> ThreadPoolExecutor:
        if channel not in self._pools:
            name = f"send-{channel}"
            self._pools[channel] = ThreadPoolExecutor(self._threads, thread_name_prefix=name)
        return self._pools[channel]

    def _send(self, channel: str, message_id: UUID) -> None:
        try:
            self._delivery.send(message_id)
        except Exception as error:  # the sweep finds the row again
            fields = {"message_id": message_id, "reason": type(error).__name__}
            logger.exception("sending failed", extra=fields)
        finally:
            with self._lock:
                self._here[channel].discard(message_id)
