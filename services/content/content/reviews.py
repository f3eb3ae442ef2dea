"""Which articles wait for a reviewer, and the command that writes down a reviewer's word.

AttestRefused       nothing was written; the message says why
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from content.attestation import Attestations, add_attestations, read_attestations
from content.catalog import Catalog
from content.leaving import signed_by_left
from content.library import LibraryArticle
from content.links import is_vague
from content.mistakes import Mistake, Mistakes
from content.model import Article, Attestation, Link
from content.schedule import review_is_due


class AttestRefused(Exception):  # noqa: N818 - what happened
    """Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One article whose locked blocks were attested; `lock` is their hash."""

    path: str
    lock: str
    kept_in: Path


def notices(catalog: Catalog, now: datetime) -> tuple[Mistake, ...]:
    """What is no mistake and still needs a person: articles that wait, reviews that are due."""
    found = Mistakes()
    for source in catalog.library.articles.values():
        _vague_links(source.links, source.path, found)
        if not source.is_draft:
            _notice(source, source.attested_before, found)
    for clinic in catalog.clinics:
        attestations = _of_folder(clinic.articles)
        for article in clinic.articles:
            if not article.library:
                _notice(article, attestations.newest(article.slug), found)
            if review_is_due(clinic, article, now) and article.attestation:
                what = f"its review was due on {article.attestation.next_review}"
                if signed_by_left(clinic, article.attestation.reviewer):
                    what = f"its review is due: {article.attestation.reviewer} has left the clinic"
                found.add(Path(article.path), 1, what, _remedy(article.path), holds="")
        for page in (*clinic.articles, *clinic.pages, *clinic.drafts):
            _vague_links([link for link in page.links if not link.path], page.path, found)
    return tuple(found)


def _vague_links(links: Iterable[Link], path: str, found: Mistakes) -> None:
    """Those whose words say nothing to somebody who hears the page's links read out alone."""
    for link in links:
        if is_vague(link.name):
            remedy = "name what it leads to, like: [how to lift safely](…)"
            what = f"a link that is called {link.name!r}"
            found.add(Path(path), link.line, what, remedy, holds="")


def attest(catalog: Catalog, files: Iterable[Path], attestation: Attestation) -> list[Attested]:
    """Write an attestation for each article's locked blocks as they are now.

    `attestation` says who, when and until when; its `lock` is replaced by each article's own.
    Raises AttestRefused before anything is written.
    """
    if attestation.next_review <= attestation.on:
        raise AttestRefused("the next review must be after the day of this one")
    known = {Path(path).resolve(): (path, slug, lock) for path, slug, lock in _articles(catalog)}
    broken = {Path(mistake.path).resolve() for mistake in catalog.mistakes}
    found = []
    for file in files:
        if file.resolve() in broken:
            raise AttestRefused(f"{file}: has mistakes; see: python -m content check")
        if file.resolve() not in known:
            raise AttestRefused(f"{file}: is no article of a clinic or of the library")
        if not known[file.resolve()][2]:
            raise AttestRefused(f"{file}: has no clinical block, so there is nothing to attest")
        found.append(known[file.resolve()])
    return [_write(path, slug, lock, attestation) for path, slug, lock in found]


def _write(path: str, slug: str, lock: str, word: Attestation) -> Attested:
    folder = Path(path).parents[1]
    if Path(path).name == "article.md":
        folder = Path(path).parents[2]
    entry = Attestation(
        reviewer=word.reviewer,
        license=word.license,
        on=word.on,
        next_review=word.next_review,
        lock=lock,
    )
    return Attested(path=path, lock=lock, kept_in=add_attestations(folder, [(slug, entry)]))


def _articles(catalog: Catalog) -> Iterable[tuple[str, str, str]]:
    """(file, slug, lock) of every article that can be attested; a placement is its source's."""
    for source in catalog.library.articles.values():
        yield source.path, source.slug, source.lock
    for clinic in catalog.clinics:
        for article in clinic.articles:
            if not article.library:
                yield article.path, article.slug, article.lock


def _notice(article: Article | LibraryArticle, newest: Attestation | None, found: Mistakes) -> None:
    path = Path(article.path)
    if article.without_help_now:
        what = "has no block that says when to get help now"
        remedy = f"the stated reason: {article.without_help_now}"
        found.add(path, 1, what, remedy, holds="")
    if not article.lock or article.attestation:
        return
    if newest is None:
        what = "is not public: no reviewer has attested its clinical blocks"
    else:
        what = (
            f"is not public: its clinical blocks changed since {newest.reviewer} attested them"
            f" on {_day(newest.on)}"
        )
    found.add(path, 1, what, _remedy(article.path), holds="")


def _remedy(path: str) -> str:
    return f"have it reviewed, then: python -m content attest {path} --reviewer … --license …"


def _day(day: date) -> str:
    return day.isoformat()


def _of_folder(articles: Iterable[Article]) -> Attestations:
    own = next((article for article in articles if not article.library), None)
    if own is None:
        return Attestations()
    return read_attestations(Path(own.path).parents[1], Mistakes(), holds="")
