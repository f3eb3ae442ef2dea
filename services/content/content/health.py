"""The health of the content: reviews, numbers side by side, dead links, missing help, sameness."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from urllib.parse import urljoin

from content.catalog import Catalog
from content.drafts import with_drafts
from content.model import Article, Clinic
from content.numbers import Number, numbers_in, sentences
from content.pages import addresses
from content.schedule import as_of, review_is_due, waits_for

SOON = timedelta(days=60)
ALIKE = 0.6  # above that, search engines may take two pages for one
SHINGLE = 5  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One article of one clinic.  `state`: overdue, soon, waits, fine, or none (nothing locked)."""

    clinic: str
    title: str
    path: str
    state: str
    reviewer: str = ""
    due: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A number, and everywhere it is told in this sentence."""

    number: Number
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something of one file that a person should look at."""

    path: str
    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two placements of one library article that both ask to be found; `share` from 0 to 1."""

    article: str
    clinics: tuple[str, str]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the board shows; each part is empty when all is well."""

    reviews: tuple[Review, ...]
    numbers: tuple[Told, ...]
    dead_links: tuple[Finding, ...]
    missing_help: tuple[Finding, ...]
    alike: tuple[Alike, ...]

    def of_state(self, state: str) -> tuple[Review, ...]:
        return tuple(review for review in self.reviews if review.state == state)


def health_of(catalog: Catalog, now: datetime) -> Health:
    return Health(
        reviews=tuple(
            sorted(
                (_review(clinic, article, now) for clinic, article in _articles(catalog)),
                key=lambda review: (review.due or date.max, review.clinic, review.title),
            )
        ),
        numbers=_numbers(catalog),
        dead_links=tuple(
            finding for clinic in catalog.clinics for finding in _dead_links(clinic, now)
        ),
        missing_help=tuple(
            Finding(path=article.path, line=1, what=article.without_help_now or "no reason given")
            for _clinic, article in _articles(catalog)
            if article.is_condition and "help" not in article.blocks
        ),
        alike=tuple(_alike(catalog)),
    )


def _articles(catalog: Catalog) -> Iterable[tuple[Clinic, Article]]:
    for clinic in catalog.clinics:
        for article in clinic.articles:
            yield clinic, article


def _review(clinic: Clinic, article: Article, now: datetime) -> Review:
    attested = article.attestation
    why = waits_for(clinic, article, now)
    if attested is None:
        state = "waits" if why else "none"
    elif review_is_due(clinic, article, now):
        state = "overdue"
    elif review_is_due(clinic, article, now + SOON):
        state = "soon"
    else:
        state = "waits" if why else "fine"
    return Review(
        clinic=clinic.name,
        title=article.title,
        path=article.path,
        state=state,
        reviewer=attested.reviewer if attested else "",
        due=attested.next_review if attested else None,
        why=why,
    )


def _numbers(catalog: Catalog) -> tuple[Told, ...]:
    where: dict[Number, list[str]] = {}
    for clinic, article in _articles(catalog):
        for number in dict.fromkeys(numbers_in(article.html)):
            where.setdefault(number, []).append(f"{clinic.name}: {article.title}")
    return tuple(Told(number=number, where=tuple(where[number])) for number in sorted(where))


def _dead_links(clinic: Clinic, now: datetime) -> Iterable[Finding]:
    """Links that are shown as plain words at the moment."""
    known = addresses(with_drafts(clinic))
    public = addresses(as_of(clinic, now))
    for page in (*clinic.articles, *clinic.pages):
        for link in page.links:
            target = urljoin(page.address, link.target.split("#")[0].split("?")[0])
            if (
                not (link.is_picture or link.is_outside)
                and target in known
                and target not in public
            ):
                what = f"leads to {target}, which is not public"
                yield Finding(path=page.path, line=link.line, what=what)


def _alike(catalog: Catalog) -> Iterable[Alike]:
    placed: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for clinic, article in _articles(catalog):
        if article.library and article.canonical == "self":
            entry = (clinic.name, _shingles(article.html))
            placed.setdefault(article.library, []).append(entry)
    for slug, entries in placed.items():
        for (one, first), (other, second) in combinations(entries, 2):
            share = len(first & second) / len(first | second) if first | second else 0.0
            if share > ALIKE:
                yield Alike(article=slug, clinics=(one, other), share=share)


def _shingles(html: str) -> frozenset[str]:
    words = " ".join(sentences(html)).lower().split()
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
