"""A real SMTP server that keeps what it gets, and fails as it is told to.

    python -m tests.providers.smtp_sink --port 2525 [--out mail.jsonl] [--faults lost,ok,busy]

Each message it takes is one JSON line.  Faults are used up one for each message, then all is
well:

    ok          takes it
    no-mailbox  550 5.1.1 to the recipient          policy    554 5.7.1 to the message
    busy        451 4.3.0 to the recipient          later     450 4.7.1 to the message
    closing     421 to the message                  sender    550 to the sender
    lost        takes it, and the answer never comes
    cut         closes the connection in the middle of the message
"""

import argparse
import asyncio
import json
import signal
import ssl
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import free_port


@dataclass
class Sink:
    """The handler: a ledger of what was taken, and the faults to come."""

    faults: list[str] = field(default_factory=list)
    out: TextIO | None = None
    taken: list[Envelope] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    commands: int = 0

    def mails(self) -> list[EmailMessage]:
        """No property: aiosmtpd looks at all attributes of its handler for each connection."""
        return [read(envelope) for envelope in self.taken]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.connections.add(id(session))
        self.commands += 1
        if self._due("sender"):
            return "550 5.1.8 sender is not welcome"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._due("no-mailbox"):
            return f"550 5.1.1 <{address}>: user unknown"
        if self._due("busy"):
            return "451 4.3.0 try again"
        if self._due("cut"):
            server.transport.abort()
            return "250 OK"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answers = {
            "policy": f"554 5.7.1 {envelope.rcpt_tos[0]} not by us",
            "later": "450 4.7.1 greylisted",
            "closing": "421 4.3.2 going down",
        }
        for fault, answer in answers.items():
            if self._due(fault):
                return answer
        self.taken.append(envelope)
        self._write(envelope)
        if self._due("lost"):
            server.transport.abort()
        elif self.faults:
            self.faults.pop(0)  # "ok"
        return "250 2.0.0 queued as 4fX"

    def _due(self, fault: str) -> bool:
        if self.faults and self.faults[0] == fault:
            self.faults.pop(0)
            return True
        return False

    def _write(self, envelope: Envelope) -> None:
        if self.out is not None:
            self.out.write(json.dumps(as_json(envelope)) + "\n")
            self.out.flush()


def read(envelope: Envelope) -> EmailMessage:
    content = envelope.original_content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def as_json(envelope: Envelope) -> dict[str, Any]:
    mail = read(envelope)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "at": datetime.now(UTC).isoformat(),
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "message_id": str(mail["Message-ID"]),
        "subject": str(mail["Subject"]),
        "reference": str(mail["X-Frontdesk-Reference"] or ""),
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }


def controller(
    sink: Sink,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Controller:
    """A server in a thread: `.start()`, `.port`, `.stop()`."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        fits = isinstance(given, LoginPassword) and login == (
            given.login.decode(),
            given.password.decode(),
        )
        return AuthResult(success=fits, handled=False)

    options: dict[str, Any] = {"hostname": host, "port": port or free_port(), "ready_timeout": 10}
    options["server_hostname"] = "sink.example"  # else it is looked up for each connection
    if login:
        options |= {"authenticator": authenticate, "auth_required": True}
        options["auth_require_tls"] = tls is not None and not implicit
    if tls and not implicit:
        options |= {"tls_context": tls, "require_starttls": True}
    if implicit:
        options["ssl_context"] = tls
    return Controller(sink, **options)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="smtp_sink")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out", type=Path, help="file for the JSON lines; else standard output")
    parser.add_argument("--faults", default="", help="comma-separated, one for each message")
    chosen = parser.parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    out = chosen.out.open("a") if chosen.out else sys.stdout
    sink = Sink(faults=[fault for fault in chosen.faults.split(",") if fault], out=out)
    running = controller(sink, host=chosen.host, port=chosen.port)
    running.start()
    over.wait()
    with suppress(asyncio.CancelledError):
        running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
