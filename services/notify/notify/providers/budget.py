"""What one call to a provider may cost us, however the other side behaves."""

import time


class Budget:
    """Seconds from now, and bytes read.  A server that drips or never ends uses it up.

    Both ways to ask raise TimeoutError when it is spent.
    """

    def __init__(self, *, seconds: float, size: int) -> None:
        self._until = time.monotonic() + seconds
        self._size = size

    def seconds(self, at_most: float) -> float:
        """How long the next step may take: more than 0, at most `at_most`."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this call is over")
        return min(left, at_most)

    def take(self, size: int) -> None:
        """`size` bytes were read."""
        self._size -= size
        if self._size < 0:
            raise TimeoutError("the answer does not end")
