"""A server that speaks as Twilio's messages API does, and fails as it is told to.

    python -m tests.providers.twilio_server --port 4010 [--ledger texts.jsonl] [--token secret]

Every text that it takes is one entry of an append-only ledger (`GET /_ledger`, and a JSON line
in the file).  Faults are used up one for each text, then all is well (`POST /_faults`
{"faults": ["lost", "ok", …]}):

    ok              201
    <number>        400 with that Twilio code       http-<status>   that status without a code
    busy            429 with Retry-After: 7         unavailable     503 with code 20503
    lost            takes it, and the answer never comes
    junk            takes it, and answers 201 with what is not JSON
    huge            takes it, and answers 201 with 100 MB
    huge-refusal    400 with 100 MB
    redirect        307 to /elsewhere               hang            takes it, answers after 30 s
    reset           closes without having read the request
"""

import argparse
import base64
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import uuid4

VERSION = "2010-04-01"
CHUNK = b" " * 65536


@dataclass
class Ledger:
    """What was taken, and the faults to come."""

    token: str = ""  # "": any
    file: Path | None = None
    faults: list[str] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)  # when each was taken, its words
    requests: list[dict[str, Any]] = field(default_factory=list)  # all, refused ones too
    shown: int = 0  # how often one text was asked for
    ignores_filters: bool = False  # lists every text, whoever is asked for
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> str:
        with self.lock:
            return self.faults.pop(0) if self.faults else "ok"

    def take(self, sid: str, form: dict[str, str]) -> dict[str, Any]:
        """Append a text; its resource as the API shows it."""
        text_sid = f"SM{uuid4().hex}"
        resource = {
            "account_sid": sid,
            "api_version": VERSION,
            "body": form["Body"],
            "date_created": format_datetime(datetime.now(UTC)),
            "date_sent": None,
            "date_updated": format_datetime(datetime.now(UTC)),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": text_sid,
            "status": "queued",
            "to": form["To"],
            "uri": f"/{VERSION}/Accounts/{sid}/Messages/{text_sid}.json",
        }
        with self.lock:
            self.texts.append(resource)
            self.times.append((time.time(), form["Body"]))
            if self.file is not None:
                with self.file.open("a") as lines:
                    lines.write(json.dumps({"at": datetime.now(UTC).isoformat()} | resource) + "\n")
        return resource


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for each answer
    ledger: Ledger

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/_ledger":
            self._answer(200, {"texts": self.ledger.texts, "requests": len(self.ledger.requests)})
        elif not (sid := self._account(parts.path)):
            return
        elif "/Messages/" in parts.path:
            self._show(parts.path.rpartition("/")[2].removesuffix(".json"))
        else:
            self._list(sid, {name: values[-1] for name, values in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path == "/_faults":
            self.ledger.faults[:] = json.loads(body)["faults"]
            self._answer(200, {})
            return
        form = dict(parse_qsl(body.decode()))
        self.ledger.requests.append({"path": self.path, **form})
        if sid := self._account(parts.path):
            self._create(sid, form)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass

    def _create(self, sid: str, form: dict[str, str]) -> None:
        fault = self.ledger.next_fault()
        if not form.get("To") or not form.get("Body"):
            self._refuse(400, 21604 if form.get("Body") else 21602)
        elif not form.get("From") and not form.get("MessagingServiceSid"):
            self._refuse(400, 21603)
        elif fault.isdigit():
            self._refuse(400, int(fault))
        elif fault == "busy":
            self._refuse(429, 20429, {"Retry-After": "7"})
        elif fault == "unavailable":
            self._refuse(503, 20503)
        elif fault.startswith("http-"):
            self._answer(int(fault.removeprefix("http-")), b"<h1>no</h1>")
        elif fault == "redirect":
            self._answer(307, b"", {"Location": "/elsewhere"})
        elif fault == "reset":
            self._cut()
        elif fault == "huge-refusal":
            self._flood(400)
        else:
            self._take(sid, form, fault)

    def _take(self, sid: str, form: dict[str, str], fault: str) -> None:
        resource = self.ledger.take(sid, form)
        match fault:
            case "lost":
                self._cut()
            case "junk":
                self._answer(201, b"<html>Created</html>")
            case "huge":
                self._flood(201)
            case "hang":
                self.ledger.over.wait(30)
                self._cut()
            case _:
                self._answer(201, resource)

    def _list(self, sid: str, query: dict[str, str]) -> None:
        """Newest first."""
        mine = [text for text in reversed(self.ledger.texts) if text["account_sid"] == sid]
        if (to := query.get("To")) and not self.ledger.ignores_filters:
            mine = [text for text in mine if text["to"] == to]
        size = min(int(query.get("PageSize", "50")), 1000)
        following = f"{self.path}&Page=1" if len(mine) > size else None
        listed = {"messages": mine[:size], "page": 0, "page_size": size}
        self._answer(200, listed | {"next_page_uri": following})

    def _show(self, sid: str) -> None:
        """One text, whoever's; an `error_code` and `status` are what a test has set."""
        self.ledger.shown += 1
        found = [text for text in self.ledger.texts if text["sid"] == sid]
        if found:
            self._answer(200, found[0])
        else:
            self._refuse(404, 20404)

    def _account(self, path: str) -> str | None:
        """The account of a known address with the right login; else None, and it is answered."""
        match path.split("/"):
            case ["", "2010-04-01", "Accounts", sid, "Messages.json"]:
                pass
            case ["", "2010-04-01", "Accounts", sid, "Messages", _]:
                pass
            case _:
                self._refuse(404, 20404)
                return None
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        user, _, token = base64.b64decode(given).decode().partition(":")
        if kind != "Basic" or user != sid or (self.ledger.token and token != self.ledger.token):
            self._refuse(401, 20003)
            return None
        return sid

    def _refuse(self, status: int, code: int, headers: dict[str, str] | None = None) -> None:
        body = {
            "code": code,
            "message": f"The request to '{self.path}' was refused",
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        self._answer(status, body, headers)

    def _answer(
        self, status: int, body: dict[str, Any] | bytes, headers: dict[str, str] | None = None
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _flood(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(100 * 2**20))
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(100 * 16):
                self.wfile.write(CHUNK)
        except OSError:  # it has heard enough
            return

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serving(ledger: Ledger, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """The server in a thread; gives its port."""
    handler = type("Handler", (_Handler,), {"ledger": ledger})
    server = _Server((host, port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        ledger.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="twilio_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, help="file for a JSON line for each text")
    parser.add_argument("--token", default="", help="the auth token to insist on")
    chosen = parser.parse_args(arguments)
    ledger = Ledger(token=chosen.token, file=chosen.ledger)
    handler = type("Handler", (_Handler,), {"ledger": ledger})
    with _Server((chosen.host, chosen.port), handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
