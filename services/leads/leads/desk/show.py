"""Rows of the database as what the pages of the desk say."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contract.directory import Clinic, Directory, Location
from leads import vault
from leads.desk import times
from leads.desk.book import Row
from leads.desk.moves import CALL_NOW
from leads.desk.times import Moment
from leads.scope import Scope
from leads.staff import people
from leads.waiting import promise_passed
from plumbing.sealing import KeyRing, Unsealable

logger = logging.getLogger(__name__)

KINDS = {"appointment": "Appointment request", "contact": "Contact request"}
ENGLISH = frozenset({"", "en", "English"})
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
    about: str  # "Leo (parent)" when the writer asks for somebody else
    kind: str
    place: str
    language: str  # wanted for the call; "" for English
    again: bool
    demo: bool
    received: Moment
    waited: str
    late: bool  # nobody has it, and the promised time has passed
    state: str
    holder: str
    since: Moment | None
    follow_up: Moment | None
    due: bool  # the time to call again has come
    outcome: str


@dataclass(slots=True, kw_only=True)
class Glance:
    """What lines are made with: the directory, the keys and the time of looking."""

    directory: Directory | None
    keys: KeyRing
    now: datetime
    many_clinics: bool
    names: dict[UUID, str] = field(default_factory=dict)  # of members of staff

    def learn(self, scope: Scope, rows: Iterable[Row]) -> None:
        """Look up who has these leads."""
        unknown = {row["holder"] for row in rows if row["holder"]} - self.names.keys()
        if unknown:
            self.names |= people.names(scope.connection, unknown)

    def waited(self, row: Row) -> str:
        """ "12 min": open minutes since the request came, or until somebody took it."""
        end = self.now if row["state"] == CALL_NOW else (row["changed_at"] or self.now)
        return times.waited(self.where(row)[1], row["received_at"], end)

    def line(self, row: Row) -> Line:
        clinic, location = self.where(row)
        zone = location.zone if location else "UTC"
        words = self.open(row, "words") or {}
        language = words.get("speaks") or row["language"]
        return Line(
            id=row["id"],
            name=str(self.open(row, "name") or UNREADABLE),
            about=about(words),
            kind=KINDS.get(row["kind"], row["kind"]),
            place=self.place(row, clinic, location),
            language="" if language in ENGLISH else LANGUAGES.get(language, language),
            again=row["again"],
            demo=row["demo"],
            received=times.moment(row["received_at"], zone, self.now),
            waited=self.waited(row),
            late=row["state"] == CALL_NOW
            and promise_passed(location, row["received_at"], self.now),
            state=row["state"],
            holder=self.names.get(row["holder"], "") or row["answered_by"] or "",
            since=self._moment(row["changed_at"], zone),
            follow_up=self._moment(row["follow_up_at"], zone),
            due=bool(row["follow_up_at"]) and row["follow_up_at"] <= self.now,
            outcome=OUTCOMES.get(row["outcome"] or "", ""),
        )

    def _moment(self, at: datetime | None, zone: str) -> Moment | None:
        return times.moment(at, zone, self.now) if at else None

    def where(self, row: Row) -> tuple[Clinic | None, Location | None]:
        clinic = self.directory.clinic(row["clinic"]) if self.directory else None
        return clinic, clinic.location(row["location"]) if clinic else None

    def place(self, row: Row, clinic: Clinic | None, location: Location | None) -> str:
        name = location.name if location else row["location"]
        return f"{clinic.name if clinic else row['clinic']}, {name}" if self.many_clinics else name

    def open_note(self, event: Row) -> str:
        if event["note_sealed"] is None:
            return ""
        try:
            return vault.open_note(
                self.keys, event["clinic"], event["lead_id"], event["note_sealed"]
            )
        except Unsealable:
            return UNREADABLE

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


def about(words: Mapping[str, Any]) -> str:
    patient, relationship = words.get("patient_name", ""), words.get("relationship", "")
    return f"{patient} ({relationship})" if patient and relationship else patient
