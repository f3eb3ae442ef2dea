"""Which pages a clinic's site has, at which addresses."""

from dataclasses import dataclass, replace
from datetime import date

from content.languages import in_language
from content.model import Article, Clinic, Person
from contract.directory import Location
from plumbing.words import ENGLISH, Words, later, words_of

# kind -> the title of its page, the title at one location, and what search engines show of it
FORM_TITLES = {
    "contact": (
        later("Send us a request"),
        later("Send a request to %(location)s"),
        later("Write to %(clinic)s, or call."),
    ),
    "appointment": (
        later("Request an appointment"),
        later("Request an appointment in %(location)s"),
        later("Ask %(clinic)s for an appointment, or call."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`form` is the kind of form on it; such a page is a template of the second stage."""

    address: str
    template: str
    title: str
    description: str
    location: Location | None = None
    article: Article | None = None
    person: Person | None = None
    form: str = ""
    updated: date | None = None
    language: str = ENGLISH

    @property
    def prefix(self) -> str:
        """Where pages of the page's language are: "" or "/es"."""
        return "" if self.language == ENGLISH else f"/{self.language}"

    @property
    def path(self) -> str:
        """The address without the prefix: what templates name the page by."""
        return self.address.removeprefix(self.prefix)

    @property
    def file(self) -> str:
        return f"{self.address.lstrip('/')}index.html"

    @property
    def form_file(self) -> str:
        """The page's second-stage template inside `_forms/`."""
        name = f"{self.form}@{self.location.slug}.html" if self.location else f"{self.form}.html"
        return f"{self.prefix}/{name}".lstrip("/")


def addresses(clinic: Clinic) -> frozenset[str]:
    return frozenset(page.address for page in site_pages(clinic))


def site_pages(clinic: Clinic) -> tuple[Page, ...]:
    """Every page of the site, in the order of its sitemap: English, then each other language."""
    return tuple(page for language in clinic.languages for page in pages_in(clinic, language))


def pages_in(clinic: Clinic, language: str) -> tuple[Page, ...]:
    """The pages in one language."""
    pages = _pages(in_language(clinic, language), language)
    return tuple(
        replace(page, language=language, address=f"/{language}{page.address}")
        if language != ENGLISH
        else page
        for page in pages
    )


def _pages(clinic: Clinic, language: str) -> tuple[Page, ...]:
    own = {page.slug for page in clinic.pages}
    words = words_of("content", language)
    return (
        Page(address="/", template="home.html", title=clinic.name, description=clinic.intro),
        *(_article_pages(clinic, words) if clinic.articles or language == ENGLISH else ()),
        *_location_pages(clinic, words),
        *_people_pages(clinic, words),
        *_form_pages(clinic, words),
        *(_article_page(page, "page.html") for page in clinic.pages),
        *(page for page in _standard_pages(clinic, words) if page.address.strip("/") not in own),
    )


def _standard_pages(clinic: Clinic, words: Words) -> tuple[Page, Page]:
    """What every site has, unless the clinic wrote its own."""
    return (
        Page(
            address="/privacy/",
            template="privacy.html",
            title=words("Privacy"),
            description=words("What %(clinic)s does with what you send.", clinic=clinic.name),
        ),
        Page(
            address="/accessibility/",
            template="accessibility.html",
            title=words("Accessibility"),
            description=words(
                "How %(clinic)s keeps this site usable for everybody.", clinic=clinic.name
            ),
        ),
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
    listing = Page(
        address="/articles/",
        template="articles.html",
        title=words("Articles"),
        description=words("What our clinicians want you to know, in plain words."),
    )
    return [listing, *(_article_page(article, "article.html") for article in clinic.articles)]


def _location_pages(clinic: Clinic, words: Words) -> list[Page]:
    if not clinic.locations:
        return []
    listing = Page(
        address="/locations/",
        template="locations.html",
        title=words("Our locations"),
        description=words("Addresses, hours and phone numbers of %(clinic)s.", clinic=clinic.name),
    )
    return [listing, *(_location_page(clinic, place, words) for place in clinic.locations)]


def _location_page(clinic: Clinic, location: Location, words: Words) -> Page:
    return Page(
        address=f"/locations/{location.slug}/",
        template="location.html",
        title=location.name,
        description=words(
            "Address, opening hours and phone number of %(clinic)s in %(city)s.",
            clinic=clinic.name,
            city=location.city,
        ),
        location=location,
    )


def _people_pages(clinic: Clinic, words: Words) -> list[Page]:
    if not clinic.people:
        return []
    listing = Page(
        address="/people/",
        template="people.html",
        title=words("Who sees you"),
        description=words("The people who see patients at %(clinic)s.", clinic=clinic.name),
    )
    return [listing, *(_person_page(clinic, person, words) for person in clinic.people)]


def _person_page(clinic: Clinic, person: Person, words: Words) -> Page:
    about = words("%(name)s at %(clinic)s", name=person.full_name, clinic=clinic.name)
    return Page(
        address=person.address,
        template="person.html",
        title=person.full_name,
        description=f"{about}. {person.role}." if person.role else f"{about}.",
        person=person,
    )


def _form_pages(clinic: Clinic, words: Words) -> list[Page]:
    pages = [] if "contact" in clinic.forms else [_phone_page(clinic, words)]
    for kind in clinic.forms:
        pages.append(_form_page(clinic, kind, None, words))
        pages += [_form_page(clinic, kind, place, words) for place in clinic.locations]
    return pages


def _phone_page(clinic: Clinic, words: Words) -> Page:
    return Page(
        address="/contact/",
        template="phone.html",
        title=words("Call us"),
        description=words("The phone number and hours of %(clinic)s.", clinic=clinic.name),
    )


def _form_page(clinic: Clinic, kind: str, location: Location | None, words: Words) -> Page:
    title, title_at, about = FORM_TITLES[kind]
    return Page(
        address=f"/locations/{location.slug}/{kind}/" if location else f"/{kind}/",
        template="form.html",
        title=words(title_at, location=location.name) if location else words(title),
        description=words(about, clinic=clinic.name),
        location=location,
        form=kind,
    )
