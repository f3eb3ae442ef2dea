"""Say in one message what was taken in the last moment, not in one for each event."""

import threading
from collections.abc import Callable, Iterable
from uuid import UUID

GATHER_S = 0.25  # well below the time after which the sender sends again
ENOUGH = 8  # ids: the sender has no more than some under way, and waits for room


class Confirmations:
    """Gathers ids and hands them to `send` together, `GATHER_S` after the first of them, or once
    there are enough.

    What a process has gathered when it dies is lost and costs nothing: the sender sends those
    events again, and the copy is confirmed.  Connects to nothing and starts no thread before the
    first `add`, so it may be made before a fork.
    """

    def __init__(self, send: Callable[[list[UUID]], object]) -> None:
        self._send = send
        self._ids: list[UUID] = []
        self._lock = threading.Lock()

    def add(self, ids: Iterable[UUID]) -> None:
        with self._lock:
            first = not self._ids
            self._ids += ids
            count = len(self._ids)
        if count >= ENOUGH:
            self._flush()
        elif first and count:
            timer = threading.Timer(GATHER_S, self._flush)
            timer.daemon = True
            timer.start()

    def _flush(self) -> None:
        with self._lock:
            ids, self._ids = self._ids, []
        if ids:
            self._send(ids)
