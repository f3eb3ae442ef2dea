"""A wire to PostgreSQL that can be cut at the very byte where a commit begins or is confirmed.

psycopg sends COMMIT as a message of its own and the server answers with a CommandComplete that
holds the same word; there is no TLS on loopback, so both can be seen.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

COMMIT = b"COMMIT\x00"
BEFORE, AFTER = "before", "after"
CHUNK = 65536


class CommitProxy:
    """Passes bytes until a cut is asked for; each cut hits the next commit, once."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._cut: str | None = None
        self._and_then: Callable[[], None] = lambda: None
        self.hits = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next(self, when: str, and_then: Callable[[], None] = lambda: None) -> None:
        """Break the connection of the next commit BEFORE it reaches the server or AFTER the server
        has answered but nobody has heard it; `and_then` is called at that moment."""
        with self._lock:
            self._cut, self._and_then = when, and_then

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with client, server, contextlib.suppress(OSError):
            self._pass_bytes(client, server)

    def _pass_bytes(self, client: socket.socket, server: socket.socket) -> None:
        waiting_for_answer = False
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    data = source.recv(CHUNK)
                    if not data:
                        return
                    if source is client and COMMIT in data:
                        if self._take(BEFORE):
                            return
                        waiting_for_answer = self._asked(AFTER)
                    elif source is server and waiting_for_answer and COMMIT in data:
                        if self._take(AFTER):
                            return
                        waiting_for_answer = False
                    key.data.sendall(data)

    def _asked(self, when: str) -> bool:
        with self._lock:
            return self._cut == when

    def _take(self, when: str) -> bool:
        with self._lock:
            if self._cut != when:
                return False
            self._cut = None
            self.hits += 1
            and_then = self._and_then
        and_then()
        return True
