"""Who is at the other end of a request, and how it came: only the edge is believed."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import request

from leads.spam.judge import Circumstances

EDGE_HEADER = "X-Real-IP"  # set by the edge for each request, whatever the client sent in it

Address = IPv4Address | IPv6Address


def client_address() -> str:
    """The client's address in normal form, "" when there is none."""
    address = _parsed(request.remote_addr or "")
    if address is None or not address.is_global:  # the edge is on our own network
        address = _parsed(request.headers.get(EDGE_HEADER, "")) or address
    return str(address) if address else ""


def sender() -> str:
    """What counts as one sender of requests, "" where none can be told.

    A private or gateway address may stand for many people and is nobody's.  Of IPv6 a /56 counts
    as one: a single connection is given at least as much.
    """
    return _sender(client_address())


@lru_cache(maxsize=4096)  # one request asks twice
def _sender(address: str) -> str:
    parsed = _parsed(address)
    if parsed is None or not parsed.is_global:
        return ""
    bits = 32 if isinstance(parsed, IPv4Address) else 56
    return str(ip_network((parsed, bits), strict=False))


def circumstances(fields: Mapping[str, str], *, from_many: bool = False) -> Circumstances:
    """How the form came that has `fields`; `took`: seconds since the first key press, by script.

    `from_many`: it came through a server that sends for many people.
    """
    try:
        took_s = float(fields["took"])
    except (KeyError, ValueError):
        took_s = None
    return Circumstances(
        sender="" if from_many else sender(),
        took_s=took_s,
        foreign_page=request.headers.get("Origin") == "null",
    )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
