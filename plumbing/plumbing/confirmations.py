"""Say in one message what was taken in the last moment, not in one for each event."""

import threading
from collections.abc import Callable, Iterable
from uuid import UUID

GATHER_S = 0.2  # well below the time after which the sender sends again
ENOUGH = 12  # said at once: a sender in a flood gives no more than 24 before it hears of some


class Confirmations:
    """Gathers ids and hands them to `send` together, `GATHER_S` after the first of them, or as soon
    as there are `ENOUGH`.

    What a process has gathered when it dies is lost and costs nothing: the sender sends those
    events again, and the copy is confirmed.  Connects to nothing and starts no thread before the
    first `add`, so it may be made before a fork.
    """

    def __init__(self, send: Callable[[list[UUID]], object]) -> None:
        self._send = send
        self._ids: list[UUID] = []
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def add(self, ids: Iterable[UUID]) -> None:
        with self._lock:
            self._ids += ids
            is_enough = len(self._ids) >= ENOUGH
            if self._ids and not is_enough and self._timer is None:
                self._timer = threading.Timer(GATHER_S, self._flush)
                self._timer.daemon = True
                self._timer.start()
        if is_enough:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            ids, self._ids = self._ids, []
            timer, self._timer = self._timer, None
        if timer:
            timer.cancel()
        if ids:
            self._send(ids)
