"""Everything but the edge is dead: every page and every form page is still there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.building import build_sites
from content.catalog import read_catalog
from content.sites import Addresses, read_hosts
from tests.content.conftest import Group
from tests.content.edge import Edge

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Edge, Path]]:
    """The demo clinics behind an edge whose services do not exist: nothing listens there."""
    group = Group(tmp_path_factory.mktemp("outage"))
    catalog = read_catalog(ROOT / "clinics", ROOT / "library")
    hosts = build_sites(catalog, group.sites, Addresses())
    edge = Edge(group.sites, group.sites.parent)
    try:
        edge.wait(hosts[0].host, 200, seconds=60)
        yield edge, group.sites
    finally:
        edge.process.terminate()
        edge.process.wait(10)


def test_every_address_of_every_sitemap_and_every_form_page_answers(
    alone: tuple[Edge, Path],
) -> None:
    edge, sites = alone
    for entry in read_hosts(sites):
        sitemap = edge.ask(entry.host, "/sitemap.xml")
        assert sitemap.status == 200
        paths = set(re.findall(r"<loc>https://[^/]+(/[^<]*)</loc>", sitemap.text))
        assert "/" in paths
        release = sites / "hosts" / entry.host / "current"
        forms = {
            f"/{page.parent.relative_to(release)}/"
            for page in release.rglob("index.html")
            if "<form" in page.read_text()
        }
        for path in sorted(paths | forms):
            answer = edge.ask(entry.host, path)
            assert answer.status == 200, (entry.host, path)
            assert BeautifulSoup(answer.text, "html.parser").h1, (entry.host, path)


def test_a_request_is_refused_with_the_phone_and_never_seems_sent(
    alone: tuple[Edge, Path],
) -> None:
    edge, _sites = alone
    answer = edge.ask("foothill.example", "/leads/requests", method="POST", body=b"name=x")
    assert answer.status == 503
    page = BeautifulSoup(answer.text, "html.parser")
    assert "not sent" in page.get_text()
    assert page.select("main a[href^='tel:']")
