"""Carry a clinic to another installation: its folder, and what it shows of the library.

DIR/clinics/<slug>/…            every file as it is
DIR/library/articles/<slug>/…   the articles that it places
DIR/library/attestations.toml   who answers for them

DIR can be looked at with `--clinics-dir DIR/clinics --library-dir DIR/library`.  Carried out, in
and out again, it is the same byte for byte.  Contacts (alerts/) and requests are not content's.

CannotCarry         nothing was written; the message says why
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from content.articles import is_slug
from content.attestation import FILE as ATTESTATIONS
from content.catalog import read_catalog


class CannotCarry(Exception):  # noqa: N818 - what happened
    """Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    source: Path
    target: Path


def carry_out(clinics_dir: Path, library_dir: Path, slug: str, out: Path) -> list[str]:
    """Write the clinic `slug` into the new folder `out`; the report's lines."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CannotCarry(f"{out} is there already: name a new folder")
    if not (clinics_dir / slug / "clinic.toml").is_file():
        raise CannotCarry(f"{clinics_dir / slug} holds no clinic")
    clinic = read_catalog(clinics_dir, library_dir).clinic(slug)
    texts = (*clinic.articles, *clinic.drafts) if clinic else ()
    placed = sorted({article.library for article in texts if article.library})
    copies = _copies(clinics_dir / slug, out / "clinics" / slug)
    for article in placed:
        folder = Path("library", "articles", article)
        copies += _copies(library_dir / "articles" / article, out / folder)
    if placed and (library_dir / ATTESTATIONS).is_file():
        copies.append(
            Copy(source=library_dir / ATTESTATIONS, target=out / "library" / ATTESTATIONS)
        )
    _write(copies)
    return [f"{len(copies)} files -> {out}", *(f"with the library's {name}" for name in placed)]


def is_carried(folder: Path) -> bool:
    return (folder / "clinics").is_dir()


def carry_in(folder: Path, clinics_dir: Path, library_dir: Path, slug: str) -> list[str]:
    """Take the clinic of an exported `folder` in as `slug`; the report's lines."""
    found = [path for path in sorted((folder / "clinics").iterdir()) if path.is_dir()]
    if len(found) != 1:
        raise CannotCarry(f"{folder / 'clinics'} holds {len(found)} clinics: it must be one")
    if not is_slug(slug):
        raise CannotCarry(f"{slug!r} is no slug: use lower-case letters, digits and hyphens")
    if (clinics_dir / slug).exists():
        raise CannotCarry(f"{clinics_dir / slug} exists already")
    copies = _copies(found[0], clinics_dir / slug)
    shared = folder / "library"
    library = _copies(shared, library_dir) if shared.is_dir() else []
    other = [copy for copy in library if copy.target.exists() and not _is_same(copy)]
    if other:
        names = ", ".join(str(copy.target) for copy in other)
        raise CannotCarry(
            f"the library here has other words in: {names}. Bring them together first"
        )
    copies += [copy for copy in library if not copy.target.exists()]
    _write(copies)
    return [f"{len(copies)} files -> {clinics_dir / slug} and {library_dir}"]


def _copies(source: Path, target: Path) -> list[Copy]:
    """One for each file below `source`; raises CannotCarry for what is no plain file."""
    copies = []
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if any(part.startswith(".") for part in inside.parts):
            continue  # an editor's or git's own
        if path.is_symlink():
            raise CannotCarry(f"{path} is a link: put the file itself there")
        if path.is_file():
            copies.append(Copy(source=path, target=target / inside))
    return copies


def _is_same(copy: Copy) -> bool:
    return copy.source.read_bytes() == copy.target.read_bytes()


def _write(copies: Iterable[Copy]) -> None:
    for copy in copies:
        copy.target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy.source, copy.target)
