"""Reads the clinic files again and again, each folder only when something in it has changed."""

import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from content.clinic_file import read_clinic
from content.library import Library, LibraryArticle, read_library
from content.mistakes import Mistake, Mistakes
from content.model import Clinic
from content.workers import for_a_while, workers

Fingerprint = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one folder said when it had `fingerprint`, and the library articles that it used."""

    fingerprint: Fingerprint
    uses: Mapping[str, LibraryArticle]
    clinic: Clinic | None
    mistakes: tuple[Mistake, ...]

    def is_still_so(self, fingerprint: Fingerprint, library: Library) -> bool:
        """A clinic with mistakes may have asked for an article that was not there."""
        return self.fingerprint == fingerprint and (
            self.uses == library.articles
            if self.mistakes
            else all(library.articles.get(slug) == used for slug, used in self.uses.items())
        )


class Reader:
    """Not for two threads at once."""

    def __init__(self) -> None:
        self._clinics: dict[Path, Read] = {}
        self._library: tuple[Fingerprint, Library, tuple[Mistake, ...]] | None = None

    def library(self, library_dir: Path) -> tuple[Library, tuple[Mistake, ...]]:
        fingerprint = fingerprint_of(library_dir)
        if self._library is None or self._library[0] != fingerprint:
            mistakes = Mistakes()
            read = read_library(library_dir, mistakes)
            self._library = (fingerprint, read, tuple(mistakes.found))
        return self._library[1:]

    def clinics(self, folders: list[Path], library: Library) -> list[Read]:
        """One for each of `folders`, in their order.  A clinic that did not change is the same
        object as before."""
        now = {folder: fingerprint_of(folder) for folder in folders}
        known = {
            folder: read
            for folder, read in self._clinics.items()
            if folder in now and read.is_still_so(now[folder], library)
        }
        changed = [folder for folder in folders if folder not in known]
        for folder, (clinic, mistakes) in zip(changed, _read_all(changed, library), strict=True):
            known[folder] = Read(
                fingerprint=now[folder],
                uses=library.articles if mistakes else _used(clinic, library),
                clinic=clinic,
                mistakes=mistakes,
            )
        self._clinics = known
        return [known[folder] for folder in folders]


def _used(clinic: Clinic | None, library: Library) -> dict[str, LibraryArticle]:
    articles = clinic.articles if clinic else ()
    return {found.library: library.articles[found.library] for found in articles if found.library}


def fingerprint_of(folder: Path) -> Fingerprint:
    """Path, time and size of every file below `folder`."""
    return tuple(sorted(_files(str(folder))))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # removed meanwhile
        return
    for entry in entries:
        try:
            status = entry.stat()
        except OSError:
            continue
        yield (entry.path, status.st_mtime_ns, status.st_size)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)


def _read_all(
    folders: list[Path], library: Library
) -> Iterator[tuple[Clinic | None, tuple[Mistake, ...]]]:
    waiting = deque(folders)
    for folder in for_a_while(waiting):
        yield _read_one(folder, library)
    if waiting:
        with workers(partial(_set_library, library)) as pool:
            yield from pool.map(_read_with_library, waiting, chunksize=4)


def _read_one(folder: Path, library: Library) -> tuple[Clinic | None, tuple[Mistake, ...]]:
    mistakes = Mistakes()
    clinic = read_clinic(folder, mistakes, library)
    return clinic, tuple(mistakes.found)


_shared: list[Library] = []  # of a worker process: sent once, not with every folder


def _set_library(library: Library) -> None:
    _shared[:] = [library]


def _read_with_library(folder: Path) -> tuple[Clinic | None, tuple[Mistake, ...]]:
    return _read_one(folder, _shared[0])
