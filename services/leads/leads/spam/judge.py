"""Decide whether a request is held.

The weights of its signs are added.  It is held at `HOLD_AT`, but never for a single sign.  How
often somebody writes adds 1 and no more, so a rate alone never holds: one address may be a waiting
room, one phone a family's.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.directory import Location
from contract.hours import add_open_minutes, open_minutes
from leads.request import Request
from leads.spam import signals
from leads.spam.signals import RATES, WEIGHTS
from plumbing.shared_counts import SharedCounts

HOLD_AT = 3
FAST_S = 3.0  # from the first key press to sending
SENDER_A_MINUTE = 10
CONTACT_A_MINUTE = 5
CLINICS_A_MINUTE = 3  # that get the very same words
LONG_WORDS = 40  # shorter messages ("call me back") are the same by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How a request came.

    `sender`: as leads.client tells it; `took_s`: from the first key press to sending, None when
    not told.
    """

    sender: str = ""
    took_s: float | None = None
    foreign_page: bool = False  # the browser does not say that it was sent from the clinic's page


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reasons`: names of signs, for people to read; `held`: alert nobody yet."""

    reasons: tuple[str, ...]
    held: bool


class Judge:
    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def judge(self, clinic: str, request: Request, came: Circumstances) -> Verdict:
        found = signals.in_words(request) | self._in_circumstances(clinic, request, came)
        return verdict(found)

    def _in_circumstances(self, clinic: str, request: Request, came: Circumstances) -> set[str]:
        found = set()
        if came.took_s is not None and came.took_s < FAST_S:
            found.add("fast")
        if came.foreign_page:
            found.add("foreign_page")
        if self._sent_elsewhere(clinic, request.message):
            found.add("same_words_elsewhere")
        if came.sender and self._counts.count("by", came.sender) > SENDER_A_MINUTE:
            found.add("sender_rate")
        contact = request.contact
        for way in {contact.phone, contact.email} - {""}:
            if self._counts.count("contact", way) > CONTACT_A_MINUTE:
                found.add("contact_rate")
        return found

    def _sent_elsewhere(self, clinic: str, message: str) -> bool:
        words = " ".join(message.split()).casefold()
        if len(words) < LONG_WORDS:
            return False
        mark = hashlib.sha256(words.encode()).hexdigest()
        if self._counts.count("words", mark, clinic) > 1:  # this clinic is counted already
            return self._counts.in_last_minute("words", mark) >= CLINICS_A_MINUTE
        return self._counts.count("words", mark) >= CLINICS_A_MINUTE


def verdict(found: set[str]) -> Verdict:
    weight = sum(WEIGHTS.get(sign, 1) for sign in found - RATES) + bool(found & RATES)
    held = weight >= HOLD_AT and len(found) > 1
    return Verdict(reasons=tuple(sorted(found)), held=held)


def release_at(location: Location, received_at: datetime) -> datetime:
    """One open day after `received_at`: what the location is open on an average open day.

    A location that never opens: 24 hours later.
    """
    week = timedelta(days=7)
    days = sum(bool(spans) for spans in location.hours)
    minutes = open_minutes(location, received_at, received_at + week)
    at = add_open_minutes(location, received_at, round(minutes / max(days, 1))) if minutes else None
    return at or received_at + timedelta(days=1)
