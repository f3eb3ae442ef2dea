"""Threads that send, some for each channel, so that a channel that hangs holds up no other."""

import logging
from collections import deque
from threading import Condition, Thread
from uuid import UUID

from notify.delivery import Delivery
from notify.providers import CHANNELS, SINK

logger = logging.getLogger(__name__)

THREADS = 4  # for each channel
ROOM = 32  # messages of a clinic that may wait in a channel; the sweep brings back the others


class Senders:
    """Sends messages in threads of this process.  Starts none before the first message.

    Nothing is promised: a message that is here when the process dies is found by the sweep.
    """

    def __init__(self, delivery: Delivery, *, threads: int = THREADS) -> None:
        self._lines = {channel: _Line(channel, delivery, threads) for channel in (*CHANNELS, SINK)}

    def send(self, channel: str, message_id: UUID, clinic: str) -> None:
        """Comes back at once.  What is here already is not added, nor what finds no room."""
        self._lines[channel].add(message_id, clinic)

    def close(self) -> None:
        """Waits for what is with a provider; the rest is left to others."""
        for line in self._lines.values():
            line.stop()
        for line in self._lines.values():
            line.join()


class _Line:
    """The messages of one channel, of each clinic in turn."""

    def __init__(self, channel: str, delivery: Delivery, threads: int) -> None:
        self._channel = channel
        self._delivery = delivery
        self._count = threads
        self._threads: list[Thread] = []
        self._waiting: dict[str, deque[UUID]] = {}  # by clinic, whose turn it is first
        self._here: set[UUID] = set()
        self._over = False
        self._changed = Condition()

    def add(self, message_id: UUID, clinic: str) -> None:
        with self._changed:
            mine = self._waiting.setdefault(clinic, deque())
            if self._over or message_id in self._here or len(mine) >= ROOM:
                return
            mine.append(message_id)
            self._here.add(message_id)
            if len(self._threads) < min(self._count, len(self._here)):
                name = f"send-{self._channel}"
                self._threads.append(Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (turn := self._next()) is not None:
            clinic, message_id = turn
            try:
                self._delivery.send_new(message_id, channel=self._channel, clinic=clinic)
            except Exception as error:  # the sweep finds the row again
                fields = {"message_id": message_id, "reason": type(error).__name__}
                logger.exception("sending failed", extra=fields)
            finally:
                with self._changed:
                    self._here.discard(message_id)

    def _next(self) -> tuple[str, UUID] | None:
        """The next clinic and its oldest message; None: it is over."""
        with self._changed:
            while not self._over:
                clinic = next((name for name, line in self._waiting.items() if line), None)
                if clinic is None:
                    self._waiting.clear()
                    self._changed.wait()
                    continue
                line = self._waiting.pop(clinic)
                message_id = line.popleft()
                if line:
                    self._waiting[clinic] = line  # to the end
                return clinic, message_id
            return None
