"""How many requests a minute are taken from one address and for one clinic.

Against floods only: what is suspicious about a single request is leads.spam's.  Counted on this
host, by all its processes together; no state of Redis or the database matters.
"""

from ipaddress import ip_address, ip_network

from plumbing.shared_counts import SharedCounts


class Limits:
    """`per_address`, `per_clinic`: requests a minute."""

    def __init__(self, counts: SharedCounts, *, per_address: int, per_clinic: int) -> None:
        self._counts = counts
        self._per_address = per_address
        self._per_clinic = per_clinic

    def address_over(self, address: str) -> bool:
        """Count one request from `address`; True when that is more than it may send.

        A private or gateway address may stand for many people and is never limited as one.  Of
        IPv6 a /56 counts as one: a single connection is given at least as much.
        """
        network = _network(address)
        if not network:
            return False
        return self._counts.count("address", network, at_most=self._per_address) > self._per_address

    def clinic_over(self, clinic: str) -> bool:
        """Count one request for `clinic`; True when that is more than are taken for it."""
        return self._counts.count("clinic", clinic, at_most=self._per_clinic) > self._per_clinic


def _network(address: str) -> str:
    """What counts as one sender; "" where no single sender can be told."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if not parsed.is_global:
        return ""
    return str(ip_network((parsed, 56 if parsed.version == 6 else 32), strict=False))  # noqa: PLR2004
