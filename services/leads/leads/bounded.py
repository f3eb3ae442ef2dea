"""Wait for something at most so long.

A frozen database answers nothing, not even an error: the server's own time-outs do not help then,
and the driver would wait for ever.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Bounded:
    """Runs calls in a few threads of its own; the caller stops waiting after `seconds`."""

    def __init__(self, *, threads: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="bounded")
        self._seconds = seconds

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises.  Raises TimeoutError: the outcome is then unknown."""
        future = self._pool.submit(work)
        try:
            return future.result(timeout=self._seconds)
        except TimeoutError:
            future.cancel()  # if it has not begun, it never will
            raise
