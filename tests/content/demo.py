"""Every page of every demo clinic, as it is sent."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from bs4 import BeautifulSoup

from content.catalog import read_catalog
from content.model import Clinic
from content.render import Site, site_files, site_makers
from content.schedule import as_of
from content.sites import Addresses

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 12, 1, tzinfo=UTC)

Sites = dict[str, dict[str, bytes]]  # slug -> the files of the clinic's first host


@dataclass(frozen=True)
class Shown:
    """One page of one site."""

    clinic: str
    base: str
    address: str
    html: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    def __str__(self) -> str:
        return f"{self.clinic}{self.address}"


def demo_clinics() -> dict[str, Clinic]:
    """By slug, as of NOW."""
    catalog = read_catalog(ROOT / "clinics", ROOT / "library")
    return {clinic.slug: as_of(clinic, NOW) for clinic in catalog.clinics}


def files_of(clinic: Clinic) -> dict[str, bytes]:
    return site_files(_site(clinic))


def file_of(clinic: Clinic, path: str) -> bytes:
    """One of them, without the time that the others take."""
    return site_makers(_site(clinic))[path]()


def _site(clinic: Clinic) -> Site:
    host = clinic.hosts[0]
    return Site(clinic=clinic, host=host, base_url=Addresses().base_url(clinic, host))


def base_of(files: dict[str, bytes]) -> str:
    found = re.search(rb"Sitemap: (\S+)/sitemap.xml", files["robots.txt"])
    assert found
    return found[1].decode()


def pages_of(sites: Sites) -> list[Shown]:
    return [
        Shown(clinic, base_of(files), f"/{path.removesuffix('index.html')}", content.decode())
        for clinic, files in sites.items()
        for path, content in files.items()
        if path.endswith("index.html")
    ]
