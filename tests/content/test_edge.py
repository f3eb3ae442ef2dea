"""The edge as it runs in production: which hosts and addresses it serves, and how."""

import os
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from content.building import build_sites
from content.edge import edge_sites
from content.sites import Addresses
from tests.content.conftest import ARTICLE, CLINIC, Group
from tests.content.edge import CADDY, EDGE, Edge
from tests.servers import free_port

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "host", ["north.example", "NORTH.Example", "north.example.", "north.example:80"]
)
def test_a_listed_host_is_served_in_any_spelling(edge: Edge, host: str) -> None:
    assert "North Clinic" in edge.ask(host).text


@pytest.mark.parametrize(
    "host", ["..", ".", "hosts", "north", "edge", "north.example.evil", "north.examples"]
)
def test_any_other_host_is_refused_without_a_name(edge: Edge, host: str) -> None:
    answer = edge.ask(host)
    assert answer.status == 421
    assert "north" not in answer.text.lower()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>Nothing is served at this address</h1>" in answer.text
    assert '<p lang="es">No hay ninguna página en esta dirección.' in answer.text
    assert 'href="tel:911"' in answer.text
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    own = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{own}'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/_forms/contact.html",
        "/%5fforms/contact.html",
        "/_errors/503.html",
        "/../../hosts.json",
        "/..%2f..%2fhosts.json",
        "/internal/ask?domain=north.example",
        "/nowhere/",
    ],
)
def test_what_is_no_page_is_a_404_in_the_brand(edge: Edge, path: str) -> None:
    answer = edge.ask("north.example", path, headers={"If-None-Match": "*", "Range": "bytes=0-9"})
    assert answer.status == 404
    assert "This page is not here" in answer.text
    assert "North Clinic" in answer.text


def test_a_form_that_is_sent_to_a_page_is_told_that_nothing_was_sent(edge: Edge) -> None:
    """As an old page does, or a form that somebody built elsewhere."""
    answer = edge.ask("north.example", "/contact/", method="POST", body=b"name=x")
    assert answer.status == 405
    assert "Your request was not sent" in answer.text
    assert "(559) 555-0101" in answer.text
    spanish = edge.ask("north.example", "/es/contact/", method="POST", body=b"name=x")
    assert "Su solicitud no se envió" in spanish.text


def test_an_address_that_nobody_can_read_is_answered_in_the_brand(edge: Edge) -> None:
    for path in ("/%00", f"/{'a' * 5000}"):
        answer = edge.ask("north.example", path)
        assert answer.status in {400, 404}
        assert "North Clinic" in answer.text


@pytest.mark.parametrize("host", ["localhost", "north.preview.localhost", "desk.localhost"])
def test_without_the_service_behind_it_a_page_says_so(edge: Edge, host: str) -> None:
    answer = edge.ask(host)
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "does not answer right now</h1>" in answer.text
    assert "no responde en este momento" in answer.text
    assert edge.ask(host, "/healthz").text == '{"status":"unavailable"}'


def test_every_answer_carries_the_safe_headers(edge: Edge) -> None:
    for answer in (
        edge.ask("north.example"),
        edge.ask("north.example", "/nowhere/"),
        edge.ask("north.example", "/articles"),
        edge.ask("north.example", "/Articles/"),
        edge.ask("north.example", "/robots.txt"),
        edge.ask("north.example", "/assets/none.css"),
        edge.ask("north.example", method="POST", body=b""),
        edge.ask("desk.localhost"),
        edge.ask("north.example", "/leads/requests", method="POST", body=b"a=b"),
        edge.ask("other.example"),
        edge.ask("other.example", "/healthz"),
    ):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] is None
        assert answer.headers["Set-Cookie"] is None


def test_pages_may_be_kept_for_a_minute_and_assets_for_ever(
    edge: Edge, served: tuple[Group, Edge]
) -> None:
    kept = edge.ask("north.example").headers["Cache-Control"]
    assert kept.startswith("public, max-age=60, ")
    assert "stale-if-error=86400" in kept
    assets = served[0].sites / "hosts" / "north.example" / "assets"
    sheet = next(assets.glob("*.css")).name
    answer = edge.ask("north.example", f"/assets/{sheet}", headers={"Accept-Encoding": "identity"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("/articles", "/articles/"),
        ("/Articles/Sore-Back", "/articles/sore-back/"),
        ("//articles//sore-back/", "/articles/sore-back/"),
        ("/articles/sore-back/index.html", "/articles/sore-back/"),
        ("/ARTICLES//Index.html?Utm=A&b=%2F", "/articles/?Utm=A&b=%2F"),
        ("/Feed.XML", "/feed.xml"),
        ("//evil.example/..", "/evil.example/../"),
        ("/{{env}}/A", "/%7b%7benv%7d%7d/a/"),
        ("//_forms/contact.html", "/_forms/contact.html"),
    ],
)
def test_every_spelling_of_an_address_is_one_hop_from_the_page(
    edge: Edge, asked: str, told: str
) -> None:
    answer = edge.ask("north.example", asked)
    assert (answer.status, answer.headers["Location"]) == (308, told)
    assert "default-src" in answer.headers["Content-Security-Policy"]


