"""A clinic's folder to change and break."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from content.building import build_sites
from content.catalog import Catalog, read_catalog
from content.mistakes import Mistake
from content.model import Attestation
from content.reviews import attest, notices
from content.sites import Addresses
from tests.content.demo import Shown, Sites, demo_clinics, files_of, pages_of
from tests.content.edge import Edge, Leads

CLINIC = """\
name = "North Clinic"
hosts = ["north.example"]
phone = "(559) 555-0101"

[forms]
contact = true
appointment = true

[reasons]
pain = "Pain"

[[locations]]
slug = "weston"
name = "Weston"
city = "Weston"
state = "CA"
zone = "America/Los_Angeles"

[locations.hours]
mon = ["08:00-12:00", "13:00-17:00"]
"""
ARTICLE = """\
+++
title = "A sore back"
description = "What helps."
+++

Keep moving.

## When to call

See [our locations](/locations/).
"""


class Group:
    """The clinic files of a group, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.clinics = folder / "clinics"
        self.library = folder / "library"
        self.sites = folder / "sites"
        self.state = folder / "state"
        for made in (self.clinics, self.library, self.sites, self.state):
            made.mkdir()

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.clinics / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def write_library(self, slug: str, text: str) -> Path:
        target = self.library / "articles" / slug / "article.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def attest(
        self, *files: Path, on: date = date(2026, 1, 2), due: date = date(2100, 1, 1)
    ) -> None:
        word = Attestation(reviewer="Ana Ruiz, MD", license="CA 1", on=on, next_review=due, lock="")
        attest(self.catalog(), files, word)

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.clinics / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def catalog(self) -> Catalog:
        return read_catalog(self.clinics, self.library)

    def mistakes(self) -> list[str]:
        """Each mistake as "path:line: what", without the folder in front."""
        return [self._short(mistake) for mistake in self.catalog().mistakes]

    def notices(self, now: datetime | None = None) -> list[str]:
        return [self._short(notice) for notice in notices(self.catalog(), now or datetime.now(UTC))]

    def _short(self, mistake: Mistake) -> str:
        return str(mistake).replace(f"{self.clinics}/", "").replace(f"{self.library.parent}/", "")


@pytest.fixture
def group(tmp_path: Path) -> Group:
    made = Group(tmp_path)
    made.write("north/clinic.toml", CLINIC)
    made.write("north/articles/sore-back.md", ARTICLE)
    return made


@pytest.fixture(scope="session")
def sites() -> Sites:
    """Of the demo clinics."""
    return {slug: files_of(clinic) for slug, clinic in demo_clinics().items()}


@pytest.fixture(scope="session")
def pages(sites: Sites) -> list[Shown]:
    return pages_of(sites)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Group, Edge]]:
    """An edge that was started before there was any release."""
    folder = tmp_path_factory.mktemp("edge")
    group = Group(folder)
    group.write("north/clinic.toml", 'languages = ["en", "es"]\n' + CLINIC)
    edge = Edge(group.sites, folder)
    try:
        edge.wait("north.example", 421)
        build_sites(group.catalog(), group.sites, Addresses(demo=True))
        edge.wait("north.example", 200)
        yield group, edge
    finally:
        edge.process.terminate()
        edge.process.wait(10)


@pytest.fixture
def edge(served: tuple[Group, Edge]) -> Edge:
    return served[1]


@pytest.fixture
def leads(edge: Edge) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", edge.leads_port), Leads)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()
