"""Pages, forms and everything else of one host's site, as bytes.

A form page is made in two stages.  The first stage (here) yields a template of plumbing.forms: the
clinic's words are in it, what a patient types is left open.  The static page is that template with
nothing filled in; leads fills the same template when something has to be corrected.
"""

# ruff: noqa: RUF001 - apostrophes are set as in print

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import zstandard

from content import feeds
from content.assets import asset_paths, assets
from content.illustrate import Illustrator
from content.languages import NAMES, in_language
from content.links import localized
from content.mistakes import Mistake
from content.model import Clinic
from content.pages import Page, pages_in, site_pages
from content.templating import environment
from content.theme import faces
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
    "preview": (
        later("Nothing was sent"),
        later("This is a preview. On the clinic’s own site the request would be sent now."),
    ),
    "thanks": (later("We have your request"), ""),
}
ERRORS = (404, 410, 413, 429, 503)
PRIVATE_FOLDERS = ("_forms/", "_errors/")
EMPTY_FORM: dict[str, object] = {"values": {}, "errors": {}, "error_list": [], "notice": ""}
COMPRESSED = (".avif", ".jpg", ".png", ".webp", ".woff2")  # as small as they get
TWINS_FROM_BYTES = 512
ZSTD_LEVEL = 12  # smaller than gzip, and not slower on pages of a few kilobytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One clinic on one host.  `base_url` is the address that its links and sitemap name."""

    clinic: Clinic
    host: str
    base_url: str
    is_preview: bool = False
    mistakes: tuple[Mistake, ...] = ()  # shown in the preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A page in another language: its code, what the language calls itself, where it is."""

    language: str
    name: str
    address: str


def site_files(site: Site) -> dict[str, bytes]:
    """Every file of a release by its path, with gzip and zstd twins of what compresses well."""
    files = {path: make() for path, make in site_makers(site).items()}
    zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
    twins: dict[str, bytes] = {}
    for path, content in files.items():
        if _has_twins(path, content):
            twins[f"{path}.gz"] = gzip.compress(content, mtime=0)
            twins[f"{path}.zst"] = zstd.compress(content)
    return files | twins


def _has_twins(path: str, content: bytes) -> bool:
    return (
        len(content) >= TWINS_FROM_BYTES
        and not path.startswith(PRIVATE_FOLDERS)
        and not path.endswith(COMPRESSED)
    )


def site_makers(site: Site) -> dict[str, Callable[[], bytes]]:
    """How to make each file of the site, so that a single one can be made alone."""
    pages = site_pages(site.clinic)
    makers: dict[str, Callable[[], bytes]] = assets(site.clinic)
    for page in pages:
        makers[page.file] = _bind(_static_page, site, page)
        if page.form:
            makers[f"_forms/{page.form_file}"] = _bind(_form_template, site, page)
    for language in site.clinic.languages:
        folder = "" if language == ENGLISH else f"{language}/"
        makers[f"_forms/{folder}thanks.html"] = _bind(
            _special_page, site, "thanks", "thanks.html", language
        )
        for code in ERRORS:
            makers[f"_errors/{folder}{code}.html"] = _bind(
                _special_page, site, str(code), "error.html", language
            )
    makers["sitemap.xml"] = lambda: feeds.sitemap(site.base_url, pages)
    makers["robots.txt"] = lambda: feeds.robots(site.base_url)
    makers["feed.xml"] = lambda: feeds.atom(site.base_url, site.clinic, words_of("content"))
    return makers


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
    pages = site_pages(site.clinic)
    return localized(
        template.render(_context(site, page), **more),
        address=page.address,
        prefix=page.prefix,
        twins={entry.path for entry in pages if entry.language == page.language},
        forms={entry.address for entry in pages if entry.form},
    )


def _twins(site: Site, page: Page) -> list[Twin]:
    """The same page in each of the site's languages; [] when there is but one."""
    found = [
        Twin(language=entry.language, name=NAMES[entry.language], address=entry.address)
        for entry in site_pages(site.clinic)
        if entry.path == page.path and entry.form == page.form
    ]
    return found if len(found) > 1 else []


def _context(site: Site, page: Page) -> Mapping[str, object]:
    clinic = in_language(site.clinic, page.language)
    illustrator = Illustrator(site.clinic)
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
        "addresses": frozenset(entry.path for entry in pages_in(site.clinic, page.language)),
        "twins": _twins(site, page),
    }


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
