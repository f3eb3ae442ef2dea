"""sitemap.xml, robots.txt and the Atom feed."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from content.model import Article, Clinic
from content.pages import Page
from plumbing.words import Words


def sitemap(base_url: str, pages: Iterable[Page]) -> bytes:
    entries = "".join(_sitemap_entry(base_url, page) for page in pages if _is_own(page))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    ).encode()


def robots(base_url: str) -> bytes:
    lines = ("User-agent: *", "Disallow: /leads/", "Disallow: /thanks/", "")
    return "\n".join((*lines, f"Sitemap: {base_url}/sitemap.xml", "")).encode()


def atom(base_url: str, clinic: Clinic, words: Words) -> bytes:
    """The articles as an Atom feed.  One without a date carries the oldest date a feed may."""
    entries = "".join(_atom_entry(base_url, article) for article in clinic.articles)
    newest = max((_moment(article) for article in clinic.articles), default=_UNKNOWN)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{escape(words('Articles – %(clinic)s', clinic=clinic.name))}</title>\n"  # noqa: RUF001
        f'<id>{base_url}/</id>\n<link href="{base_url}/"/>\n'
        f'<link rel="self" href="{base_url}/feed.xml"/>\n'
        f"<author><name>{escape(clinic.name)}</name></author>\n"
        f"<updated>{newest}</updated>\n{entries}</feed>\n"
    ).encode()


_UNKNOWN = "1970-01-01T00:00:00Z"  # Atom demands a date; no file date is the truth either


def _is_own(page: Page) -> bool:
    """A page that search engines should show at this very address."""
    article = page.article
    return article is None or (article.canonical != "noindex" and not article.canonical_url)


def _sitemap_entry(base_url: str, page: Page) -> str:
    changed = f"<lastmod>{page.updated.isoformat()}</lastmod>" if page.updated else ""
    return f"<url><loc>{base_url}{page.address}</loc>{changed}</url>\n"


def _atom_entry(base_url: str, article: Article) -> str:
    url = f"{base_url}{article.address}"
    return (
        f"<entry><title>{escape(article.title)}</title><id>{url}</id>"
        f'<link href="{url}"/><updated>{_moment(article)}</updated>'
        f"<summary>{escape(article.summary)}</summary></entry>\n"
    )


def _moment(article: Article) -> str:
    return f"{article.updated.isoformat()}T00:00:00Z" if article.updated else _UNKNOWN
