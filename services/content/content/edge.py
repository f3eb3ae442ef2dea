"""What the edge is told of the sites: one line per host, each with a path of its own.

The edge imports this file (edge/Caddyfile and edge/tls have the snippets).  Hosts were checked when
the clinic files were read; a path is made of them here and never of a request's Host header.
"""

import re
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import unquote


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


def edge_moved(moved: Iterable[tuple[str, str]]) -> str:
    """Caddy's directives for the addresses that moved; looked at only where no page is."""
    lines = [f'\t"~^(?i){_spellings(old)}$" "{new}"\n' for old, new in moved]
    if not lines:
        return ""
    return "map {http.request.orig_uri.path} {moved} {\n" + "".join(lines) + "}\n"


def edge_gone(gone: Iterable[str]) -> str:
    """Caddy's directives for the addresses that are gone; they win over a page."""
    lines = [
        f'@gone{number} vars_regexp {{http.request.orig_uri.path}} "^(?i){_spellings(old)}$"\n'
        f"error @gone{number} 410\n"
        for number, old in enumerate(gone)
    ]
    return "".join(lines)


def _spellings(address: str) -> str:
    """A pattern for a path and what stands for it: more slashes, none at the end, index.html."""
    bare = re.escape(unquote(address).rstrip("/")).replace("/", "/+")
    return f"{bare}(?:/+(?:index\\.html?)?)?"
