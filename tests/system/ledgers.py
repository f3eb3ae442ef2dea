"""Fake providers that keep a ledger of every message they took, fast enough for thousands.

The mail server speaks SMTP and no more of it than our side uses; texts go to the server that
tests of the adapter use (tests/providers/twilio_server.py).
"""

import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

REFERENCE = re.compile(rb"^X-Frontdesk-Reference: *(.*?)\r?$", re.MULTILINE)
MESSAGE_ID = re.compile(rb"^Message-ID: *<(.*?)>\r?$", re.MULTILINE)
NAME = b"ledger.example"


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that a provider has.  `at`: seconds since 1970."""

    at: float
    to: str
    id: str
    reference: str


@dataclass
class MailLedger:
    """What was taken, and how the server behaves.

    `fault` is asked once for each message: "" is well; busy (451), refused (550 to the
    recipient), lost (takes it, no answer), cut (closes before it has it), hang (takes it, says
    nothing for `hang_s`), slow (answers after 1 s), junk (takes it, answers what is no SMTP).
    """

    fault: Callable[[], str] = lambda: ""
    hang_s: float = 30.0
    taken: list[Taken] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)  # ids of what it took without a word
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, to: str, content: bytes, *, answered: bool = True) -> None:
        reference, message_id = REFERENCE.search(content), MESSAGE_ID.search(content)
        entry = Taken(
            time.time(),
            to,
            message_id[1].decode() if message_id else "",
            reference[1].decode() if reference else "",
        )
        with self.lock:
            self.taken.append(entry)
            if not answered:
                self.unanswered.append(entry.id)


class _Conversation(socketserver.StreamRequestHandler):
    ledger: MailLedger
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        self._say(b"220 " + NAME)
        to, fault = "", ""
        while line := self.rfile.readline(2000):
            verb, rest = line[:4].upper(), line[4:]
            match verb:
                case b"EHLO" | b"HELO":
                    self._say(b"250 " + NAME)
                case b"MAIL":
                    fault = self.ledger.fault()
                    self._say(b"451 4.3.0 later" if fault == "busy" else b"250 OK")
                case b"RCPT":
                    to = rest.decode().partition("<")[2].partition(">")[0]
                    self._say(b"550 5.1.1 unknown" if fault == "refused" else b"250 OK")
                case b"DATA":
                    self._say(b"354 go on")
                    if fault == "cut":
                        return
                    content = self._content()
                    if not content:
                        return
                    if not self._answer(to, content, fault):
                        return
                case b"QUIT":
                    self._say(b"221 bye")
                    return
                case _:  # RSET, NOOP
                    self._say(b"250 OK")

    def _content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines) if line else b""

    def _answer(self, to: str, content: bytes, fault: str) -> bool:
        self.ledger.take(to, content, answered=fault not in {"lost", "hang", "junk"})
        match fault:
            case "lost":
                return False
            case "hang":
                self.ledger.over.wait(self.ledger.hang_s)
                return False
            case "junk":
                self._say(b"hello")
                return False
            case "slow":
                self.ledger.over.wait(1)
        self._say(b"250 2.0.0 taken")
        return True

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128


@contextmanager
def mail_server(ledger: MailLedger, *, port: int = 0) -> Iterator[int]:
    """The server in a thread; gives its port.  Ending it closes every conversation."""
    conversations: list[socket.socket] = []

    class Handler(_Conversation):
        def setup(self) -> None:
            super().setup()
            conversations.append(self.connection)

    Handler.ledger = ledger
    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        ledger.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in conversations:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
