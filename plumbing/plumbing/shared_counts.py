"""How often something happened in the last minute, counted by all processes of a host together.

A file that they map into memory; no name of anything is in it, only counts at places that a keyed
hash points to.  Two places are counted for each key and the smaller one is believed, so that keys
which meet at one place do not add up (a count-min sketch).  What was counted in the minute before
weighs as much as of that minute is still within the last sixty seconds.
"""

import fcntl
import hashlib
import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

PLACES = 32768  # of each of the two rows; the file has 768 KiB
MINUTE_S = 60
_PLACE = struct.Struct("<III")  # minute, count in it, count in the one before
_SIZE = 2 * PLACES * _PLACE.size


class SharedCounts:
    """Counts; without `file`, or where it cannot be opened, of this process alone."""

    def __init__(
        self, file: Path | None, *, key: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._handle = _opened(file) if file else -1
        self._memory = mmap.mmap(self._handle, _SIZE)

    def in_last_minute(self, *name: str) -> float:
        return self._ask(name, add=0, at_most=float("inf"))

    def count(self, *name: str, at_most: float = float("inf")) -> float:
        """Count one more unless there were `at_most` already; how many there are now.

        More than `at_most` means: refused, and not counted, so a stream that is too fast goes on
        at the speed that is allowed.
        """
        return self._ask(name, add=1, at_most=at_most)

    def _ask(self, name: tuple[str, ...], *, add: int, at_most: float) -> float:
        now = self._clock()
        minute, passed = int(now // MINUTE_S), now % MINUTE_S / MINUTE_S
        with self._alone():
            places = [(offset, *self._read(offset, minute)) for offset in self._offsets(name)]
            there = min(count + before * (1 - passed) for _, count, before in places) + add
            if there <= at_most:
                for offset, count, before in places:
                    _PLACE.pack_into(self._memory, offset, minute, count + add, before)
        return there

    def _offsets(self, name: tuple[str, ...]) -> Iterator[int]:
        digest = hashlib.blake2b("\0".join(name).encode(), key=self._key[:64], digest_size=8)
        first, second = struct.unpack("<II", digest.digest())
        yield first % PLACES * _PLACE.size
        yield (PLACES + second % PLACES) * _PLACE.size

    def _read(self, offset: int, minute: int) -> tuple[int, int]:
        """(count in `minute`, count in the one before)."""
        then, count, before = _PLACE.unpack_from(self._memory, offset)
        if then == minute:
            return count, before
        return 0, count if then == minute - 1 else 0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            if self._handle < 0:
                yield
                return
            fcntl.lockf(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._handle, fcntl.LOCK_UN)


def _opened(file: Path) -> int:
    """A handle of `file` in its full size; -1, which maps memory without a file."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(handle).st_size != _SIZE:
            os.ftruncate(handle, _SIZE)
    except OSError as error:
        logger.warning("counts of one process alone", extra={"reason": type(error).__name__})
        return -1
    return handle
