"""The preview: one clinic with its drafts and its mistakes, for the people who write it."""

from datetime import UTC, datetime

from flask import Response

from content.answers import TABLE_SHEET, answer, made, not_served, static_file
from content.catalog import Catalog
from content.drafts import with_drafts
from content.library_preview import SLUG as LIBRARY
from content.library_preview import library_clinic
from content.live import LiveCatalog
from content.model import Clinic
from content.render import Site, not_sent_page
from content.schedule import as_previewed
from content.table import mistakes_page

HOST = ".preview.localhost"
SCRIPT = "preview.js"
VERSION = "preview.version"


def preview_answer(live: LiveCatalog, host: str, path: str, method: str, base_url: str) -> Response:
    """The answer of a host under .preview.localhost; 421 for a clinic that is not there."""
    response = _answer(live, host.removesuffix(HOST), host, path, method, base_url)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(
    live: LiveCatalog, slug: str, host: str, path: str, method: str, base_url: str
) -> Response:
    version = live.version()  # before the files: one reload too many is better than one too few
    catalog = live.catalog()
    if slug not in (*catalog.slugs, LIBRARY):
        return not_served(path)
    if path == VERSION:
        return answer(version, suffix=".txt")
    if path in (SCRIPT, TABLE_SHEET):
        return static_file(path)
    mistakes = tuple(m for m in catalog.mistakes if m.holds == slug or f"/{slug}/" in m.path)
    clinic = _clinic(catalog, slug)
    if clinic is None:
        return answer(mistakes_page(slug, mistakes, version), status=503)
    site = Site(
        clinic=clinic,
        host=host,
        base_url=base_url,
        is_preview=True,
        mistakes=mistakes,
        version=version,
    )
    if method != "GET":
        return answer(not_sent_page(site), status=503)
    return made(site, path)


def _clinic(catalog: Catalog, slug: str) -> Clinic | None:
    """As the preview shows it; None when its file cannot be read."""
    if slug == LIBRARY and slug not in catalog.slugs:
        return library_clinic(catalog.library)
    clinic = catalog.clinic(slug)
    return clinic and with_drafts(as_previewed(clinic, datetime.now(UTC)))
