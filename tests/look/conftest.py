"""The demo clinics' sites as files, on a small server: what the edge would send."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from content.catalog import read_catalog
from content.model import Clinic
from content.pages import Page, site_pages
from content.render import Site, site_files
from content.schedule import as_of

ROOT = Path(__file__).parents[2]
CLINICS = sorted(path.name for path in (ROOT / "clinics").iterdir() if path.is_dir())
ERRORS = ("404", "413", "503")


@dataclass(frozen=True, kw_only=True)
class Sites:
    """`files`: slug of a clinic -> path in its release -> content."""

    port: int
    clinics: dict[str, Clinic]
    files: dict[str, dict[str, bytes]]

    def url(self, slug: str, path: str) -> str:
        return f"http://{slug}.localhost:{self.port}{path}"

    def page_kinds(self, slug: str) -> list[str]:
        """The address of one page of each kind, those of errors too."""
        kinds: dict[tuple[str, str, bool], Page] = {}
        for page in site_pages(self.clinics[slug]):
            kinds.setdefault((page.template, page.form, page.location is not None), page)
        errors = [f"/_errors/{code}.html" for code in ERRORS]
        return [page.address for page in kinds.values()] + errors

    def an_article(self, slug: str) -> str:
        """The placed article, which every clinic has."""
        return next(a.address for a in self.clinics[slug].articles if a.library)


class _Handler(SimpleHTTPRequestHandler):
    """Each clinic on <slug>.localhost."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".avif": "image/avif"}

    def translate_path(self, path: str) -> str:
        return super().translate_path(f"/{self.headers['Host'].split('.')[0]}{path}")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder = tmp_path_factory.mktemp("sites")
    catalog = read_catalog(ROOT / "clinics", ROOT / "library")
    clinics = {clinic.slug: as_of(clinic, datetime.now(UTC)) for clinic in catalog.publishable()}
    files = {}
    for slug, clinic in clinics.items():
        base_url = f"https://{clinic.hosts[0]}"
        files[slug] = site_files(Site(clinic=clinic, host=clinic.hosts[0], base_url=base_url))
        for path, content in files[slug].items():
            target = folder / slug / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Sites(port=server.server_port, clinics=clinics, files=files)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 375, "height": 812}, reduced_motion="reduce")
    made.set_default_timeout(20_000)
    yield made
    made.close()