def test_an_old_address_is_one_hop_from_the_page_and_a_taken_down_one_is_gone(
    edge: Edge, served: tuple[Group, Edge]
) -> None:
    group = served[0]
    moved = (
        '[moved]\n"/2019/05/Sore.Backs/" = "/articles/sore-back/"\n"/caf%C3%A9/" = "/articles/"\n'
    )
    group.write("north/articles/sore-back.md", ARTICLE)
    group.write("north/redirects.toml", f'gone = ["/old-news/"]\n{moved}')
    build_sites(group.catalog(), group.sites, Addresses(demo=True))
    edge.wait("north.example", 410, path="/old-news/")
    for asked in ("/2019/05/sore.backs/", "/2019/05/Sore.Backs", "//2019/05/Sore.Backs/index.html"):
        answer = edge.ask("north.example", asked)
        assert (answer.status, answer.headers["Location"]) == (301, "/articles/sore-back/")
        assert "default-src" in answer.headers["Content-Security-Policy"]
    assert edge.ask("north.example", "/caf%C3%A9").headers["Location"] == "/articles/"
    gone = edge.ask("north.example", "/old-news")
    assert gone.status == 410
    assert "This page was taken down" in gone.text
    assert "default-src" in gone.headers["Content-Security-Policy"]
    assert edge.ask("north.example", "/2019/05/sorexbacks/").status == 404


def test_over_http_any_spelling_is_one_hop_from_the_page_over_https(tmp_path: Path) -> None:
    group = Group(tmp_path)
    group.write("north/clinic.toml", CLINIC)
    group.write("north/redirects.toml", '[moved]\n"/Old.html" = "/articles/"\n')
    build_sites(group.catalog(), group.sites, Addresses())
    edge = Edge(group.sites, tmp_path, tls="internal")
    try:
        edge.wait("north.example", 308, seconds=30)
        for asked, told in (
            ("/", "/"),
            ("/Articles//Sore-Back/index.html?Utm=A", "/articles/sore-back/?Utm=A"),
            ("/articles/sore-back", "/articles/sore-back/"),
            ("/robots.txt", "/robots.txt"),
            ("/OLD.html", "/articles/"),
            ("/leads/requests", "/leads/requests"),
            ("/thanks/?ref=A&t=B", "/thanks/?ref=A&t=B"),
        ):
            answer = edge.ask("north.example", asked)
            assert answer.status in (301, 308)
            assert answer.headers["Location"] == f"https://north.example:443{told}"
            assert "default-src" in answer.headers["Content-Security-Policy"]
    finally:
        edge.process.terminate()
        edge.process.wait(10)


def test_a_kept_page_is_asked_for_again_by_a_strong_etag(edge: Edge) -> None:
    plain = {"Accept-Encoding": "identity"}
    tags = []
    for encoding in ("identity", "gzip", "zstd"):
        first = edge.ask("north.example", headers={"Accept-Encoding": encoding})
        assert first.headers.get("Content-Encoding", "identity") == encoding
        assert "Accept-Encoding" in first.headers["Vary"]
        tags.append(first.headers["ETag"])
        asked = {"Accept-Encoding": encoding, "If-None-Match": tags[-1]}
        again = edge.ask("north.example", headers=asked)
        assert (again.status, again.raw) == (304, b"")
    assert len(set(tags)) == 3
    assert not any(tag.startswith("W/") for tag in tags)
    assert edge.ask("north.example", headers=plain | {"If-None-Match": '"other"'}).status == 200


def test_twins_are_no_pages_of_their_own(edge: Edge) -> None:
    for path in ("/index.html.gz", "/index.html.zst", "/feed.xml.gz"):
        assert edge.ask("north.example", path).status == 404


def test_a_new_clinic_is_served_without_a_restart(edge: Edge, served: tuple[Group, Edge]) -> None:
    group = served[0]
    group.write("south/clinic.toml", CLINIC.replace("north", "south").replace("North", "South"))
    build_sites(group.catalog(), group.sites, Addresses(demo=True))
    edge.wait("south.example", 200)
    assert "South Clinic" in edge.ask("south.example").text


@pytest.mark.parametrize("tls", ["off", "internal", "auto"])
def test_every_host_of_a_demo_has_its_rules_in_each_way_of_tls(tmp_path: Path, tls: str) -> None:
    assert "captured.localhost" in adapted(tmp_path, ["north.example"], tls)


def test_a_further_host_costs_no_further_expression(tmp_path: Path) -> None:
    """Caddy compiles each one for itself: with 500 hosts four of them took 300 MB."""
    few = adapted(tmp_path, ["a.example"], "off").count('"expression"')
    many = adapted(tmp_path, ["b.example", "c.example", "d.example"], "off").count('"expression"')
    assert many == few


def adapted(folder: Path, hosts: list[str], tls: str) -> str:
    """What Caddy makes of the configuration, as JSON."""
    (folder / "edge").mkdir(exist_ok=True)
    sites = edge_sites([SimpleNamespace(host=host) for host in hosts], demo=True)
    (folder / "edge" / "sites.caddy").write_text(sites)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "EDGE_TLS": tls,
        "EDGE_HTTP_PORT": str(free_port()),
        "EDGE_HTTPS_PORT": str(free_port()),
        "SITES_DIR": str(folder),
        "CONTENT_ADDR": "127.0.0.1:1",
        "LEADS_ADDR": "127.0.0.1:2",
        "NOTIFY_ADDR": "127.0.0.1:3",
    }
    assert CADDY is not None
    config = ["--config", str(EDGE / "Caddyfile"), "--adapter", "caddyfile"]
    run = subprocess.run(
        [CADDY, "adapt", *config], env=environ, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
