"""The addresses of pictures and files that an export names.  They are listed, never fetched.

An address inside of a network is refused all the same: a list of media is made to be downloaded
later, perhaps by a machine that can reach what its writer could not.
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

_PRIVATE_NAMES = re.compile(
    r"(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid)$"
)


def why_refused(address: str) -> str:
    """Why nobody should fetch `address`; "" when it is on the public web.

    >>> why_refused("http://169.254.169.254/latest/")
    'is inside of a network'
    """
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").rstrip(".").lower()
        _ = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in {"http", "https"}:
        return "does not start with http:// or https://"
    if parts.username or parts.password:
        return "holds a user name"
    if not host:
        return "names no host"
    return "is inside of a network" if _is_inside(host) else ""


def _is_inside(host: str) -> bool:
    number = _ip_address(host)
    if number is not None:
        mapped = getattr(number, "ipv4_mapped", None)
        return not (mapped or number).is_global
    return "." not in host or _PRIVATE_NAMES.search(host) is not None


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Also in the short, octal and hexadecimal spellings that programs take for one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not re.fullmatch(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}", host):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
