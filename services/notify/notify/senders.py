"""Threads that send, some for each channel, so that a channel that hangs holds up no other."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from threading import Condition, Thread
from uuid import UUID

from notify.delivery import Delivery
from notify.providers import CHANNELS, SINK
from notify.wanted import Wanted

logger = logging.getLogger(__name__)

THREADS = 4  # for each channel
ROOM = 32  # messages of a clinic that may wait in a channel; the sweep brings back the others


Job = Callable[[], None]


class Senders:
    """Sends messages in threads of this process.  Starts none before the first message.

    Nothing is promised: a message that is here when the process dies is found by the sweep.
    """

    def __init__(self, delivery: Delivery, *, threads: int = THREADS) -> None:
        self._delivery = delivery
        self._lines = {channel: _Line(channel, threads) for channel in (*CHANNELS, SINK)}

    def send(self, wanted: Sequence[Wanted]) -> None:
        """Comes back at once.  What is here already is not added, nor what finds no room.

        Those for which threads are free are claimed together.
        """
        free = [one for one in wanted if len(wanted) > 1 and self._lines[one.channel].reserve(one)]
        begun = self._begin(free)
        for one in free:
            self._lines[one.channel].start(one, begun[one.id])
        for one in wanted:
            if one.id in begun:
                continue
            job = partial(self._delivery.send_new, one.id, one.channel)
            self._lines[one.channel].add(one, job)

    def _begin(self, free: Sequence[Wanted]) -> dict[UUID, Job]:
        """What is to be done for each of them."""
        try:
            begun = self._delivery.begin({one.id: one.channel for one in free}) if free else {}
        except Exception as error:  # each is looked at by itself, then
            logger.exception("messages not claimed", extra={"reason": type(error).__name__})
            begun = {}
        return {
            one.id: partial(self._delivery.go_on, begun[one.id])
            if one.id in begun
            else partial(self._delivery.send, one.id)
            for one in free
        }

    def close(self) -> None:
        """Waits for what is with a provider; the rest is left to others."""
        for line in self._lines.values():
            line.stop()
        for line in self._lines.values():
            line.join()


class _Line:
    """The messages of one channel, of each clinic in turn."""

    def __init__(self, channel: str, threads: int) -> None:
        self._channel = channel
        self._count = threads
        self._threads: list[Thread] = []
        self._claimed: deque[tuple[UUID, Job]] = deque()  # a thread is free for each
        self._waiting: dict[str, deque[tuple[UUID, Job]]] = {}  # by clinic, whose turn it is first
        self._here: set[UUID] = set()
        self._over = False
        self._changed = Condition()

    def reserve(self, wanted: Wanted) -> bool:
        """Keep a thread free for it until `start`; False: none is, or it is here already."""
        with self._changed:
            if self._over or wanted.id in self._here or len(self._here) >= self._count:
                return False
            self._here.add(wanted.id)
            return True

    def start(self, wanted: Wanted, job: Job) -> None:
        """Do it now: it was reserved."""
        with self._changed:
            self._claimed.append((wanted.id, job))
            self._call()

    def add(self, wanted: Wanted, job: Job) -> None:
        with self._changed:
            mine = self._waiting.setdefault(wanted.clinic, deque())
            if self._over or wanted.id in self._here or len(mine) >= ROOM:
                return
            mine.append((wanted.id, job))
            self._here.add(wanted.id)
            self._call()

    def _call(self) -> None:
        """A thread for what has just come."""
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
            message_id, job = turn
            try:
                job()
            except Exception as error:  # the sweep finds the row again
                fields = {"message_id": message_id, "reason": type(error).__name__}
                logger.exception("sending failed", extra=fields)
            finally:
                with self._changed:
                    self._here.discard(message_id)

    def _next(self) -> tuple[UUID, Job] | None:
        """What was claimed, or the oldest message of the clinic whose turn it is; None: it is over.

        What was claimed is sent even then: others would wait until its lease has lapsed.
        """
        with self._changed:
            while self._claimed or not self._over:
                if self._claimed:
                    return self._claimed.popleft()
                clinic = next((name for name, line in self._waiting.items() if line), None)
                if clinic is None:
                    self._waiting.clear()
                    self._changed.wait()
                    continue
                line = self._waiting.pop(clinic)
                turn = line.popleft()
                if line:
                    self._waiting[clinic] = line  # to the end
                return turn
            return None
