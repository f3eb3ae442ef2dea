"""How many requests a minute are taken from one address and for one clinic.

Against floods only: what is suspicious about a single request is leads.spam's.  Counted on this
host, by all its processes together; no state of Redis or the database matters.
"""

from plumbing.shared_counts import SharedCounts


class Limits:
    """`per_address`, `per_clinic`: requests a minute."""

    def __init__(self, counts: SharedCounts, *, per_address: int, per_clinic: int) -> None:
        self._counts = counts
        self._per_address = per_address
        self._per_clinic = per_clinic

    def sender_over(self, sender: str) -> bool:
        """Count one request of `sender` (leads.client); True when that is more than it may send."""
        if not sender:
            return False
        return self._counts.count("sender", sender, at_most=self._per_address) > self._per_address

    def clinic_over(self, clinic: str) -> bool:
        """Count one request for `clinic`; True when that is more than are taken for it."""
        return self._counts.count("clinic", clinic, at_most=self._per_clinic) > self._per_clinic
