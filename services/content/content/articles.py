"""Articles, pages and drafts of a clinic: Markdown files with a front matter between +++ lines."""

import re
from dataclasses import replace
from pathlib import Path

from content import markdown
from content.attestation import Attestations
from content.mistakes import Mistakes
from content.model import Article, Clinic
from content.place import place_of
from content.schedule import read_window
from content.tokens import Values
from content.written import Written, check_condition, read_sources, read_tasks, read_written

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_SLUG = 80
# fmt: off
RESERVED = frozenset({
    "appointment", "articles", "assets", "comments", "contact", "desk", "en", "es", "feed",
    "healthz", "leads", "locations", "people", "thanks",
})
# fmt: on


def is_slug(text: str) -> bool:
    return len(text) <= MAX_SLUG and SLUG.fullmatch(text) is not None


def read_folder(
    folder: Path,
    mistakes: Mistakes,
    *,
    kind: str,
    holds: str,
    drafts: bool = False,
    clinic: Clinic | None = None,
    attestations: Attestations | None = None,
    placed: dict[str, str] | None = None,
) -> tuple[Article, ...]:
    """Every Markdown file of `folder` in the order of their names; () when there is none."""
    articles = []
    for path in markdown_files(folder, mistakes, holds=holds):
        written = read_written(path, mistakes, holds=holds)
        if written is None:
            continue
        article = _article(
            written,
            kind=kind,
            is_draft=drafts,
            clinic=clinic,
            attestations=attestations or Attestations(),
            placed=placed or {},
        )
        check_slug(written, article.slug, article.kind)
        articles.append(article)
    return tuple(articles)


def markdown_files(folder: Path, mistakes: Mistakes, *, holds: str) -> list[Path]:
    """The Markdown files of `folder` by name; anything else in it is a mistake."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.suffix == ".md":
            found.append(path)
        else:
            remedy = "name it *.md or remove it"
            mistakes.add(path, 1, "is not a Markdown file", remedy, holds=holds)
    return found


def check_slug(written: Written, slug: str, kind: str = "article") -> None:
    if not is_slug(slug):
        remedy = "name it in lower-case letters, digits and single hyphens, like back-pain.md"
        written.wrong(1, f"{slug!r} cannot be an address", remedy)
    elif kind == "page" and slug in RESERVED:
        written.wrong(1, f"/{slug}/ is an address of its own", "name the file otherwise")


def check_text(written: Written, rendered: markdown.Rendered) -> None:
    if not written.body.strip():
        written.wrong(written.body_line, "has no text", "write something below the second +++")
    written.wrong_all(rendered.problems)


def _article(
    written: Written,
    *,
    kind: str,
    is_draft: bool,
    clinic: Clinic | None,
    attestations: Attestations,
    placed: dict[str, str],
) -> Article:
    """A draft may lack its description, and may say which kind it is of."""
    table = written.table
    if is_draft:
        kind = table.choice("kind", ("article", "page"), kind)
    place = place_of(table, clinic, placed)
    rendered = markdown.render(
        written.body, first_line=written.body_line, values=place.values if clinic else Values()
    )
    slug = written.path.stem
    description = table.text("description", "" if is_draft else None, at_most=200)
    article = Article(
        slug=slug,
        title=table.text("title", "" if is_draft else None, at_most=120) or slug,
        description=description,
        summary=table.text("summary", description, at_most=300) if kind == "article" else "",
        html=rendered.html,
        headings=rendered.headings,
        links=rendered.links,
        related=table.texts("related") if kind == "article" else (),
        updated=table.day("updated"),
        path=str(written.path),
        kind=kind,
        is_draft=is_draft,
        tasks=read_tasks(table, is_draft=is_draft),
    )
    if kind == "article":
        article = _reviewed(article, written, rendered, attestations, place.zone)
    table.finish()
    check_text(written, rendered)
    return article


def _reviewed(
    article: Article,
    written: Written,
    rendered: markdown.Rendered,
    attestations: Attestations,
    zone: str,
) -> Article:
    """With what an article has beyond a plain page."""
    is_condition, without = check_condition(written, rendered, default=bool(rendered.lock))
    publish_at, expire_at = read_window(written.table, zone)
    return replace(
        article,
        is_condition=is_condition,
        without_help_now=without,
        blocks=rendered.blocks,
        lock=rendered.lock,
        attestation=attestations.valid(article.slug, rendered.lock),
        sources=read_sources(written.table),
        canonical=written.table.choice("canonical", ("self", "noindex"), "self"),
        publish_at=publish_at,
        expire_at=expire_at,
    )
