"""What the edge is told of the sites: one block per host, each with a path of its own.

The edge imports this file (edge/Caddyfile has the snippets).  Hosts were checked when the clinic
files were read; a path is made of them here and never of a request's Host header.
"""

from collections.abc import Iterable
from typing import Protocol


class Named(Protocol):
    @property
    def host(self) -> str: ...


def edge_sites(hosts: Iterable[Named], demo: bool) -> str:  # noqa: FBT001
    blocks = [_block(entry.host, f"clinic_site {entry.host}") for entry in hosts]
    if demo:
        blocks += [
            _block("localhost", "content_site"),
            _block("*.preview.localhost", "content_site"),
            _block("captured.localhost", "notify_site"),
        ]
    return "\n".join(blocks)


def _block(host: str, snippet: str) -> str:
    """The trailing dot of an absolute name is the same host."""
    port = "{$EDGE_HTTP_PORT}"
    return f"http://{host}:{port}, http://{host}.:{port} {{\n\timport {snippet}\n}}\n"
