"""What the clinic files say, parsed: everything a page is made of."""

from dataclasses import dataclass
from datetime import date

from contract.directory import Choice, Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A brand: colors as #rrggbb, and choices that the style sheet and the templates know."""

    paper: str = "#ffffff"
    ink: str = "#1a2230"
    brand: str = "#1f4e79"
    accent: str = "#9a4a12"
    surface: str = "#eef2f6"
    text_face: str = "humanist"
    display_face: str = "humanist"
    corners: str = "soft"
    density: str = "regular"
    header: str = "bar"
    home: str = "articles"
    art: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An internal link of a Markdown file: where it points and the line it stands on."""

    target: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One Markdown file, rendered.  `html` is sanitized and safe to put into a page as it is."""

    slug: str
    title: str
    description: str
    summary: str
    html: str
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    related: tuple[str, ...]
    updated: date | None
    path: str  # of the file, for messages
    kind: str = "article"  # or "page"
    is_draft: bool = False
    tasks: tuple[str, ...] = ()  # what is left to do before a draft can be published

    @property
    def address(self) -> str:
        return f"/articles/{self.slug}/" if self.kind == "article" else f"/{self.slug}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    slug: str
    name: str
    short_name: str
    legal_name: str
    hosts: tuple[str, ...]  # the first one is in links
    phone: str
    phone_display: str
    headline: str
    intro: str
    theme: Theme
    services: tuple[Service, ...]
    locations: tuple[Location, ...]
    forms: tuple[str, ...]
    reasons: tuple[Choice, ...]
    practitioners: tuple[Choice, ...]
    articles: tuple[Article, ...]
    pages: tuple[Article, ...]
    drafts: tuple[Article, ...]

    def location(self, slug: str) -> Location | None:
        return next((place for place in self.locations if place.slug == slug), None)
