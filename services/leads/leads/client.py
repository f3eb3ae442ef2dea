"""Who is at the other end of a request: only the edge is believed."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import request

EDGE_HEADER = "X-Real-IP"  # set by the edge for each request, whatever the client sent in it

Address = IPv4Address | IPv6Address


def client_address() -> str:
    """The client's address in normal form, "" when there is none."""
    address = _parsed(request.remote_addr or "")
    if address is None or not address.is_global:  # the edge is on our own network
        address = _parsed(request.headers.get(EDGE_HEADER, "")) or address
    return str(address) if address else ""


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
