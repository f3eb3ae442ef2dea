"""What the edge is told of the sites: one line per host, each with a path of its own.

The edge imports this file (edge/Caddyfile and edge/tls have the snippets).  Hosts were checked when
the clinic files were read; a path is made of them here and never of a request's Host header.
"""

from collections.abc import Iterable
from typing import Protocol


class Named(Protocol):
    @property
    def host(self) -> str: ...


def edge_sites(hosts: Iterable[Named], demo: bool) -> str:  # noqa: FBT001
    lines = [f"import site {entry.host} clinic_site" for entry in hosts]
    if demo:
        lines += [
            "import site localhost content_site",
            "import site *.preview.localhost content_site",
            "import site captured.localhost notify_site",
        ]
    return "".join(f"{line}\n" for line in lines)
