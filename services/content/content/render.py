"""Pages, forms and everything else of one host's site, as bytes.

A form page is made in two stages.  The first stage (here) yields a template of plumbing.forms: the
clinic's words are in it, what a patient types is left open.  The static page is that template with
nothing filled in; leads fills the same template when something has to be corrected.
"""

# ruff: noqa: RUF001 - apostrophes are set as in print

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial

from jinja2 import Template
from markupsafe import Markup

from content import feeds
from content.assets import asset_paths, assets
from content.compress import twins
from content.illustrate import Illustrator
from content.languages import NAMES, in_language
from content.links import localized
from content.mistakes import Mistake
from content.model import Clinic
from content.pages import Page, site_pages
from content.recipes import Recipe, digest_of, frame_of
from content.share import share_path
from content.structured import structured_data
from content.templating import environment
from content.theme import faces
from content.trail import trail
from contract.directory import Location
from plumbing.forms import form_environment
from plumbing.words import ENGLISH, later, words_of

NOT_SENT = later("Your request was not sent")
# pages without an address -> title and words
SPECIAL = {
    "404": (
        later("This page is not here"),
        later("The address may be mistyped, or the page has moved. These pages are here:"),
    ),
    "405": (
        NOT_SENT,
        later(
            "This page takes no requests. Go back: your words are still there. Our contact page"
            " says how to reach us."
        ),
    ),
    "410": (
        later("This page was taken down"),
        later("We do not show it any more. These pages are here:"),
    ),
    "413": (
        NOT_SENT,
        later(
            "It is longer than we can take. Go back: your words are still there. Shorten the"
            " message and send it again, or call us."
        ),
    ),
    "429": (
        NOT_SENT,
        later(
            "Too many requests are arriving at the moment. Go back: your words are still there."
            " Wait a minute and send it again, or call us."
        ),
    ),
    "503": (
        NOT_SENT,
        later(
            "Our mailbox is not working at the moment. Go back: your words are still there."
            " Wait a minute and send it again, or call us."
        ),
    ),
    "refused": (NOT_SENT, ""),  # leads says why
    "preview": (
        later("Nothing was sent"),
        later("This is a preview. On the clinic’s own site the request would be sent now."),
    ),
    "thanks": (later("We have your request"), ""),
    "comment": (later("Your comment"), ""),
}
ERRORS = (404, 405, 410, 413, 429, 503)
EMPTY_FORM: dict[str, object] = {"values": {}, "errors": {}, "error_list": [], "notice": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One clinic on one host.  `base_url` is the address that its links and sitemap name."""

    clinic: Clinic
    host: str
    base_url: str
    is_preview: bool = False
    mistakes: tuple[Mistake, ...] = ()  # shown in the preview
    version: str = ""  # of the files that the preview shows
    pages: tuple[Page, ...] = ()  # those of the clinic, once they are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A page in another language: its code, what the language calls itself, where it is."""

    language: str
    name: str
    address: str


def site_files(site: Site) -> dict[str, bytes]:
    """Every file of a release by its path, with compressed twins of what compresses well."""
    files = {path: make() for path, make in site_makers(site).items()}
    return files | {
        twin: data for path, content in files.items() for twin, data in twins(path, content).items()
    }


def site_makers(site: Site) -> dict[str, Recipe]:
    """How to make each file of the site, so that a single one can be made alone."""
    pages = site_pages(site.clinic)
    stubs = frame_of(site.clinic)
    framed = replace(site, clinic=stubs, pages=site_pages(stubs))
    frame = cache(lambda: digest_of(f"{stubs!r}{site.base_url}"))

    def recipe(make: Callable[..., str], *arguments: object) -> Recipe:
        return Recipe(
            make=_bind(make, framed, *arguments),
            depends=lambda: f"{frame()}{make.__name__}{arguments!r}",
        )

    makers = {
        path: Recipe(make=make, depends=partial(str, path))  # its name has a hash of its content
        for path, make in assets(site.clinic).items()
    }
    for page in pages:
        makers[page.file] = recipe(_static_page, page)
        if page.form:
            makers[f"_forms/{page.form_file}"] = recipe(_form_template, page)
    for language in site.clinic.languages:
        folder = "" if language == ENGLISH else f"{language}/"
        makers[f"_forms/{folder}thanks.html"] = recipe(
            _special_page, "thanks", "thanks.html", language
        )
        makers[f"_forms/{folder}refused.html"] = recipe(
            _special_page, "refused", "error.html", language
        )
        for code in ERRORS:
            makers[f"_errors/{folder}{code}.html"] = recipe(
                _special_page, str(code), "error.html", language
            )
        if site.clinic.comments:
            makers[f"_forms/{folder}comment.html"] = recipe(
                _special_page, "comment", "comment.html", language
            )
    makers["sitemap.xml"] = Recipe(make=lambda: feeds.sitemap(site.base_url, pages))
    makers["robots.txt"] = Recipe(make=lambda: feeds.robots(site.base_url))
    makers["feed.xml"] = Recipe(
        make=lambda: feeds.atom(site.base_url, site.clinic, words_of("content"))
    )
    return makers


def site_version(site: Site) -> str:
    """Of what the whole site is made, in short: it changes when any file of it would."""
    return digest_of(f"{site.clinic!r}{site.base_url}")


def not_sent_page(site: Site) -> str:
    """What the preview answers to a form."""
    return _special_page(site, "preview", "error.html")


def _bind(make: Callable[..., str], site: Site, *arguments: object) -> Callable[[], bytes]:
    return lambda: make(site, *arguments).encode()


def _static_page(site: Site, page: Page) -> str:
    if not page.form:
        return _render(site, page)
    return _with_nothing_filled_in(_form_template(site, page))


@lru_cache(maxsize=512)  # making a template takes 0.1 s, and hosts of a clinic share theirs
def _with_nothing_filled_in(template: str) -> str:
    return form_environment().from_string(template).render(EMPTY_FORM)


def _form_template(site: Site, page: Page) -> str:
    fields = environment(page.language).get_template("form_fields.html")
    wording = fields.render(_context(site, page), form_version="")
    version = hashlib.sha256(wording.encode()).hexdigest()[:12]
    return _render(site, page, form_version=version)


def _special_page(site: Site, name: str, template: str, language: str = ENGLISH) -> str:
    """A page that has no address of its own: an error, or the thanks that leads fills in."""
    title, text = map(words_of("content", language), SPECIAL[name])
    page = Page(address="", template=template, title=title, description="", language=language)
    return _render(site, page, name=name, text=text)


def _render(site: Site, page: Page, **more: object) -> str:
    template = environment(page.language).get_template(page.template)
    pages = _pages(site)
    return localized(
        template.render(_context(site, page), **more),
        address=page.address,
        prefix=page.prefix,
        twins={entry.path for entry in pages if entry.language == page.language},
        forms={entry.address for entry in pages if entry.form},
    )


def _pages(site: Site) -> tuple[Page, ...]:
    return site.pages or site_pages(site.clinic)


def _twins(site: Site, page: Page) -> list[Twin]:
    """The same page in each of the site's languages; [] when there is but one."""
    found = [
        Twin(language=entry.language, name=NAMES[entry.language], address=entry.address)
        for entry in _pages(site)
        if entry.path == page.path and entry.form == page.form
    ]
    return found if len(found) > 1 else []


def _context(site: Site, page: Page) -> Mapping[str, object]:
    clinic = in_language(site.clinic, page.language)
    illustrator = Illustrator(site.clinic)
    steps = trail(page, tuple(entry for entry in _pages(site) if entry.language == page.language))
    return {
        "site": site,
        "clinic": clinic,
        "page": page,
        "theme": site.clinic.theme,
        "assets": asset_paths(site.clinic.theme),
        "picture": illustrator.picture,
        "drawing": illustrator.drawing,
        "illustrated": illustrator.illustrated,
        "icon": illustrator.icon(),
        "fonts": [f"/assets/{face.file}" for face in faces(site.clinic.theme)],
        "navigation": _navigation(clinic, page.language),
        "request_path": _request_path(site.clinic, page.location),
        "addresses": frozenset(
            entry.path for entry in _pages(site) if entry.language == page.language
        ),
        "twins": _twins(site, page),
        "trail": steps,
        "structured": Markup(structured_data(page, clinic, site.base_url, steps)),  # noqa: S704 - escaped there
        "share_card": share_path(site.clinic),
        "comment_form": partial(_comment_form, page),
    }


def _comment_form(page: Page) -> Markup:
    """The form below an article, with nothing filled in but the article."""
    fields = environment(page.language).get_template("comment_fields.html")
    empty = EMPTY_FORM | {"values": {"from": page.address}}
    return Markup(_compiled(fields.render()).render(empty))  # noqa: S704 - our own template


@cache
def _compiled(template: str) -> Template:
    return form_environment().from_string(template)


def _navigation(clinic: Clinic, language: str) -> list[tuple[str, str]]:
    """(address, label) of the header's links; one location is named, not listed."""
    words = words_of("content", language)
    links = [("/articles/", words("Articles"))] if clinic.articles else []
    if len(clinic.locations) == 1:
        links.append((f"/locations/{clinic.locations[0].slug}/", words("Hours and address")))
    elif clinic.locations:
        links.append(("/locations/", words("Locations")))
    if clinic.people:
        links.append(("/people/", words("People")))
    links.append(("/contact/", words("Contact")))
    return links


def _request_path(clinic: Clinic, location: Location | None) -> str:
    """Where the request button leads; "" for a clinic that takes requests by phone only."""
    for kind in ("appointment", "contact"):
        if kind in clinic.forms:
            return f"/locations/{location.slug}/{kind}/" if location else f"/{kind}/"
    return ""
