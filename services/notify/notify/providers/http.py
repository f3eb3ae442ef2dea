"""HTTPS requests that cost a bounded time and memory, whoever answers.

No redirect is followed, nothing is tried twice, no proxy is taken from the environment.

    NotSent     the other side cannot have the request
    Lost        it may have it, and its answer did not come
"""

import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpcore

from notify.providers.budget import Budget

CONNECT_S, READ_S, TOTAL_S = 3.0, 10.0, 20.0
KEEP_S = 15.0  # shorter than servers keep it: else a request meets a connection that is closing
HEADERS_SIZE = 128 * 1024

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class NotSent(Exception):  # noqa: N818 - what happened to the request
    """The message says why, in a few words for logs and rows."""


class Lost(Exception):  # noqa: N818
    """As above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    retry_after_s: float | None
    body: bytes  # b"" when it is larger than what was asked for, or breaks off


class Http:
    """May be used by several threads."""

    def __init__(self) -> None:
        """Connects to nothing yet."""
        self._backend = _Bounded()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=16,
            max_keepalive_connections=4,
            keepalive_expiry=KEEP_S,
            retries=0,
            network_backend=self._backend,
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        largest: int,
    ) -> Answer:
        """Ask, and read at most `largest` bytes of body.  Raises NotSent or Lost."""
        self._backend.begin(Budget(seconds=TOTAL_S, size=largest + HEADERS_SIZE))
        try:
            return self._request(method, url, headers, content, largest)
        except httpcore.ConnectTimeout as error:
            raise NotSent("does not answer") from error
        except (httpcore.PoolTimeout, httpcore.WriteTimeout) as error:
            raise NotSent("takes no request") from error
        except httpcore.ConnectError as error:
            raise NotSent(_no_connection(error)) from error
        except httpcore.TimeoutException as error:
            raise Lost("no answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Lost("answer was lost") from error

    def close(self) -> None:
        self._pool.close()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, largest: int
    ) -> Answer:
        patience = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
        with self._pool.stream(
            method,
            url,
            headers=list(headers.items()),
            content=content,
            extensions={"timeout": patience},
        ) as response:
            known = {name.lower(): value for name, value in response.headers}
            return Answer(
                status=response.status,
                retry_after_s=_seconds(known.get(b"retry-after", b"")),
                body=_read(response, largest),
            )


def _read(response: httpcore.Response, largest: int) -> bytes:
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > largest:
                return b""
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return b""  # the status is known all the same
    return body


def _seconds(text: bytes) -> float | None:
    """Retry-After in seconds; as a date it is not used by anybody we talk to."""
    return float(text) if text.isdigit() and len(text) < 6 else None  # noqa: PLR2004


def _no_connection(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "configuration: certificate is not trusted"
        if isinstance(cause, ssl.SSLError):
            return "configuration: TLS failed"
        cause = cause.__cause__ or cause.__context__
    return "cannot be reached"


class _Bounded(httpcore.NetworkBackend):
    """Opens connections whose every step counts against the running request of its thread."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self._local = threading.local()

    def begin(self, budget: Budget) -> None:
        self._local.budget = budget

    @property
    def budget(self) -> Budget:
        budget: Budget = self._local.budget
        return budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _BoundedStream(stream, self)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: _Bounded) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        budget = self._backend.budget
        try:
            chunk = self._inner.read(max_bytes, budget.seconds(timeout or READ_S))
            budget.take(len(chunk))
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            patience_s = self._backend.budget.seconds(timeout or READ_S)
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        self._inner.write(buffer, patience_s)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _BoundedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
