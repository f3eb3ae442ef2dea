"""Files that are replaced as a whole or not at all."""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SYNC_EACH = 256  # up to so many one by one; above it one sync of all disks is quicker
SYNCS_AT_ONCE = 16  # a file system does what waits together in one go


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write `content` beside `path`, fsync it and move it into place, so readers see old or new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename in `path` survive a power cut."""
    _sync(path)


def sync_all(paths: Sequence[Path]) -> None:
    """Make files that were written, and folders, survive a power cut; at once, not in turn."""
    if len(paths) > SYNC_EACH:
        os.sync()
    elif paths:
        with ThreadPoolExecutor(min(len(paths), SYNCS_AT_ONCE)) as threads:
            list(threads.map(_sync, paths))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
