"""Placements: a library article on one clinic's site, in clinics/<slug>/placements/<name>.md.

The front matter names the article and what is different here; the text holds the clinic's own
blocks, each for a place that the article keeps open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it.token import Token

from content import markdown
from content.articles import check_slug, is_slug, markdown_files
from content.blocks import LOCKED
from content.library import Library, LibraryArticle
from content.locking import local_blocks, with_local_text, without_local_blocks
from content.mistakes import Mistakes
from content.model import Article, Clinic, Link, Picture
from content.place import Place, place_of
from content.schedule import read_window
from content.tokens import resolved
from content.written import Written, read_written

CANONICAL = ("self", "library", "noindex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A placement's file, and the library article that it names."""

    written: Written
    slug: str
    source: LibraryArticle


def read_placements(
    folder: Path, mistakes: Mistakes, library: Library, *, holds: str
) -> tuple[Placement, ...]:
    """The placements of `folder`, not yet rendered: links between them need all addresses."""
    placements = []
    for path in markdown_files(folder, mistakes, holds=holds):
        written = read_written(path, mistakes, holds=holds)
        if written is None:
            continue
        slug = written.table.text("slug", path.stem, at_most=80)
        check_slug(written, slug)
        source = _source(written, library)
        if source is not None:
            placements.append(Placement(written=written, slug=slug, source=source))
    return tuple(placements)


def addresses_of(placements: tuple[Placement, ...]) -> dict[str, str]:
    """Slug of a library article -> its address here; the first placement of it counts."""
    found: dict[str, str] = {}
    for placement in placements:
        if is_slug(placement.slug):
            found.setdefault(placement.source.slug, f"/articles/{placement.slug}/")
    return found


def placed_article(placement: Placement, clinic: Clinic, placed: dict[str, str]) -> Article:
    """The article as this clinic shows it."""
    written, source = placement.written, placement.source
    table = written.table
    place = place_of(table, clinic, placed)
    body, added = _body(written, source)
    rendered = markdown.render(body, values=place.values)
    description = _text(placement, place, "description", source.description, at_most=200)
    publish_at, expire_at = read_window(table, place.zone)
    article = Article(
        slug=placement.slug,
        title=_text(placement, place, "title", source.title, at_most=120),
        description=description,
        summary=_text(placement, place, "intro", source.summary, at_most=300),
        html=rendered.html,
        headings=rendered.headings,
        links=(*_own_links(written, added, place), *source.links),
        related=(*table.texts("related"), *_related(source, placed)),
        updated=source.updated,
        path=str(written.path),
        is_condition=source.is_condition,
        without_help_now=source.without_help_now,
        blocks=rendered.blocks,
        lock=source.lock,
        attestation=source.attestation,
        sources=source.sources,
        library=source.slug,
        canonical=table.choice("canonical", CANONICAL, "self"),
        publish_at=publish_at,
        expire_at=expire_at,
    )
    table.finish()
    return article


def with_librarys_pictures(
    own: tuple[Picture, ...],
    articles: Iterable[Article],
    library: Library,
    mistakes: Mistakes,
    *,
    holds: str,
) -> tuple[Picture, ...]:
    """The clinic's `own` pictures and those of what it places; of one name, its own is shown."""
    taken = {picture.name: "" for picture in own}
    found = list(own)
    for article in articles:
        source = library.articles.get(article.library)
        for picture in source.pictures if source else ():
            other = taken.setdefault(picture.name, article.library)
            if other == article.library:
                found.append(picture)
            elif other:
                what = f"{picture.name!r} is a picture of {other} and of {article.library}"
                remedy = "rename one of the two in the library"
                mistakes.add(Path(article.path), 1, what, remedy, holds=holds)
    return tuple(dict.fromkeys(found))


def _source(written: Written, library: Library) -> LibraryArticle | None:
    slug = written.table.text("article", at_most=80)
    source = library.articles.get(slug)
    if source is None or source.is_draft:
        if slug:
            there = sorted(name for name, found in library.articles.items() if not found.is_draft)
            remedy = f"the library has: {', '.join(there) or 'no article'}"
            written.table.wrong("article", f"{slug!r} is not in the library", remedy)
        return None
    if source.is_broken:
        what = f"the library article {slug!r} has mistakes"
        written.table.wrong("article", what, f"correct {source.path}")
        return None
    return source


def _body(written: Written, source: LibraryArticle) -> tuple[str, str]:
    """(the library's text with this clinic's blocks in it, what is added of these alone)."""
    tokens = markdown.parse(written.body)
    lines = written.body.split("\n")
    local: dict[str, str] = {}
    for block in local_blocks(tokens):
        line = written.body_line + block.first
        if block.name not in source.local:
            remedy = f"the article has: {', '.join(source.local) or 'none; write it without one'}"
            written.wrong(line, f"the article has no local block {block.name!r}", remedy)
        elif block.name in local:
            written.wrong(line, f"a second local block {block.name!r}", "write one of each")
        local[block.name] = block.inside(lines)
    after = without_local_blocks(written.body, tokens)
    body = with_local_text(source.body, _parsed(source.body), local)
    return (f"{body}\n\n{after}\n" if after else body), written.body


@lru_cache(maxsize=16)  # one article of the library is placed by many clinics, one after the other
def _parsed(body: str) -> tuple[Token, ...]:
    """To be read only."""
    return tuple(markdown.parse(body))


def _own_links(written: Written, added: str, place: Place) -> tuple[Link, ...]:
    """Check the clinic's own blocks; their links, with the lines of the placement's file."""
    rendered = markdown.render(added, first_line=written.body_line, values=place.values)
    written.wrong_all(rendered.problems)
    for name in rendered.blocks:
        if name in LOCKED:
            remedy = "clinical blocks belong into the library article, where they are attested"
            written.wrong(written.body_line, f"a ::: {name} block in a placement", remedy)
    return rendered.links


def _related(source: LibraryArticle, placed: dict[str, str]) -> tuple[str, ...]:
    """Where this clinic has placed what the library calls related."""
    return tuple(
        placed[slug].removeprefix("/articles/").rstrip("/")
        for slug in source.related
        if slug in placed
    )


def _text(placement: Placement, place: Place, key: str, default: str, *, at_most: int) -> str:
    table = placement.written.table
    text = table.text(key, default, at_most=at_most)
    return resolved(text, place.values, lambda what, remedy: table.wrong(key, what, remedy))
