"""Bodies without an end, and bodies that take for ever: others are served as always."""

import socket
import time
from contextlib import ExitStack

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference
from tests.system.test_one_request import CLINIC

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

LOCATION = "marsden"
SLOW = 60  # connections, far more than leads has threads
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


def test_slow_bodies_keep_nobody_waiting(copy: Copy) -> None:
    with ExitStack() as stack:
        slow = [
            stack.enter_context(opened(copy.port, "Content-Length: 60000")) for _ in range(SLOW)
        ]
        for number in range(5):
            for connection in slow:
                connection.sendall(b"a")
            start = time.monotonic()
            fields = a_form(location=LOCATION, message=f"beside slow ones {number}")
            reference(copy.post(CLINIC, fields))
            assert time.monotonic() - start < 5
