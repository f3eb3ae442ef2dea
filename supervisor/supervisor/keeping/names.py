"""Where host names lead, asked of the resolver of this machine, and whether that is here.

A name must lead to this machine before `EDGE_TLS=auto` can get a certificate for it, and before
any patient can come.  Behind a router or in a cloud the public address is not one of the
machine's own: then the operator says which it is.
"""

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

# addresses of documentation (RFC 5737, RFC 3849): nothing is sent, the system chooses a way out
FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """`addresses`: all that it resolves to, in text; none: it does not."""

    host: str
    addresses: frozenset[str]
    here: bool  # every one of them is this machine's
    wanted: str  # where it should lead

    @property
    def what(self) -> str:
        leads_to = ", ".join(sorted(self.addresses))
        if not self.addresses:
            return f"{self.host} does not resolve"
        return f"{self.host} points {'here' if self.here else 'elsewhere'} ({leads_to})"

    @property
    def do(self) -> str:
        """ "What to do; empty: nothing."""
        if self.here:
            return ""
        if not self.addresses:
            return f"add an A record for it, to {self.wanted}"
        return (
            f"change its A and AAAA records to {self.wanted}; where a router or proxy has that "
            "address, say so: PUBLIC_ADDRESS in .env"
        )


def look_up(hosts: Iterable[str], *, public_address: str = "") -> list[Name]:
    """Each name once.  `public_address`: what the operator said, several separated by commas."""
    said = {one.strip() for one in public_address.split(",") if one.strip()}
    ours = said or own_addresses()
    wanted = " or ".join(sorted(ours)) or "this machine"
    return [_name(host, ours, wanted) for host in dict.fromkeys(hosts)]


def own_addresses() -> set[str]:
    """Those that packets to the world leave from, one of each kind at most."""
    found = set()
    for family, far in FAR:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found.add(str(probe.getsockname()[0]))
    return found


def is_public_address(text: str) -> bool:
    """One address, or several with commas between."""
    try:
        return all(ip_address(one.strip()) for one in text.split(","))
    except ValueError:
        return False


def _name(host: str, ours: set[str], wanted: str) -> Name:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = frozenset(str(entry[4][0]) for entry in found)
    is_here = bool(addresses) and all(
        address in ours or ip_address(address.partition("%")[0]).is_loopback
        for address in addresses
    )
    return Name(host=host, addresses=addresses, here=is_here, wanted=wanted)
