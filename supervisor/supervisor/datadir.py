"""The data folder of one copy: where everything lies, and who runs on it.

DataDirError        another copy runs on the folder, or it cannot be used
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class DataDirError(Exception):
    """The message is for the person at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One line of processes.json."""

    name: str
    pid: int
    port: int | None


class DataDir:
    """`root` and the folders in it, private to their owner.

    `root` itself may be entered by others: where PostgreSQL has to run as another user, it must
    get through to its own folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.postgres = root / "postgres"
        self.redis = root / "redis"
        self.sites = root / "sites"
        self.secrets = root / "secrets"
        self.run = root / "run"
        self.logs = root / "logs"
        self._lock_fd: int | None = None

    def take(self) -> None:
        """Create what is missing and lock it for this process; raises DataDirError.

        The lock ends with the process, however it ends.
        """
        try:
            self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
            for folder in (self.redis, self.sites, self.secrets, self.run, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._lock_fd = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataDirError(f"{error.filename}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(self._lock_fd, 20).decode("ascii", "replace").strip() or "unknown"
            raise DataDirError(
                f"another copy (pid {pid}) runs on {self.root}: stop it, or run with another "
                "DATA_DIR and PORT"
            ) from None
        os.ftruncate(self._lock_fd, 0)
        os.write(self._lock_fd, f"{os.getpid()}\n".encode("ascii"))

    def state(self, service: str) -> Path:
        folder = self.root / "state" / service
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def write_processes(self, running: Sequence[Running]) -> None:
        """Replace processes.json; the supervisor itself is added."""
        supervisor = Running(name="supervisor", pid=os.getpid(), port=None)
        rows = [
            {"name": one.name, "pid": one.pid, "port": one.port}
            for one in ([supervisor, *running] if running else [])
        ]
        replace_file(self.run / "processes.json", json.dumps(rows, indent=1) + "\n")

    def write_env(self, settings: Mapping[str, str]) -> None:
        """run/env: how a command finds the running copy."""
        lines = [f"{name}={value}\n" for name, value in sorted(settings.items())]
        replace_file(self.run / "env", "".join(lines))


def replace_file(path: Path, text: str) -> None:
    """Readers see the old text or the new one, never a part; for the owner's eyes only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
