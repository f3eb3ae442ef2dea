"""Is a process ready?  Each probe asks once, quickly, and says yes or no; it never raises."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ASK_TIMEOUT_S = 2.0


class Probe(Protocol):
    async def passes(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listens:
    """Something accepts connections on `port`."""

    port: int

    async def passes(self) -> bool:
        return await _ask(self.port, b"") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """GET `path` answers 200; with `any_status`, answers at all."""

    port: int
    path: str = "/healthz"
    any_status: bool = False

    async def passes(self) -> bool:
        request = f"GET {self.path} HTTP/1.0\r\nHost: localhost\r\n\r\n"
        answer = await _ask(self.port, request.encode("ascii"), lines=None)
        words = (answer or b"").split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/"):  # noqa: PLR2004 - version, status
            return False
        return self.any_status or words[1] == b"200"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pongs:
    """Redis has loaded its data and answers PING."""

    port: int
    password: str

    async def passes(self) -> bool:
        answer = await _ask(self.port, f"AUTH {self.password}\r\nPING\r\n".encode(), lines=2)
        return answer is not None and answer.endswith(b"+PONG\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """A file that the process is to write is there."""

    path: Path

    async def passes(self) -> bool:
        return await asyncio.to_thread(self.path.exists)


async def _ask(port: int, request: bytes, *, lines: int | None = 0) -> bytes | None:
    """So many `lines` of the answer to `request` (None: all of it); None where there is none."""
    try:
        async with asyncio.timeout(ASK_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                if lines is None:
                    return await reader.read()
                return b"".join([await reader.readline() for _ in range(lines)])
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, ValueError):
        return None
