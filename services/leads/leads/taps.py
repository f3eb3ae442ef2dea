"""Taps on a phone number: the sign of a call that no form saw.

Counted by clinic, location, day and page, of nobody: who tapped is neither asked nor kept.  Taps
wait in memory for a few seconds, so that a database that is away holds no thread up that patients
need; what a process has not written when it is killed is lost.
"""

import logging
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Clinic
from leads import tables
from leads.scope import scoped
from plumbing.loops import keep_doing
from plumbing.shared_counts import SharedCounts

logger = logging.getLogger(__name__)

WRITE_EVERY_S = 5.0
MOST_WAITING = 10_000  # different ones, while the database is away
PER_SENDER, PER_CLINIC = 30, 600  # a minute; more are not people


@dataclass(frozen=True, slots=True)
class Tap:
    clinic: str
    location: str  # whose number it is, "" for the clinic's own
    day: date  # there
    page: str


class Taps:
    """Safe for many threads."""

    def __init__(self, engine: Engine, counts: SharedCounts) -> None:
        self._engine = engine
        self._counts = counts
        self._waiting: Counter[Tap] = Counter()
        self._lock = threading.Lock()

    def note(self, clinic: Clinic, *, phone: str, page: str, sender: str, now: datetime) -> bool:
        """Count one; False for a number that is not the clinic's, and for more than people tap."""
        place = next((each for each in clinic.locations if each.phone == phone), None)
        if (place is None and phone != clinic.phone) or self._is_flood(clinic.slug, sender):
            return False
        day = now.astimezone(ZoneInfo(place.zone if place else clinic.zone)).date()
        tap = Tap(clinic.slug, place.slug if place else "", day, page)
        with self._lock:
            if tap not in self._waiting and len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting[tap] += 1
        return True

    def write(self) -> None:
        """Put what waits into the database; where it is away, it waits on."""
        with self._lock:
            taps, self._waiting = self._waiting, Counter()
        if not taps:
            return
        rows = [
            {
                "clinic": tap.clinic,
                "location": tap.location,
                "day": tap.day,
                "page": tap.page,
                "taps": n,
            }
            for tap, n in sorted(taps.items(), key=lambda item: repr(item[0]))  # no deadlock
        ]
        table = tables.phone_tap
        added = insert(table)
        added = added.on_conflict_do_update(
            index_elements=table.primary_key.columns,
            set_={"taps": table.c.taps + added.excluded.taps},
        )
        try:
            with scoped(self._engine, {tap.clinic for tap in taps}) as scope:
                scope.connection.execute(added, rows)
        except SQLAlchemyError as error:
            logger.warning("taps not written", extra={"reason": type(error).__name__})
            with self._lock:
                self._waiting.update(taps)

    def start(self) -> None:
        """Write every few seconds, as long as the process lives."""
        never = threading.Event()

        def one_pass() -> None:
            never.wait(WRITE_EVERY_S)
            self.write()

        loop = partial(keep_doing, one_pass, never, pause_s=WRITE_EVERY_S)
        threading.Thread(target=loop, name="taps", daemon=True).start()

    def _is_flood(self, clinic: str, sender: str) -> bool:
        of_sender = self._counts.count("tap", sender, at_most=PER_SENDER) if sender else 0
        of_clinic = self._counts.count("taps", clinic, at_most=PER_CLINIC)
        return of_sender > PER_SENDER or of_clinic > PER_CLINIC
