"""The library's own preview: every article without a brand, the fallbacks of its tokens shown.

It has an address in the preview alone: nothing of the library is public until a clinic places it.
"""

from content import markdown
from content.library import Library, LibraryArticle
from content.model import Article, Clinic, Theme
from content.tokens import Values, resolved

SLUG = "library"
NAME = "Library"


def library_clinic(library: Library) -> Clinic:
    """The library as a clinic that has nothing but articles."""
    return Clinic(
        slug=SLUG,
        name=NAME,
        short_name=NAME,
        legal_name=NAME,
        hosts=(),
        phone="",
        phone_display="",
        headline=NAME,
        intro="",
        theme=Theme(header="plain", home="reading"),
        services=(),
        services_title="",
        locations=(),
        forms=(),
        reasons=(),
        practitioners=(),
        articles=tuple(_shown(article) for article in library.articles.values()),
        pages=(),
        drafts=(),
        pictures=tuple(
            picture for article in library.articles.values() for picture in article.pictures
        ),
    )


def _shown(article: LibraryArticle) -> Article:
    rendered = markdown.render(article.body)
    title, description, summary = (
        _plain(text) for text in (article.title, article.description, article.summary)
    )
    return Article(
        slug=article.slug,
        title=title,
        description=description,
        summary=summary,
        html=rendered.html,
        headings=rendered.headings,
        links=rendered.links,
        related=article.related,
        updated=article.updated,
        path=article.path,
        is_draft=True,
        waits="It is in the library: no clinic shows it from here.",
        is_condition=article.is_condition,
        attestation=article.attestation,
        sources=article.sources,
        library=article.slug,
        tasks=article.tasks,
    )


def _plain(text: str) -> str:
    """`text` with the fallbacks of its tokens; what is wrong with them is reported elsewhere."""
    return resolved(text, Values(), lambda _what, _remedy: None)
