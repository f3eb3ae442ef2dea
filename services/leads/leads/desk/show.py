"""Rows of the database as what the pages of the desk say."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contract.directory import Clinic, Directory, Location
from leads import vault
from leads.desk import times
from leads.desk.book import Row
from leads.desk.moves import CALL_NOW, WAITING
from leads.desk.times import Moment
from plumbing.sealing import KeyRing, Unsealable

logger = logging.getLogger(__name__)

KINDS = {"appointment": "Appointment request", "contact": "Contact request"}
LANGUAGES = {"es": "Spanish"}
OUTCOMES = {
    "reached": "Reached",
    "left_message": "Left message",
    "booked": "Booked",
    "closed": "Closed",
}
UNREADABLE = "Cannot be opened: the key is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One lead in the list."""

    id: UUID
    name: str
    kind: str
    place: str
    language: str  # "" for English
    again: bool
    received: Moment
    waited: str
    waiting_for_patient: bool
    holder: str
    since: Moment | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What lines are made with: the directory, the keys and the time of looking."""

    directory: Directory | None
    keys: KeyRing
    now: datetime
    names: Mapping[UUID, str]
    many_clinics: bool

    def line(self, row: Row) -> Line:
        clinic, location = self.where(row)
        zone = location.zone if location else "UTC"
        end = self.now if row["state"] == CALL_NOW else (row["changed_at"] or self.now)
        return Line(
            id=row["id"],
            name=str(self.open(row, "name") or UNREADABLE),
            kind=KINDS.get(row["kind"], row["kind"]),
            place=self.place(row, clinic, location),
            language=LANGUAGES.get(row["language"], row["language"].upper())
            if row["language"] != "en"
            else "",
            again=row["again"],
            received=times.moment(row["received_at"], zone, self.now),
            waited=times.waited(location, row["received_at"], end),
            waiting_for_patient=row["state"] == WAITING,
            holder=self.names.get(row["holder"], "") or row["answered_by"] or "",
            since=times.moment(row["changed_at"], zone, self.now) if row["changed_at"] else None,
            outcome=OUTCOMES.get(row["outcome"] or "", ""),
        )

    def where(self, row: Row) -> tuple[Clinic | None, Location | None]:
        clinic = self.directory.clinic(row["clinic"]) if self.directory else None
        return clinic, clinic.location(row["location"]) if clinic else None

    def place(self, row: Row, clinic: Clinic | None, location: Location | None) -> str:
        name = location.name if location else row["location"]
        return f"{clinic.name if clinic else row['clinic']}, {name}" if self.many_clinics else name

    def open(self, row: Row, column: str) -> Any:
        """The plain value of a sealed column; None when no key opens it."""
        try:
            return vault.open_column(
                self.keys, row["clinic"], row["id"], column, row[f"{column}_sealed"]
            )
        except Unsealable as unsealable:
            logger.error(  # noqa: TRY400 - an operator must find the key; a traceback says no more
                "lead not readable", extra={"lead_id": row["id"], "reason": str(unsealable)}
            )
            return None


def places(directory: Directory | None, clinics: frozenset[str]) -> list[tuple[str, str]]:
    """(value, label) of each location that somebody with `clinics` may filter by."""
    if directory is None:
        return []
    own = [clinic for clinic in directory.clinics if clinic.slug in clinics]
    return [
        (
            f"{clinic.slug}/{location.slug}",
            f"{clinic.name}, {location.name}" if len(own) > 1 else location.name,
        )
        for clinic in own
        for location in clinic.locations
    ]
