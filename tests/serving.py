"""A WSGI application on a real port, for tests that drive it with a browser or a program."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _OneRequest(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # its thread ends with its answer
    timeout = 5.0  # a browser opens connections that it does not use


class _Server(ThreadedWSGIServer):
    daemon_threads = False  # so that closing waits for them


@contextmanager
def served(app: "WSGIApplication", port: int = 0) -> Iterator[int]:
    """The port.  At the end nothing is under way any more: a request that outlived its test would
    give its connection back to a pool that is gone, and whichever test runs then would fail.
    """
    server = _Server("127.0.0.1", port, app, handler=_OneRequest)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
