"""Which pages a clinic's site has, at which addresses."""

from dataclasses import dataclass
from datetime import date

from content.model import Article, Clinic
from content.words import ENGLISH, Words
from contract.directory import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`form` is the kind of form on it; such a page is a template of the second stage."""

    address: str
    template: str
    title: str
    description: str
    location: Location | None = None
    article: Article | None = None
    form: str = ""
    updated: date | None = None

    @property
    def file(self) -> str:
        return f"{self.address.lstrip('/')}index.html"

    @property
    def form_file(self) -> str:
        """The page's second-stage template inside `_forms/`."""
        return f"{self.form}@{self.location.slug}.html" if self.location else f"{self.form}.html"


def addresses(clinic: Clinic) -> frozenset[str]:
    return frozenset(page.address for page in site_pages(clinic))


def site_pages(clinic: Clinic, words: Words = ENGLISH) -> tuple[Page, ...]:
    """Every page of the site, in the order of its sitemap."""
    own = {page.slug for page in clinic.pages}
    return (
        Page(address="/", template="home.html", title=clinic.name, description=clinic.intro),
        *_article_pages(clinic, words),
        *_location_pages(clinic, words),
        *_form_pages(clinic, words),
        *(_article_page(page, "page.html") for page in clinic.pages),
        *(
            _page(f"/{name}/", f"{name}.html", name, clinic, words)
            for name in ("privacy", "accessibility")
            if name not in own
        ),
    )


def _page(address: str, template: str, name: str, clinic: Clinic, words: Words) -> Page:
    return Page(
        address=address,
        template=template,
        title=words(f"{name}_title"),
        description=words(f"{name}_about", name=clinic.name),
    )


def _article_page(article: Article, template: str) -> Page:
    return Page(
        address=article.address,
        template=template,
        title=article.title,
        description=article.description,
        article=article,
        updated=article.updated,
    )


def _article_pages(clinic: Clinic, words: Words) -> list[Page]:
    listing = _page("/articles/", "articles.html", "articles", clinic, words)
    return [listing, *(_article_page(article, "article.html") for article in clinic.articles)]


def _location_pages(clinic: Clinic, words: Words) -> list[Page]:
    if not clinic.locations:
        return []
    listing = _page("/locations/", "locations.html", "locations", clinic, words)
    return [listing, *(_location_page(clinic, place, words) for place in clinic.locations)]


def _location_page(clinic: Clinic, location: Location, words: Words) -> Page:
    return Page(
        address=f"/locations/{location.slug}/",
        template="location.html",
        title=location.name,
        description=words("location_about", name=clinic.name, city=location.city),
        location=location,
    )


def _form_pages(clinic: Clinic, words: Words) -> list[Page]:
    pages = []
    if "contact" not in clinic.forms:
        pages.append(_page("/contact/", "phone.html", "phone", clinic, words))
    for kind in clinic.forms:
        pages.append(_form_page(clinic, kind, None, words))
        pages += [_form_page(clinic, kind, place, words) for place in clinic.locations]
    return pages


def _form_page(clinic: Clinic, kind: str, location: Location | None, words: Words) -> Page:
    title = (
        words(f"{kind}_title_at", location=location.name) if location else words(f"{kind}_title")
    )
    return Page(
        address=f"/locations/{location.slug}/{kind}/" if location else f"/{kind}/",
        template="form.html",
        title=title,
        description=words(f"{kind}_about", name=clinic.name),
        location=location,
        form=kind,
    )
