"""The edge as it runs in production: the real Caddy with the real configuration."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from content.building import build_sites
from content.edge import edge_sites
from content.sites import Addresses
from tests.content.conftest import ARTICLE, CLINIC, Group
from tests.servers import free_port

EDGE = Path(__file__).parents[2] / "edge"
CADDY = shutil.which("caddy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
pytestmark = pytest.mark.integration


class Answer:
    """Status, headers and body of one request on a connection of its own."""

    def __init__(self, raw: http.client.HTTPResponse) -> None:
        self.status = raw.status
        self.headers = raw.headers
        self.raw = raw.read()
        self.text = self.raw.decode(errors="replace")


class Leads(BaseHTTPRequestHandler):
    """Answers like leads would: the status that the query asks for."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = int(self.path.partition("?")[2] or 200)
        seen = f"{len(body)} {self.headers.get('X-Forwarded-For')} {self.headers.get('X-Real-IP')}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(seen)))
        self.end_headers()
        self.wfile.write(seen.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Edge:
    def __init__(self, group: Group, folder: Path, *, tls: str = "off") -> None:
        self.port, self.leads_port = free_port(), free_port()
        self.log = folder / "caddy.log"
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "EDGE_HTTP_PORT": str(self.port),
            "EDGE_BIND": "127.0.0.1",
            "EDGE_TLS": tls,
            "EDGE_HTTPS_PORT": str(free_port()),
            "SITES_DIR": str(group.sites),
            "CONTENT_ADDR": f"127.0.0.1:{free_port()}",
            "LEADS_ADDR": f"127.0.0.1:{self.leads_port}",
            "NOTIFY_ADDR": f"127.0.0.1:{free_port()}",
        }
        assert CADDY is not None
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", EDGE / "run.py", CADDY, EDGE / "Caddyfile"],
                env=environ,
                stdout=log,
                stderr=log,
            )

    def ask(
        self,
        host: str | None,
        path: str = "/",
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": host} if host is not None else {}).items():
            connection.putheader(name, value)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def wait(self, host: str, status: int, *, path: str = "/", seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.ask(host, path).status == status:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        pytest.fail(f"{host}{path} did not answer {status}")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Group, Edge]]:
    """An edge that was started before there was any release."""
    folder = tmp_path_factory.mktemp("edge")
    group = Group(folder)
    group.write("north/clinic.toml", 'languages = ["en", "es"]\n' + CLINIC)
    edge = Edge(group, folder)
    try:
        edge.wait("north.example", 421)
        build_sites(group.catalog(), group.sites, Addresses(demo=True))
        edge.wait("north.example", 200)
        yield group, edge
    finally:
        edge.process.terminate()
        edge.process.wait(10)


@pytest.fixture
def edge(shared: tuple[Group, Edge]) -> Edge:
    return shared[1]


@pytest.fixture
def leads(edge: Edge) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", edge.leads_port), Leads)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


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
    assert "Content-Security-Policy" in answer.headers


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
    edge: Edge, shared: tuple[Group, Edge]
) -> None:
    kept = edge.ask("north.example").headers["Cache-Control"]
    assert kept.startswith("public, max-age=60, ")
    assert "stale-if-error=86400" in kept
    assets = shared[0].sites / "hosts" / "north.example" / "assets"
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
    edge: Edge, shared: tuple[Group, Edge]
) -> None:
    group = shared[0]
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
    edge = Edge(group, tmp_path, tls="internal")
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


def test_while_leads_is_dead_the_patient_is_told_what_to_do(edge: Edge) -> None:
    answer = edge.ask("north.example", "/leads/requests", method="POST", body=b"name=x")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "your words are still there" in answer.text
    assert "tel:+15595550101" in answer.text


@pytest.mark.usefixtures("leads")
def test_a_body_over_64_kib_is_refused_in_the_brand(edge: Edge) -> None:
    def send(size: int) -> Answer:
        return edge.ask("north.example", "/leads/requests", method="POST", body=b"a" * size)

    assert send(65_536).text.startswith("65536 ")
    for size in (65_537, 3_000_000):
        answer = send(size)
        assert answer.status == 413
        assert "your words are still there" in answer.text


@pytest.mark.usefixtures("leads")
def test_a_body_without_a_length_is_cut_off_at_64_kib(edge: Edge) -> None:
    head = (
        "POST /leads/requests HTTP/1.1\r\nHost: north.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = f"{70_000:x}\r\n{'a' * 70_000}\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as connection:
        connection.sendall((head + chunk).encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize(
    ("path", "language"), [("/es/nowhere/", "es"), ("/nowhere/", "en"), ("/fr/nowhere/", "en")]
)
def test_a_404_is_in_the_language_of_its_address(edge: Edge, path: str, language: str) -> None:
    answer = edge.ask("north.example", path)
    assert answer.status == 404
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize(
    ("path", "language"), [("/es/contact/", "es"), ("/contact/", "en"), ("/../es/", "en")]
)
def test_a_request_that_is_refused_is_told_so_in_the_language_of_its_form(
    edge: Edge, path: str, language: str
) -> None:
    referer = {"Referer": f"https://north.example{path}"}
    for body, status in ((b"name=x", 503), (b"a" * 70_000, 413)):
        answer = edge.ask(
            "north.example", "/leads/requests", method="POST", body=body, headers=referer
        )
        assert answer.status == status
        assert f'<html lang="{language}">' in answer.text


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize("status", [422, 429, 503])
def test_what_leads_itself_answers_passes_through(edge: Edge, status: int) -> None:
    answer = edge.ask("north.example", f"/leads/requests?{status}", method="POST", body=b"a=b")
    assert answer.status == status
    assert answer.text.startswith("3 ")


@pytest.mark.usefixtures("leads")
def test_addresses_that_a_client_claims_are_not_believed(edge: Edge) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
    answer = edge.ask("north.example", "/leads/requests", method="POST", body=b"", headers=claimed)
    assert answer.text == "0 127.0.0.1 127.0.0.1"


def test_without_content_health_is_answered_by_the_edge_on_any_host(edge: Edge) -> None:
    for host in ("north.example", "other.example", ".."):
        answer = edge.ask(host, "/healthz")
        assert (answer.status, answer.text) == (503, '{"status":"unavailable"}')


def test_the_log_keeps_no_query_header_or_full_address(edge: Edge) -> None:
    edge.ask("north.example", "/thanks/?ref=SECRET77&t=SECRET88", headers={"Cookie": "SECRET99"})
    log = edge.log.read_text()
    assert "/thanks/" in log
    assert "SECRET" not in log
    assert '"127.0.0.1"' not in log


def test_a_new_clinic_is_served_without_a_restart(edge: Edge, shared: tuple[Group, Edge]) -> None:
    group = shared[0]
    group.write("south/clinic.toml", CLINIC.replace("north", "south").replace("North", "South"))
    build_sites(group.catalog(), group.sites, Addresses(demo=True))
    edge.wait("south.example", 200)
    assert "South Clinic" in edge.ask("south.example").text


@pytest.mark.parametrize("tls", ["off", "internal", "auto"])
def test_every_host_of_a_demo_has_its_rules_in_each_way_of_tls(tmp_path: Path, tls: str) -> None:
    sites = edge_sites([SimpleNamespace(host="north.example")], demo=True)
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "sites.caddy").write_text(sites)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "EDGE_TLS": tls,
        "EDGE_HTTP_PORT": str(free_port()),
        "EDGE_HTTPS_PORT": str(free_port()),
        "SITES_DIR": str(tmp_path),
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
    assert "captured.localhost" in run.stdout
