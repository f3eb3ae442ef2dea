"""The people of a clinic: people/<slug>.md, each a page with credentials."""

from collections.abc import Iterable
from pathlib import Path

from content import markdown
from content.articles import check_slug, check_text, markdown_files
from content.mistakes import Mistakes
from content.model import Person, Picture
from content.written import Written, read_written
from contract.directory import Location


def read_people(
    folder: Path,
    mistakes: Mistakes,
    *,
    holds: str,
    locations: Iterable[Location],
    pictures: Iterable[Picture],
) -> tuple[Person, ...]:
    """Every person of `folder`: whoever has the lowest `order` first, then by file name."""
    places = {location.slug for location in locations}
    names = {picture.name for picture in pictures}
    people = []
    for path in markdown_files(folder, mistakes, holds=holds):
        written = read_written(path, mistakes, holds=holds)
        if written is None:
            continue
        person = _person(written)
        _check(written, person, places, names)
        people.append(person)
    return tuple(sorted(people, key=lambda person: person.order))


def _person(written: Written) -> Person:
    table = written.table
    rendered = markdown.render(written.body, first_line=written.body_line)
    person = Person(
        slug=written.path.stem,
        name=table.text("name", at_most=80),
        credentials=table.text("credentials", "", at_most=60),
        role=table.text("role", "", at_most=80),
        license=table.text("license", "", at_most=60),
        certification=table.text("certification", "", at_most=160),
        education=table.texts("education"),
        languages=table.texts("languages"),
        locations=table.texts("locations"),
        portrait=table.text("portrait", "", at_most=80),
        signature=table.text("signature", "", at_most=80),
        order=table.integer("order", 100, at_least=0, at_most=1000),
        html=rendered.html,
        links=rendered.links,
        path=str(written.path),
        left=table.day("left"),
    )
    table.finish()
    check_text(written, rendered)
    check_slug(written, person.slug)
    return person


def _check(written: Written, person: Person, places: set[str], pictures: set[str]) -> None:
    for slug in person.locations:
        if slug not in places:
            known = ", ".join(sorted(places)) or "none"
            written.table.wrong("locations", f"{slug!r} is no location", f"choose of: {known}")
    for key in ("portrait", "signature"):
        name = getattr(person, key)
        if name and name not in pictures:
            remedy = "put the file into the clinic's pictures folder"
            written.table.wrong(key, f"the picture {name!r} is missing", remedy)
