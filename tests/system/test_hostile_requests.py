"""Requests that no browser makes, on a raw connection: refused, and the next patient is served."""

import socket

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference
from tests.system.test_one_request import CLINIC

FORM = f"POST /leads/requests HTTP/1.1\r\nHost: {CLINIC}\r\n"
TYPE = "Content-Type: application/x-www-form-urlencoded\r\n"
REFUSED = {
    "two lengths": (FORM + TYPE + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", {400}),
    "a length that is none": (FORM + TYPE + "Content-Length: -5\r\n\r\n", {400}),
    "a length with a sign": (FORM + TYPE + "Content-Length: +5\r\n\r\nabcde", {400}),
    "an unknown coding": (FORM + TYPE + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "a chunk of no size": (
        FORM + TYPE + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        {400, 503},
    ),
    "two hosts": (FORM + "Host: evil.example\r\n\r\n", {400}),
    "no host": ("GET / HTTP/1.1\r\n\r\n", {400}),
    "another host in the address": (
        f"GET http://evil.example/ HTTP/1.1\r\nHost: {CLINIC}\r\n\r\n",
        {421},
    ),
    "a blank in a header's name": (FORM + "X Y: z\r\n\r\n", {400}),
    "a NUL in a header": (FORM + "X: a\0b\r\n\r\n", {400}),
    "a head without an end": (FORM + "X: " + "a" * 100_000 + "\r\n\r\n", {431}),
    "TRACE": (f"TRACE / HTTP/1.1\r\nHost: {CLINIC}\r\n\r\n", {404, 405}),
    "CONNECT": ("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", {400, 421}),
    "no HTTP at all": ("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", {400}),
    "a form as an upload": (
        FORM + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n\r\n--x",
        {415},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_browser_sends_is_refused(copy: Copy, name: str) -> None:
    raw, statuses = REFUSED[name]
    with socket.create_connection(("127.0.0.1", copy.port), timeout=20) as connection:
        connection.sendall(raw.encode())
        answer = connection.recv(65536)
    assert int(answer.split()[1]) in statuses, answer[:200]
    assert b"evil" not in answer


def test_a_request_within_a_body_is_no_request(copy: Copy) -> None:
    """Length and chunks disagree: whoever believes the other than the edge sees two requests."""
    within = f"GET /smuggled/ HTTP/1.1\r\nHost: {CLINIC}\r\n\r\n"
    body = f"5\r\nname=\r\n0\r\n\r\n{within}"
    raw = f"{FORM}{TYPE}Content-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
    with socket.create_connection(("127.0.0.1", copy.port), timeout=20) as connection:
        connection.sendall(raw.encode())
        answer = connection.recv(65536)
    assert int(answer.split()[1]) in {400, 422}
    fields = a_form(location="marsden", message="after what was no request")
    assert reference(copy.post(CLINIC, fields))
