"""Bodies without an end, and clients that take for ever: others are served as always."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until
from tests.system.test_one_request import CLINIC

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

LOCATION = "marsden"
SLOW = 200  # connections, far more than leads has threads
HEAD = (
    "POST /leads/requests HTTP/1.1\r\nHost: {host}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n{more}\r\n\r\n"
)


def opened(port: int, more: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(HEAD.format(host=CLINIC, more=more).encode())
    return connection


@pytest.mark.parametrize("where", ["the edge", "leads itself"])
def test_a_body_that_does_not_end_is_cut_off(copy: Copy, where: str) -> None:
    port = copy.port if where == "the edge" else copy.port_of("leads")
    with opened(port, "Transfer-Encoding: chunked\r\nConnection: close") as connection:
        answer = b""
        try:
            for _ in range(200):  # 13 MB, where 64 KiB are allowed
                connection.sendall(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")
        except OSError:
            pass  # cut off while sending: what was answered is read below, if it still can be
        try:
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
    assert not answer or answer.split()[1] in {b"413", b"400"}
    assert reference(copy.post(CLINIC, a_form(location=LOCATION, message=f"after {where}")))


def slow_header(port: int) -> socket.socket:
    """A request whose head never ends."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {CLINIC}\r\nX-Slow: ".encode())
    return connection


def slow_body(port: int) -> socket.socket:
    return opened(port, "Content-Length: 60000")


def slow_reader(port: int) -> socket.socket:
    """Asks for more than the buffers on the way hold, and takes nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", port))
    request = f"GET /articles/ HTTP/1.1\r\nHost: {CLINIC}\r\n\r\n"
    connection.sendall(request.encode() * 40)
    return connection


@pytest.mark.parametrize("kind", [slow_header, slow_body, slow_reader])
def test_slow_clients_keep_nobody_waiting(copy: Copy, kind: Callable[[int], socket.socket]) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(kind(copy.port)) for _ in range(SLOW)]
        for number in range(5):
            for connection in slow:
                with suppress(OSError):  # those that the edge has cut off already
                    connection.sendall(b"a")
            start = time.monotonic()
            fields = a_form(location=LOCATION, message=f"beside {kind.__name__} {number}")
            told = reference(copy.post(CLINIC, fields))
            page = copy.get(CLINIC, f"/thanks/?ref={told}")
            assert page.status_code == 200
            assert time.monotonic() - start < 5


def test_a_head_that_never_ends_is_cut_off(copy: Copy) -> None:
    with slow_header(copy.port) as connection:
        assert wait_until(lambda: not still_open(connection), seconds=30)


def still_open(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"a")
    except OSError:
        return False
    return True
