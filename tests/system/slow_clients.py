"""Clients that take for ever: with a head, with a body, or with reading what they asked for."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n{more}\r\n\r\n"
)


class Site(NamedTuple):
    """Where they connect to, as whose patients or staff, and what they send something to."""

    port: int
    host: str
    path: str = "/leads/requests"


Slow = Callable[[Site], socket.socket]


def opened(site: Site, more: str) -> socket.socket:
    """A request of which the body is still to come."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=20)
    connection.sendall(HEAD.format(path=site.path, host=site.host, more=more).encode())
    return connection


def slow_header(site: Site) -> socket.socket:
    """A request whose head never ends."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=20)
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {site.host}\r\nX-Slow: ".encode())
    return connection


def slow_body(site: Site) -> socket.socket:
    return opened(site, "Content-Length: 15000")


def slow_reader(site: Site) -> socket.socket:
    """Asks for more than the buffers on the way hold, and takes nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", site.port))
    request = f"GET /articles/ HTTP/1.1\r\nHost: {site.host}\r\n\r\n"
    connection.sendall(request.encode() * 40)
    return connection


KINDS: dict[str, Slow] = {"header": slow_header, "body": slow_body, "reader": slow_reader}


@contextmanager
def slow_clients(kind: Slow, site: Site, count: int) -> Iterator[None]:
    """`count` of them, each with a byte a second, and another in place of one that is cut off."""
    done = threading.Event()
    connections: list[socket.socket] = []

    def feed() -> None:
        while not done.is_set():
            for number, connection in enumerate(connections):
                try:
                    connection.sendall(b"a")
                except OSError:
                    connection.close()
                    with suppress(OSError):
                        connections[number] = kind(site)
            done.wait(1)

    feeding = threading.Thread(target=feed)
    try:
        connections += [kind(site) for _ in range(count)]
        feeding.start()
        yield
    finally:
        done.set()
        if feeding.ident:
            feeding.join()
        for connection in connections:
            connection.close()
