"""Articles, pages and drafts: Markdown files with a front matter between +++ lines."""

import re
from pathlib import Path

from content import markdown
from content.files import read_text, read_toml, split_front_matter
from content.mistakes import Mistakes
from content.model import Article
from content.tables import Table

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
    folder: Path, mistakes: Mistakes, *, kind: str, holds: str, drafts: bool = False
) -> tuple[Article, ...]:
    """Every Markdown file of `folder` in the order of their names; () when there is none."""
    if not folder.is_dir():
        return ()
    articles = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.suffix != ".md":
            mistakes.add(
                path, 1, "is not a Markdown file", "name it *.md or remove it", holds=holds
            )
        elif article := read_article(path, mistakes, kind=kind, holds=holds, is_draft=drafts):
            articles.append(article)
    return tuple(articles)


def read_article(
    path: Path, mistakes: Mistakes, *, kind: str, holds: str, is_draft: bool, slug: str = ""
) -> Article | None:
    """One file; None when nothing of it can be shown.  A draft may lack its description."""
    text = read_text(path, mistakes, holds=holds)
    if text is None:
        return None
    parts = split_front_matter(text)
    if parts is None:
        remedy = 'begin with a line "+++", then title and description, then "+++"'
        mistakes.add(path, 1, "has no front matter", remedy, holds=holds)
        return None
    front, body, body_line = parts
    table = read_toml(front, path, mistakes, holds=holds, first_line=2)
    if table is None:
        return None
    if is_draft:
        kind = table.choice("kind", ("article", "page"), kind)
    article = _article(
        table, path, slug or path.stem, kind, is_draft=is_draft, body=body, body_line=body_line
    )
    _check_slug(path, article, mistakes, holds)
    return article


def _article(
    table: Table, path: Path, slug: str, kind: str, *, is_draft: bool, body: str, body_line: int
) -> Article:
    rendered = markdown.render(body, first_line=body_line)
    title = table.text("title", "" if is_draft else None, at_most=120)
    description = table.text("description", "" if is_draft else None, at_most=200)
    article = Article(
        slug=slug,
        title=title or slug,
        description=description,
        summary=table.text("summary", description, at_most=300) if kind == "article" else "",
        html=rendered.html,
        headings=rendered.headings,
        links=rendered.links,
        related=table.texts("related") if kind == "article" else (),
        updated=table.day("updated"),
        path=str(path),
        kind=kind,
        is_draft=is_draft,
        tasks=_tasks(table, is_draft=is_draft),
    )
    table.finish()
    _check_body(table, path, rendered, body, body_line)
    return article


def _tasks(table: Table, *, is_draft: bool) -> tuple[str, ...]:
    tasks = table.texts("tasks")
    if tasks and not is_draft:
        remedy = "do them and take the lines out, or move the file to drafts/"
        table.wrong("tasks", f"{len(tasks)} tasks are left to do", remedy)
    return tasks


def _check_body(
    table: Table, path: Path, rendered: markdown.Rendered, body: str, body_line: int
) -> None:
    source = table.source
    if not body.strip():
        remedy = "write something below the second +++"
        source.mistakes.add(path, body_line, "has no text", remedy, holds=source.holds)
    if rendered.first_heading_1:
        what, remedy = "a heading with one #", "use ## (the title is the only level-one heading)"
        source.mistakes.add(path, rendered.first_heading_1, what, remedy, holds=source.holds)
    if rendered.stray_card:
        names = ", ".join(markdown.CARDS)
        what, remedy = "a ::: line that opens no card", f"use one of: {names}; close with :::"
        source.mistakes.add(path, rendered.stray_card, what, remedy, holds=source.holds)


def _check_slug(path: Path, article: Article, mistakes: Mistakes, holds: str) -> None:
    if not is_slug(article.slug):
        remedy = "name it in lower-case letters, digits and single hyphens, like back-pain.md"
        mistakes.add(path, 1, f"{article.slug!r} cannot be an address", remedy, holds=holds)
    elif article.kind == "page" and article.slug in RESERVED:
        what = f"/{article.slug}/ is an address of its own"
        mistakes.add(path, 1, what, "name the file otherwise", holds=holds)
