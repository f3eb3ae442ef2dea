"""The library: articles that belong to no clinic and have no address until a clinic places them.

library/articles/<slug>/article.md     the article
library/articles/<slug>/draft.md       not ready to be placed, shown in the preview
library/articles/<slug>/pictures/      what it shows; it comes along to every clinic
library/attestations.toml              who answers for the clinical blocks
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from content import markdown
from content.articles import check_slug, check_text
from content.attestation import Attestations, read_attestations
from content.locking import local_blocks
from content.mistakes import Mistakes
from content.model import Attestation, Link, Picture, Source
from content.pictures import picture_named, read_pictures
from content.tokens import Values, resolved
from content.written import Written, check_condition, read_sources, read_tasks, read_written

NAME, DRAFT, PICTURES = "article.md", "draft.md", "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryArticle:
    """`title`, `description`, `summary` and `body` still have their tokens."""

    slug: str
    title: str
    description: str
    summary: str
    body: str
    path: str
    updated: date | None
    related: tuple[str, ...]  # slugs of the library
    sources: tuple[Source, ...]
    home: str  # the clinic whose placement search engines should show, "" for none
    is_condition: bool
    without_help_now: str
    blocks: tuple[str, ...]
    lock: str
    attestation: Attestation | None
    attested_before: Attestation | None  # the newest one, also of other words
    local: tuple[str, ...]  # names of the places for local text
    is_draft: bool
    is_broken: bool  # it has a mistake: it cannot be placed
    tasks: tuple[str, ...] = ()  # what is left to do, of a draft
    links: tuple[Link, ...] = ()  # which must lead somewhere on each clinic's site too
    pictures: tuple[Picture, ...] = ()  # of its own folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """By slug."""

    articles: dict[str, LibraryArticle] = field(default_factory=dict)


def read_library(library_dir: Path, mistakes: Mistakes) -> Library:
    """Every article.  A mistake in one is reported and holds the clinics that place it."""
    folder = library_dir / "articles"
    attestations = read_attestations(library_dir, mistakes, holds="")
    found = {}
    for path in _article_files(folder, mistakes):
        before = len(mistakes)
        written = read_written(path, mistakes, holds="")
        if written is not None:
            article = _article(written, attestations, mistakes, before)
            if article.slug not in found or not article.is_draft:
                found[article.slug] = article
    for article in found.values():
        for slug in article.related:
            if slug not in found:
                remedy = "name the folder of an article of the library"
                what = f"related article {slug!r} is missing"
                mistakes.add(Path(article.path), 2, what, remedy, holds="")
    return Library(articles=found)


def _article_files(folder: Path, mistakes: Mistakes) -> Iterator[Path]:
    for inside in sorted(folder.iterdir()) if folder.is_dir() else ():
        if inside.name.startswith("."):
            continue
        files = [inside / name for name in (DRAFT, NAME) if (inside / name).is_file()]
        if not files:
            what, remedy = "is no article of the library", f"put an {NAME} into a folder of its own"
            mistakes.add(inside, 1, what, remedy, holds="")
        yield from files


def _article(
    written: Written, attestations: Attestations, mistakes: Mistakes, before: int
) -> LibraryArticle:
    table, slug = written.table, written.path.parent.name
    is_draft = written.path.name == DRAFT
    rendered = markdown.render(written.body, first_line=written.body_line)
    description = _text(written, "description", "" if is_draft else None, at_most=200)
    is_condition, without = check_condition(written, rendered, default=not is_draft)
    summary = _text(written, "summary", description, at_most=300)
    title = _text(written, "title", "" if is_draft else None, at_most=120) or slug
    tasks = read_tasks(table, is_draft=is_draft)
    updated, related = table.day("updated"), table.texts("related")
    sources, home = read_sources(table), table.text("home", "", at_most=80)
    local = _local_names(written)
    pictures = read_pictures(written.path.parent / PICTURES, mistakes, holds="")
    _check_pictures(written, rendered, pictures)
    table.finish()
    check_slug(written, slug)
    check_text(written, rendered)
    return LibraryArticle(
        slug=slug,
        title=title,
        description=description,
        summary=summary,
        body=written.body,
        path=str(written.path),
        updated=updated,
        related=related,
        sources=sources,
        home=home,
        is_condition=is_condition,
        without_help_now=without,
        blocks=rendered.blocks,
        lock=rendered.lock,
        attestation=attestations.valid(slug, rendered.lock),
        attested_before=attestations.newest(slug),
        local=local,
        is_draft=is_draft,
        is_broken=len(mistakes) > before,
        tasks=tasks,
        links=tuple(replace(link, path=str(written.path)) for link in rendered.links),
        pictures=pictures,
    )


def _check_pictures(
    written: Written, rendered: markdown.Rendered, pictures: tuple[Picture, ...]
) -> None:
    """Each is in the article's own folder or one of this package's: clinics have them with it."""
    for link in rendered.links:
        if link.is_picture and picture_named(pictures, link.target) is None:
            where = f"{written.path.parent / PICTURES}"
            remedy = f"put it into {where}, or name a drawing: drawing:NAME"
            written.wrong(link.line, f"there is no picture {link.target!r}", remedy)


def _text(written: Written, key: str, default: str | None, *, at_most: int) -> str:
    text = written.table.text(key, default, at_most=at_most)
    resolved(text, Values(), lambda what, remedy: written.table.wrong(key, what, remedy))
    return text


def _local_names(written: Written) -> tuple[str, ...]:
    names: list[str] = []
    for block in local_blocks(markdown.parse(written.body)):
        line = written.body_line + block.first
        if not block.name:
            remedy = "write one, like: ::: local where-we-are"
            written.wrong(line, "a local block without a name", remedy)
        elif block.name in names:
            written.wrong(line, f"a second local block {block.name!r}", "give each its own name")
        elif block.is_in_locked:
            what = "a local block inside a clinical one"
            written.wrong(line, what, "move it out: clinical blocks are the same everywhere")
        names.append(block.name)
    return tuple(names)
