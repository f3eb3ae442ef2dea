"""A running copy: the very processes of `make run`, in a folder and on a port of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.servers import free_port
from tests.system.edge import Edge

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 120
STOPPED_WITHIN_S = 20  # with other tests beside it; how long it may take alone: tests/supervisor


@dataclass
class Copy(Edge):
    """One running copy."""

    data_dir: Path
    process: "subprocess.Popen[str]"

    def processes(self) -> dict[str, int]:
        """Name -> pid of what runs now."""
        raw = json.loads((self.data_dir / "run" / "processes.json").read_text())
        return {entry["name"]: entry["pid"] for entry in raw}

    def port_of(self, name: str) -> int:
        raw = json.loads((self.data_dir / "run" / "processes.json").read_text())
        return next(int(entry["port"]) for entry in raw if entry["name"] == name)

    def settings(self) -> dict[str, str]:
        lines = (self.data_dir / "run" / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def superuser_url(self, database: str = "leads") -> str:
        """The URL of `database` for a role that sees all of it."""
        password = (self.data_dir / "secrets" / "postgres_password").read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port_of('postgres')}/{database}"

    def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to the process of that name; its pid."""
        pid = self.processes()[name]
        os.kill(pid, number)
        return pid


def reference(answer: httpx.Response) -> str:
    """The reference that a 303 tells."""
    assert answer.status_code == 303, (answer.status_code, answer.text[:500])
    return answer.headers["Location"].split("ref=")[1].split("&")[0]


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll until `condition` holds; whether it did in time.  What cannot be asked does not hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    return False


@contextmanager
def running_copy(data_dir: Path, **environ: str) -> Iterator[Copy]:
    """Start a copy, wait for its ready line, stop it at the end with SIGTERM."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "supervisor", "run"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir)} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = _Output(process)
    try:
        output.wait_for("frontdesk: ready", seconds=READY_WITHIN_S)
        copy = Copy(port=port, data_dir=data_dir, process=process)
        yield copy
        copy.http.close()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            output.close()


class _Output:
    """Reads what the supervisor prints, so that its pipe never fills."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, line: str, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                found = None
            if found is None:
                raise AssertionError("not ready:\n" + "".join(self._lines[-80:]))
            if found.strip() == line:
                return

    def close(self) -> None:
        self._thread.join(5)
        if self._process.stdout:
            self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.append(line)
            del self._lines[:-2000]
            self._new.put(line)
        self._new.put(None)
