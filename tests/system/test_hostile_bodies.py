"""Bodies without an end, and clients that take for ever: others are served as always."""

import socket
import time

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until
from tests.system.slow_clients import KINDS, Site, opened, slow_body, slow_clients, slow_header
from tests.system.test_one_request import CLINIC

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

LOCATION = "marsden"
DESK = "desk.localhost"
SLOW = 200  # connections, far more than leads has threads


@pytest.mark.parametrize("where", ["the edge", "leads itself"])
def test_a_body_that_does_not_end_is_cut_off(copy: Copy, where: str) -> None:
    port = copy.port if where == "the edge" else copy.port_of("leads")
    with opened(
        Site(port, CLINIC), "Transfer-Encoding: chunked\r\nConnection: close"
    ) as connection:
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


@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_keep_nobody_waiting(copy: Copy, kind: str) -> None:
    """More of them and for longer: `make bench NAME=slow`."""
    with slow_clients(KINDS[kind], Site(copy.port, CLINIC), SLOW):
        for number in range(5):
            start = time.monotonic()
            fields = a_form(location=LOCATION, message=f"beside a slow {kind} {number}")
            told = reference(copy.post(CLINIC, fields))
            page = copy.get(CLINIC, f"/thanks/?ref={told}")
            assert page.status_code == 200
            assert time.monotonic() - start < 5


@pytest.mark.parametrize("path", ["/sign-in/passkey", "/alerts/twilio/status"])
def test_slow_bodies_at_the_desk_keep_neither_patients_nor_staff_waiting(
    copy: Copy, path: str
) -> None:
    with slow_clients(slow_body, Site(copy.port, DESK, path), SLOW):
        for number in range(3):
            start = time.monotonic()
            fields = a_form(location=LOCATION, message=f"beside the slow at {path} {number}")
            assert reference(copy.post(CLINIC, fields))
            assert copy.get(DESK, "/sign-in").status_code == 200
            assert copy.get(DESK, "/alerts/a/nobodys").status_code == 404
            assert time.monotonic() - start < 5


def test_a_head_that_never_ends_is_cut_off(copy: Copy) -> None:
    with slow_header(Site(copy.port, CLINIC)) as connection:
        assert wait_until(lambda: not still_open(connection), seconds=30)


def still_open(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"a")
    except OSError:
        return False
    return True
