"""library/taken-down.toml: articles that no clinic shows any more, whoever placed or wrote them.

    [articles]
    sore-back = 2026-11-24

One line takes an article off every site at once; its addresses answer 410.  Nothing is deleted:
without the line it is back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from content.files import read_text, read_toml
from content.mistakes import Mistakes
from content.model import Article, Clinic
from plumbing.files import replace_file

FILE = "taken-down.toml"
READABLE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One place where an article was."""

    clinic: str
    url: str


def read_taken_down(library_dir: Path, mistakes: Mistakes) -> dict[str, date]:
    """Slug -> the day since which it is taken down."""
    path = library_dir / FILE
    if not path.exists():
        return {}
    text = read_text(path, mistakes, holds="")
    table = None if text is None else read_toml(text, path, mistakes, holds="")
    if table is None:
        return {}
    lines = table.table("articles")
    found = {slug: lines.day(slug) for slug in lines.items()}
    table.finish()
    return {slug: day for slug, day in found.items() if day}


def without_taken_down(clinic: Clinic, taken: dict[str, date]) -> Clinic:
    """`clinic` with the articles marked that are not shown, and their addresses as gone."""
    marked = [article for article in clinic.articles if _is_taken(article, taken)]
    if not marked:
        return clinic
    articles = tuple(
        replace(article, taken_down=True) if article in marked else article
        for article in clinic.articles
    )
    gone = dict.fromkeys((*clinic.gone, *(article.address for article in marked)))
    return replace(clinic, articles=articles, gone=tuple(gone))


def take_down(library_dir: Path, slug: str, *, on: date) -> Path:
    """Write the line; an earlier one for the same article stays."""
    path = library_dir / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else "[articles]\n"
    if slug not in read_taken_down(library_dir, Mistakes()):
        text = f"{text.rstrip()}\n{slug} = {on.isoformat()}\n"
        replace_file(path, text.encode(), mode=READABLE)
    return path


def put_back(library_dir: Path, slug: str) -> bool:
    """Remove the line; False when there was none."""
    path = library_dir / FILE
    if slug not in read_taken_down(library_dir, Mistakes()):
        return False
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.partition("=")[0].strip().strip('"') != slug]
    replace_file(path, "".join(kept).encode(), mode=READABLE)
    return True


def brands(clinics: Iterable[Clinic], slug: str) -> list[Brand]:
    """Where an article with `slug`, its own or the library's, is shown."""
    return [
        Brand(clinic=clinic.name, url=f"https://{clinic.hosts[0]}{article.address}")
        for clinic in clinics
        for article in clinic.articles
        if slug in (article.slug, article.library) and clinic.hosts
    ]


def _is_taken(article: Article, taken: dict[str, date]) -> bool:
    return article.slug in taken or article.library in taken
