"""Keep the database in step with the alerts files."""

import logging
import time
from pathlib import Path

from sqlalchemy import Engine

from contract.directory import Directory
from notify import alerts, contacts
from notify.alertbook import AlertBook, ClinicAlerts
from notify.alertfile import load_book
from notify.differences import difference
from notify.lint import short_chains
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0

Stamp = tuple[tuple[str, int, int], ...]  # name, modified, size


class AlertFiles:
    """Loads the folder at first, and whenever a file in it changes.

    A file with a mistake, or one that is gone, leaves in force what was loaded from it before:
    somebody is told rather than nobody.
    """

    def __init__(
        self, folder: Path, engine: Engine, reader: Reader[Directory], *, desk_url: str = ""
    ) -> None:
        self._folder = folder
        self._desk_url = desk_url
        self._engine = engine
        self._reader = reader
        self._seen: Stamp | None = None
        self._loaded: dict[str, ClinicAlerts] = {}
        self._next_look = 0.0

    def load_if_changed(self) -> None:
        """Looks at most every `LOOK_EVERY_S`; raises when the database does not take it."""
        if time.monotonic() < self._next_look:
            return
        stamp = _stamp(self._folder)
        if stamp != self._seen:
            self.load()
            self._seen = stamp
        self._next_look = time.monotonic() + LOOK_EVERY_S

    def load(self) -> AlertBook:
        """Bring every file without a mistake into the database; log the others."""
        book = load_book(self._folder)
        for problem in book.problems:
            logger.error("alerts file not loaded", extra={"reason": problem})
        for gone in self._loaded.keys() - _slugs(self._folder):
            logger.error("alerts file gone, its contacts stay", extra={"clinic": gone})
        for clinic in book.clinics:
            if self._loaded.get(clinic.clinic) != clinic:
                self._load(clinic)
        return book

    def _load(self, clinic: ClinicAlerts) -> None:
        contacts.store(self._engine, clinic)
        with self._engine.begin() as connection:
            directory = self._reader.current
            alerts.tell_waiting(connection, clinic.clinic, directory, desk_url=self._desk_url)
            kept = len(difference(connection, clinic))
        self._loaded[clinic.clinic] = clinic
        fields = {"clinic": clinic.clinic, "count": len(clinic.contacts)}
        logger.info("alerts file loaded", extra=fields)
        if kept:
            fields = {"clinic": clinic.clinic, "count": kept}
            logger.warning("changes made on the desk differ from the file", extra=fields)
        for warning in short_chains(clinic):
            logger.warning("alerts file", extra={"clinic": clinic.clinic, "reason": warning})


def _stamp(folder: Path) -> Stamp:
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            status = path.stat()
        except OSError:  # gone since it was listed
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _slugs(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.toml")}
