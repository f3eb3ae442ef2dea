"""A claimed message stays ours for as long as the call to the provider is open, and no longer."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from notify import attempts

logger = logging.getLogger(__name__)

AT_MOST_S = 30.0  # no call takes longer: one that does hangs for good, and others must take over


class Leases:
    """Renews the leases of all open calls of this process, three times in a lease's length.

    A process that dies or is frozen renews nothing, so its leases lapse within `lease_s`.
    """

    def __init__(self, engine: Engine, *, lease_s: float) -> None:
        """Starts no thread before the first call."""
        self._engine = engine
        self._lease_s = lease_s
        self._open: dict[tuple[UUID, int], float] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def held(self, message_id: UUID, attempt_no: int) -> Iterator[None]:
        """While it lasts the attempt's lease does not lapse, for `AT_MOST_S`."""
        call = (message_id, attempt_no)
        with self._lock:
            self._open[call] = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._open[call]

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._lease_s / 3):
            with self._lock:
                since = time.monotonic() - AT_MOST_S
                calls = [call for call, began in self._open.items() if began > since]
            if calls:
                self._renew(calls)

    def _renew(self, calls: list[tuple[UUID, int]]) -> None:
        try:
            with self._engine.begin() as connection:
                attempts.renew(connection, calls, lease_s=self._lease_s)
        except SQLAlchemyError as error:
            logger.warning("leases not renewed", extra={"reason": type(error).__name__})
