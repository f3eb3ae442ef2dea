"""The real Caddy with the configuration of production, and a stand-in for leads."""

import http.client
import os
import shutil
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.servers import free_port

EDGE = Path(__file__).parents[2] / "edge"
CADDY = shutil.which("caddy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")


class Answer:
    """Status, headers and body of one request on a connection of its own."""

    def __init__(self, raw: http.client.HTTPResponse) -> None:
        self.status = raw.status
        self.headers = raw.headers
        self.raw = raw.read()
        self.text = self.raw.decode(errors="replace")


class Leads(BaseHTTPRequestHandler):
    """Answers like leads would: the status that the query asks for."""

    def do_POST(self) -> None:
        if "Content-Length" not in self.headers:
            self._chunks()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = int(self.path.partition("?")[2] or 200)
        seen = f"{len(body)} {self.headers.get('X-Forwarded-For')} {self.headers.get('X-Real-IP')}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(seen)))
        self.end_headers()
        self.wfile.write(seen.encode())

    def _chunks(self) -> None:
        """Says nothing before the last chunk is there, as a server that reads a form whole."""
        while (head := self.rfile.readline()) != b"0\r\n":
            if not head:  # the edge gave up
                self.close_connection = True
                return
            self.rfile.read(int(head, 16) + 2)
        self.rfile.readline()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Edge:
    def __init__(self, sites: Path, folder: Path, *, tls: str = "off", memory: str = "off") -> None:
        """`memory`: what Go is told to keep to, as it is by a container's limit."""
        self.port, self.leads_port = free_port(), free_port()
        self.log = folder / "caddy.log"
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "EDGE_HTTP_PORT": str(self.port),
            "EDGE_BIND": "127.0.0.1",
            "EDGE_TLS": tls,
            "EDGE_HTTPS_PORT": str(free_port()),
            "SITES_DIR": str(sites),
            "CONTENT_ADDR": f"127.0.0.1:{free_port()}",
            "LEADS_ADDR": f"127.0.0.1:{self.leads_port}",
            "NOTIFY_ADDR": f"127.0.0.1:{free_port()}",
            "GOMEMLIMIT": memory,
        }
        assert CADDY is not None
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", EDGE / "run.py", CADDY, EDGE / "Caddyfile"],
                env=environ,
                stdout=log,
                stderr=log,
            )

    def ask(
        self,
        host: str | None,
        path: str = "/",
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": host} if host is not None else {}).items():
            connection.putheader(name, value)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def wait(self, host: str, status: int, *, path: str = "/", seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.ask(host, path).status == status:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        pytest.fail(f"{host}{path} did not answer {status}")
