"""Which of several placements of one article search engines should show."""

from dataclasses import replace
from pathlib import Path

from content.library import Library
from content.mistakes import Mistakes
from content.model import Article, Clinic


def with_canonical_urls(
    clinics: list[Clinic], library: Library, mistakes: Mistakes
) -> list[Clinic]:
    """Each placement with canonical = "library" gets the address of its article's home."""
    homes = _homes(clinics, library)
    return [
        replace(
            clinic,
            articles=tuple(
                replace(article, canonical_url=_url(article, clinic, homes, library, mistakes))
                if article.canonical == "library"
                else article
                for article in clinic.articles
            ),
        )
        if any(article.canonical == "library" for article in clinic.articles)
        else clinic
        for clinic in clinics
    ]


def _homes(clinics: list[Clinic], library: Library) -> dict[str, str]:
    """Slug of a library article -> its public address at the clinic that it calls home."""
    return {
        article.library: f"https://{clinic.hosts[0]}{article.address}"
        for clinic in clinics
        for article in clinic.articles
        if article.library and clinic.hosts
        if library.articles[article.library].home == clinic.slug
    }


def _url(
    article: Article, clinic: Clinic, homes: dict[str, str], library: Library, mistakes: Mistakes
) -> str:
    url = homes.get(article.library, "")
    if not url:
        source = library.articles[article.library]
        what = f"{article.library!r} has no home that places it"
        remedy = f'write home = "<clinic>" into {source.path}, or choose self or noindex'
        mistakes.add(Path(article.path), 2, what, remedy, holds=clinic.slug)
    return "" if library.articles[article.library].home == clinic.slug else url
