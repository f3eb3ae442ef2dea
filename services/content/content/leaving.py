"""A person leaves a clinic: one line in people/<slug>.md, and no page names them any more.

    left = 2026-11-24

Their page answers 410 and links to it become words; forms offer them no more, tokens show their
fallback, and a review that they signed is due, so that its name and dates are gone too.  Nothing is
deleted: without the line they are back.

CannotLeave         nothing was changed; the message says why
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from content.files import FENCE
from content.model import Clinic, Person
from plumbing.files import replace_file
from plumbing.words import ENGLISH

READABLE = 0o644


class CannotLeave(Exception):  # noqa: N818 - what happened
    """Nothing was changed."""


def without_left(clinic: Clinic, people: Iterable[Person]) -> Clinic:
    """`clinic` with those of `people` who are here; the others only in `left`."""
    people = tuple(people)
    left = tuple(person for person in people if person.left)
    gone = {person.slug for person in left}
    return replace(
        clinic,
        people=tuple(person for person in people if not person.left),
        left=left,
        practitioners=tuple(each for each in clinic.practitioners if each.value not in gone),
    )


def addresses_of_left(clinic: Clinic) -> tuple[str, ...]:
    """Where their pages were, in every language."""
    return tuple(
        f"{'' if language == ENGLISH else f'/{language}'}{person.address}"
        for person in clinic.left
        for language in clinic.languages
    )


def signed_by_left(clinic: Clinic, reviewer: str) -> bool:
    return reviewer in {name for person in clinic.left for name in (person.name, person.full_name)}


def leave(folder: Path, slug: str, *, on: date) -> Path:
    """Write the line into the person's file; an earlier one is replaced."""
    path = _file(folder, slug)
    lines = _without_line(path)
    end = [number for number, line in enumerate(lines) if line.strip() == FENCE][1]
    before_tables = next((n for n in range(1, end) if lines[n].startswith("[")), end)
    lines.insert(before_tables, f"left = {on.isoformat()}\n")
    replace_file(path, "".join(lines).encode(), mode=READABLE)
    return path


def come_back(folder: Path, slug: str) -> Path:
    """Remove the line."""
    path = _file(folder, slug)
    replace_file(path, "".join(_without_line(path)).encode(), mode=READABLE)
    return path


def still_named(folder: Path, name: str) -> list[tuple[Path, int]]:
    """File and line of every text of the clinic in which the name is written out."""
    return [
        (path, number)
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".md", ".toml"} and path.parent.name != "people"
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        if name in line
    ]


def _file(folder: Path, slug: str) -> Path:
    path = folder / "people" / f"{slug}.md"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in path.parent.glob("*.md"))) or "nobody"
        raise CannotLeave(f"{path} is not there; people of this clinic: {there}")
    if path.read_text(encoding="utf-8").split("\n").count(FENCE) < 2:  # noqa: PLR2004
        raise CannotLeave(f"{path} has no front matter between two lines of {FENCE}")
    return path


def _without_line(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [line for line in lines if line.partition("=")[0].strip() != "left"]
