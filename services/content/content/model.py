"""What the clinic files say, parsed: everything a page is made of."""

from dataclasses import dataclass
from datetime import date, datetime

from contract.directory import Choice, Keep, Location


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
    """A link or a picture of a Markdown file: what it points to and its line."""

    target: str
    line: int
    is_picture: bool = False
    is_outside: bool = False  # leads to another site
    name: str = ""  # the words that are clicked
    path: str = ""  # the file that it stands in, "" for the page's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an article relies on, by name."""

    title: str
    publisher: str = ""
    year: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A clinician's word that the locked blocks with the hash `lock` are right."""

    reviewer: str
    license: str
    on: date
    next_review: date
    lock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """What a clinic does with an article whose review is overdue by more than `grace_days`."""

    overdue: str = "banner"  # or "keep", "unpublish"
    grace_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a reader wrote below an article: plain text, approved by a person."""

    name: str
    text: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article or plain page, rendered: a file of the clinic, or a placement.

    `html` is sanitized and safe to put into a page as it is.  `attestation` is there only while it
    is valid: of these very words and, in an article as content.schedule shows it, not overdue.
    """

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
    waits: str = ""  # why a draft is not public, in words; "" where it was written as a draft
    is_condition: bool = False  # about something that hurts: emergency line, get-help-now block
    without_help_now: str = ""  # the stated reason why a condition needs no get-help-now block
    blocks: tuple[str, ...] = ()
    lock: str = ""  # hash of the locked blocks, "" when there is none
    attestation: Attestation | None = None
    review_due: date | None = None  # set when the page must say that its review is overdue
    sources: tuple[Source, ...] = ()
    library: str = ""  # slug of the library article that is placed here
    canonical: str = "self"  # or "library", "noindex"
    canonical_url: str = ""  # of the page that search engines should show, "" for this one
    publish_at: datetime | None = None  # UTC
    expire_at: datetime | None = None  # UTC; from then on it is not shown
    comments: tuple[Comment, ...] = ()  # approved ones, oldest first
    taken_down: bool = False  # on every site at once, by library/taken-down.toml

    @property
    def address(self) -> str:
        return f"/articles/{self.slug}/" if self.kind == "article" else f"/{self.slug}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A file of the clinic's pictures folder (content.pictures), or a drawing of this package.

    `drawing`: the checked SVG, "" for a photograph, whose size is in pixels.
    """

    name: str
    width: int
    height: int
    digest: str
    drawing: str = ""
    path: str = ""
    suffix: str = ""  # of the version that every browser can show: jpg, png


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is good to know before one comes to a location; each "" or () when it is not said."""

    new_patients: str = ""
    insurance: tuple[str, ...] = ()
    arriving: str = ""
    parking: str = ""
    access: str = ""
    picture: str = ""  # of the entrance: the name of a file in pictures/
    picture_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who sees patients, with a page of their own.  `html` is sanitized."""

    slug: str
    name: str
    credentials: str
    role: str
    license: str
    certification: str
    education: tuple[str, ...]
    languages: tuple[str, ...]
    locations: tuple[str, ...]  # slugs
    portrait: str  # name of a picture
    signature: str  # name of a drawing
    order: int
    html: str
    links: tuple[Link, ...]
    path: str
    left: date | None = None  # the day since which nobody is told of this person

    @property
    def address(self) -> str:
        return f"/people/{self.slug}/"

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.credentials}" if self.credentials else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A clinic's own words in a language other than English; "" and () are left out of pages."""

    language: str
    headline: str = ""
    intro: str = ""
    services: tuple[Service, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()  # (value, label)


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
    services_title: str  # "" for the usual one
    locations: tuple[Location, ...]
    forms: tuple[str, ...]
    reasons: tuple[Choice, ...]
    practitioners: tuple[Choice, ...]
    articles: tuple[Article, ...]
    pages: tuple[Article, ...]
    drafts: tuple[Article, ...]
    reviews: Reviews = Reviews()
    languages: tuple[str, ...] = ("en",)  # of its pages, English first
    translations: tuple[Translation, ...] = ()
    speaks: tuple[str, ...] = ("en", "es")  # languages offered for the call
    confirmations: tuple[str, ...] = ()  # to patients who agree: text, email
    click_ids: bool = False
    keep: Keep = Keep()  # noqa: RUF009 - it is frozen
    comments: bool = False  # whether readers may write below articles
    moved: tuple[tuple[str, str], ...] = ()  # an address that was -> the page's address now
    gone: tuple[str, ...] = ()  # addresses that answer 410
    people: tuple[Person, ...] = ()
    left: tuple[Person, ...] = ()  # who is here no more: no page says a word about them
    visits: tuple[tuple[str, Visit], ...] = ()  # by the slug of the location
    pictures: tuple[Picture, ...] = ()
    logo: Picture | None = None

    def visit(self, slug: str) -> Visit:
        return dict(self.visits).get(slug, Visit())

    def people_at(self, slug: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if slug in person.locations)

    def location(self, slug: str) -> Location | None:
        return next((place for place in self.locations if place.slug == slug), None)
