"""All clinics of the group, read and checked as a whole."""

from dataclasses import dataclass
from pathlib import Path

from content.canonical import with_canonical_urls
from content.library import Library
from content.mistakes import Mistake, Mistakes
from content.model import Clinic
from content.reading import Reader
from content.takedown import read_taken_down, without_taken_down


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """`clinics`: every clinic that could be read at all, also one with mistakes."""

    clinics: tuple[Clinic, ...]
    slugs: tuple[str, ...]  # every folder, also of a clinic that could not be read
    mistakes: tuple[Mistake, ...]
    library: Library

    def clinic(self, slug: str) -> Clinic | None:
        return next((clinic for clinic in self.clinics if clinic.slug == slug), None)

    def publishable(self) -> tuple[Clinic, ...]:
        """The clinics without a mistake; a draft's mistake holds nothing back."""
        held = {mistake.holds for mistake in self.mistakes}
        return tuple(clinic for clinic in self.clinics if clinic.slug not in held)


def read_catalog(clinics_dir: Path, library_dir: Path, reader: Reader | None = None) -> Catalog:
    """Everything, checked as a whole.  A `reader` reads only what changed since it last did."""
    reader = reader or Reader()
    mistakes = Mistakes()
    folders = sorted(
        path for path in clinics_dir.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if not folders:
        remedy = "add a folder with a clinic.toml, or correct CLINICS_DIR"
        mistakes.add(clinics_dir, 1, "holds no clinic", remedy, holds="")
    library, found = reader.library(library_dir)
    mistakes.found += found
    read = reader.clinics(folders, library)
    mistakes.found += [mistake for entry in read for mistake in entry.mistakes]
    clinics = [entry.clinic for entry in read if entry.clinic]
    taken = read_taken_down(library_dir, mistakes)
    clinics = [
        without_taken_down(clinic, taken)
        for clinic in with_canonical_urls(clinics, library, mistakes)
    ]
    _check_hosts(clinics, clinics_dir, mistakes)
    return Catalog(
        clinics=tuple(clinics),
        slugs=tuple(folder.name for folder in folders),
        mistakes=tuple(mistakes),
        library=library,
    )


def _check_hosts(clinics: list[Clinic], clinics_dir: Path, mistakes: Mistakes) -> None:
    owners: dict[str, str] = {}
    for clinic in clinics:
        for host in dict.fromkeys(clinic.hosts):
            owner = owners.setdefault(host, clinic.slug)
            if owner != clinic.slug:
                path = clinics_dir / clinic.slug / "clinic.toml"
                what = f"{host!r} is already a host of {owner}"
                remedy = "a host belongs to one clinic: remove it here or there"
                mistakes.add(path, _line_with(path, host), what, remedy, holds=clinic.slug)


def _line_with(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)
