"""Messages, and servers that behave badly."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from notify.providers import Outgoing, Provider, ProviderError

HTML = "<p>New contact request at <b>Shafter</b>, K7QF 2MPD</p>"


def a_message(channel: str = "email", **changes: Any) -> Outgoing:
    known: dict[str, Any] = {
        "id": uuid4(),
        "kind": "alert",
        "channel": channel,
        "to": "maria@envista.example" if channel == "email" else "+15595550101",
        "subject": "New contact request · Shafter · K7QF 2MPD" if channel == "email" else "",
        "text": f"Shafter: new contact request, K7QF 2MPD, {uuid4().hex[:8]}",
        "html": HTML if channel == "email" else "",
        "references": ("K7QF2MPD",),
        "created_at": datetime.now(UTC),
    }
    return Outgoing(**known | changes)


def error_of(adapter: Provider, channel: str = "email") -> ProviderError:
    """What `adapter` raises for a message."""
    with pytest.raises(ProviderError) as raised:
        adapter.send(a_message(channel))
    return raised.value


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Calls `talk` with each connection, each in a thread; gives its port."""
    server = socket.create_server(("127.0.0.1", 0))
    open_now: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            open_now.append(connection)
            threading.Thread(target=handle, args=[connection], daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            talk(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def hang(connection: socket.socket) -> None:
    """Takes everything, says nothing."""
    while connection.recv(65536):
        pass


def drip(text: bytes) -> Callable[[socket.socket], None]:
    """Says `text` for ever, a byte at a time."""

    def talk(connection: socket.socket) -> None:
        pause = threading.Event()
        while True:
            for byte in text:
                connection.sendall(bytes([byte]))
                pause.wait(0.05)

    return talk


def flood(text: bytes, *, first: bytes = b"") -> Callable[[socket.socket], None]:
    """Says `first` and then `text` for ever, as fast as it is read."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(text * 1000)

    return talk


def say(*lines: bytes, close: bool = True) -> Callable[[socket.socket], None]:
    """Says the first line, then one more for each line (or block after 354) that comes."""

    def talk(connection: socket.socket) -> None:
        for n, line in enumerate(lines):
            if n and not _heard(connection, b"\r\n.\r\n" if lines[n - 1][:3] == b"354" else b"\n"):
                return
            connection.sendall(line)
        if not close:
            hang(connection)

    return talk


def _heard(connection: socket.socket, end: bytes) -> bool:
    heard = b""
    while not heard.endswith(end):
        chunk = connection.recv(65536)
        if not chunk:
            return False
        heard += chunk
    return True
