"""Records that wait on this host's own disk until somebody can take them: a folder of sealed files.

A record is there once its file and its folder are fsynced.  It is sealed for its own file name,
so a record that was cut, changed or renamed does not open.  Records are taken oldest first; one
that cannot be opened or taken is set aside in ``aside/`` and stays there until a person looks.

    SpoolFull (OSError) the disk has less than `KEEP_FREE_BYTES` left
    Poison              raised by the one who takes: this record can never be taken
"""

import contextlib
import errno
import fcntl
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from plumbing.files import replace_file, sync_folder
from plumbing.sealing import KeyRing, Unsealable, key_id_of

logger = logging.getLogger(__name__)

SUFFIX = ".record"
KEEP_FREE_BYTES = 16 * 1024 * 1024  # a database on the same disk needs room to come back
TORN_AFTER_S = 60.0  # a half-written file this old was left by a process that died
UNREADABLE = "unreadable"


class SpoolFull(OSError):  # noqa: N818 - what the disk is
    """Nothing more is taken."""


class Poison(Exception):  # noqa: N818 - what the record is
    """`reason`: one word for the file's name and the log, nothing of what is in the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many records wait, since when (s; 0 when none does), and how many were set aside."""

    waiting: int
    oldest_s: float
    aside: int


class Spool:
    """One folder.  Any number of processes may write; one at a time drains."""

    def __init__(
        self, folder: Path, keys: KeyRing, *, keep_free_bytes: int = KEEP_FREE_BYTES
    ) -> None:
        self._folder = folder
        self._aside = folder / "aside"
        self._keys = keys
        self._keep_free_bytes = keep_free_bytes

    def write(self, plain: bytes) -> None:
        """Durable when this returns.  Raises OSError: then it may be there or not."""
        self._folder.mkdir(parents=True, exist_ok=True)
        free = os.statvfs(self._folder)
        if free.f_bavail * free.f_frsize < self._keep_free_bytes + len(plain):
            raise SpoolFull(errno.ENOSPC, "the spool's disk is full")
        name = f"{time.time_ns():020d}-{uuid4()}{SUFFIX}"
        replace_file(self._folder / name, self._keys.seal(plain, context=_context(name)))

    def drain(self, take: Callable[[bytes], None]) -> int:
        """Hand every waiting record to `take`, oldest first; how many were taken.

        A record is removed after `take` has returned, so it may come twice.  Where `take` raises
        Poison the record is set aside; whatever else it raises ends the pass and the record waits.
        Does nothing while another process drains.
        """
        taken = 0
        with self._alone() as alone:
            if alone:
                self._set_torn_aside()
                for path in self._records():
                    taken += self._hand_over(path, take)
        return taken

    def standing(self) -> Standing:
        records = self._records()
        oldest = int(records[0].name.partition("-")[0]) if records else time.time_ns()
        return Standing(
            waiting=len(records),
            oldest_s=max(0.0, (time.time_ns() - oldest) / 1e9),
            aside=len(self.set_aside()),
        )

    def set_aside(self) -> list[Path]:
        """The records that nobody could take, oldest first; their names end in the reason."""
        return sorted(self._aside.iterdir()) if self._aside.is_dir() else []

    def put_back(self) -> int:
        """Let every record that was set aside be tried again; how many those were."""
        paths = self.set_aside()
        for path in paths:
            path.replace(self._folder / f"{path.name.partition(SUFFIX)[0]}{SUFFIX}")
        if paths:
            sync_folder(self._folder)
        return len(paths)

    def discard(self, unwanted: Callable[[bytes], bool]) -> int:
        """Delete those that were set aside, can be opened and are `unwanted`; how many.

        Those that wait are left: whoever drains sees to them.
        """
        gone = 0
        with self._alone() as alone:
            for path in self.set_aside() if alone else []:
                name = f"{path.name.partition(SUFFIX)[0]}{SUFFIX}"
                try:
                    plain = self._keys.open(path.read_bytes(), context=_context(name))
                except Unsealable:
                    continue
                if unwanted(plain):
                    path.unlink()
                    gone += 1
        return gone

    def named(self) -> Counter[str]:
        """Key id -> how many records, waiting or set aside, are sealed with it."""
        counted: Counter[str] = Counter()
        for path in [*self._records(), *self.set_aside()]:
            with contextlib.suppress(OSError, Unsealable), path.open("rb") as file:
                counted[key_id_of(file.read(2 + 255))] += 1
        return counted

    def _hand_over(self, path: Path, take: Callable[[bytes], None]) -> int:
        try:
            take(self._keys.open(path.read_bytes(), context=_context(path.name)))
        except Unsealable:
            self._move_aside(path, UNREADABLE)
            return 0
        except Poison as poison:
            self._move_aside(path, poison.reason)
            return 0
        path.unlink()
        return 1

    def _set_torn_aside(self) -> None:
        for path in self._folder.glob(f".*{SUFFIX}.*"):
            if time.time() - path.stat().st_mtime > TORN_AFTER_S:
                self._move_aside(path, UNREADABLE)

    def _move_aside(self, path: Path, reason: str) -> None:
        self._aside.mkdir(exist_ok=True)
        path.replace(self._aside / f"{path.name.lstrip('.')}.{reason}")
        sync_folder(self._aside)
        logger.error("record set aside", extra={"reason": reason, "path": path.name})

    def _records(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"[0-9]*{SUFFIX}"))

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def _context(name: str) -> str:
    return f"spool/{name}"
