import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

FAKE_COPY = Path(__file__).with_name("fake_copy.py")
WEB = """
import http.server, os
class Ok(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Ok).serve_forever()
"""


def eventually(asked: Callable[[], bool], *, within_s: float = 15.0) -> None:
    """Returns as soon as `asked` says yes; fails when it has not in time."""
    deadline = time.monotonic() + within_s
    while not asked():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """A process that has ended and only waits to be collected counts as dead."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


class Copy:
    """A program under test, whose output goes to a file."""

    def __init__(self, argv: list[str], *, data: Path, env: dict[str, str] | None = None) -> None:
        self.data = data
        self._output = data.with_name(f"{data.name}-{time.monotonic_ns()}.output")
        with self._output.open("wb") as output:
            self.program = subprocess.Popen(
                argv, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
            )

    def output(self) -> str:
        return self._output.read_text()

    def wait_ready(self, *, within_s: float = 20.0) -> None:
        eventually(lambda: "\nfrontdesk: ready\n" in self.output(), within_s=within_s)

    def processes(self) -> dict[str, dict]:
        rows = json.loads((self.data / "run" / "processes.json").read_text())
        return {row["name"]: row for row in rows}

    def pid(self, name: str) -> int:
        return self.processes()[name]["pid"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.program.send_signal(number)
        return self.program.wait(12)


@pytest.fixture
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Copy]]:
    """start(table): a supervisor over fake programs; its children die with the test."""
    started: list[Copy] = []

    def begin(table: list[dict], *, data: Path | None = None) -> Copy:
        data = data or tmp_path / "data"
        rows = tmp_path / f"table-{len(started)}.json"
        rows.write_text(json.dumps(table))
        copy = Copy([sys.executable, str(FAKE_COPY), str(data), str(rows)], data=data)
        started.append(copy)
        return copy

    yield begin
    for copy in started:
        with suppress(ProcessLookupError):
            copy.program.kill()
        copy.program.wait()
