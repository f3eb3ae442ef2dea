"""Say in one message what was taken in the last moment, not in one for each event."""

import threading
from collections.abc import Callable, Iterable
from uuid import UUID

GATHER_S = 0.1  # well below the time after which the sender sends again


class Confirmations:
    """Gathers ids and hands them to `send` together, `GATHER_S` after the first of them.

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
            start = first and bool(self._ids)
        if start:
            timer = threading.Timer(GATHER_S, self._flush)
            timer.daemon = True
            timer.start()

    def _flush(self) -> None:
        with self._lock:
            ids, self._ids = self._ids, []
        self._send(ids)
