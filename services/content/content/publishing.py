"""The clinic directory: compiled from the clinic files, versioned on disk, published signed."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content import palette
from content.catalog import Catalog
from content.model import Clinic, Theme
from content.sites import Addresses, held_back
from contract import directory
from plumbing.files import replace_file

COPY = "directory.json"


def compile_directory(
    catalog: Catalog, addresses: Addresses, last: directory.Directory | None
) -> tuple[directory.Clinic, ...]:
    """Every clinic's entry; one with mistakes keeps its entry of the `last` directory."""
    clinics = {clinic.slug: _entry(clinic, addresses) for clinic in catalog.publishable()}
    for entry in last.clinics if last else ():
        if entry.slug in held_back(catalog):
            clinics[entry.slug] = entry
    return tuple(clinics[slug] for slug in sorted(clinics))


def next_directory(
    clinics: tuple[directory.Clinic, ...], last: directory.Directory | None
) -> directory.Directory:
    """The same version for the same clinics, else a higher one, whatever the clock says."""
    if last is not None and last.clinics == clinics:
        return last
    version = max(time.time_ns() // 1_000_000, last.version + 1 if last else 0)
    return directory.Directory(version=version, clinics=clinics)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryStore:
    """The last directory on disk, so that versions rise over restarts."""

    state_dir: Path

    def last(self) -> directory.Directory | None:
        """Raises ValueError when the file is damaged: versions must not start again."""
        path = self.state_dir / COPY
        if not path.exists():
            return None
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return directory.Directory.from_json(raw)

    def keep(self, document: directory.Directory) -> None:
        text = json.dumps(document.to_json(), ensure_ascii=False, indent=1)
        replace_file(self.state_dir / COPY, text.encode())


def _entry(clinic: Clinic, addresses: Addresses) -> directory.Clinic:
    return directory.Clinic(
        slug=clinic.slug,
        name=clinic.name,
        hosts=addresses.hosts_of(clinic),
        phone=clinic.phone,
        phone_display=clinic.phone_display,
        locations=clinic.locations,
        forms=(*clinic.forms, *(("comment",) if clinic.comments else ())),
        reasons=clinic.reasons,
        practitioners=clinic.practitioners,
        languages=clinic.languages,
        confirmations=clinic.confirmations,
        click_ids=clinic.click_ids,
        keep=clinic.keep,
        brand=_brand(clinic.theme),
    )


def _brand(theme: Theme) -> directory.Brand:
    colors = palette.by_day(theme)
    return directory.Brand(color=colors.brand, on_color=colors.on_brand)
