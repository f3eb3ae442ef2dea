"""Links in alerts through the real edge: nothing is kept of their addresses."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from notify.parts import Parts
from notify.settings import Settings
from notify.web import create_app
from tests.chromium import needs_chromium
from tests.notify.builders import eventually, rows
from tests.notify.test_answers import a_path
from tests.servers import free_port
from tests.serving import served

ROOT = Path(__file__).parents[2]
CADDY = shutil.which("caddy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
pytestmark = pytest.mark.integration


@pytest.fixture
def notify_port(settings: Settings, parts: Parts) -> Iterator[int]:
    with served(create_app(settings, parts)) as port:
        yield port


@pytest.fixture
def edge(tmp_path: Path, notify_port: int) -> Iterator[str]:
    """Its URL; it logs to `tmp_path`/edge.log."""
    (tmp_path / "sites" / "edge").mkdir(parents=True)
    (tmp_path / "sites" / "edge" / "sites.caddy").write_text("")
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "EDGE_HTTP_PORT": str(port),
        "EDGE_BIND": "127.0.0.1",
        "SITES_DIR": str(tmp_path / "sites"),
        "CONTENT_ADDR": f"127.0.0.1:{free_port()}",
        "LEADS_ADDR": f"127.0.0.1:{free_port()}",
        "NOTIFY_ADDR": f"127.0.0.1:{notify_port}",
    }
    assert CADDY is not None
    config = ["--config", str(ROOT / "edge" / "Caddyfile"), "--adapter", "caddyfile"]
    with (tmp_path / "edge.log").open("wb") as log:
        process = subprocess.Popen([CADDY, "run", *config], env=environ, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(url), seconds=30)
    yield url
    process.terminate()
    process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 421
    except httpx.TransportError:
        return False


def test_the_edge_gives_the_links_to_notify_and_keeps_nothing_of_them(
    edge: str, tmp_path: Path, parts: Parts
) -> None:
    path = a_path(parts)
    desk = {"Host": "desk.localhost:8000"}
    page = httpx.get(edge + path, headers=desk)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "I have it" in page.text
    assert httpx.get(f"{edge}/alerts/static/answer.css", headers=desk).status_code == 200
    for odd in (path.upper(), f"{path}/x?y=1", f"{path}%20"):
        assert httpx.get(edge + odd, headers=desk).status_code == 404
    assert httpx.get(edge + path, headers={"Host": "captured.localhost"}).status_code == 421
    assert httpx.post(edge + path, headers=desk).status_code == 303
    assert rows(parts.engine, "SELECT state FROM alert") == [("taken",)]
    assert httpx.get(f"{edge}/alerts/c/SecretSecret1234", headers=desk).status_code == 404
    log = (tmp_path / "edge.log").read_text().lower()
    assert "/alerts/a/" in log
    assert "/alerts/c/" in log
    assert "secretsecret" not in log
    assert path.rsplit("/", 1)[1].lower() not in log


def test_the_edge_gives_callbacks_to_notify_and_an_endless_one_is_refused(edge: str) -> None:
    url, desk = f"{edge}/alerts/twilio/status", {"Host": "desk.localhost:8000"}
    refused = httpx.post(url, data={"MessageSid": "SM1"}, headers=desk)
    assert (refused.status_code, refused.text) == (403, "403 Forbidden\n")
    assert refused.headers["Cache-Control"] == "no-store"
    form = desk | {"Content-Type": "application/x-www-form-urlencoded"}
    too_long = httpx.post(url, content=b"x" * 70_000, headers=form)
    assert too_long.status_code == 413
    # of what tells no length notify may answer the start; the edge then cuts off that answer, too
    with suppress(httpx.RemoteProtocolError):
        endless = httpx.post(url, content=(b"x" * 4096 for _ in range(1000)), headers=form)
        assert endless.status_code in {403, 413}
    assert httpx.post(url, data={"MessageSid": "SM1"}, headers=desk).status_code == 403
    assert httpx.post(url, headers={"Host": "foothill.localhost"}).status_code == 421


@needs_chromium
def test_a_thumb_on_a_phone_takes_it(edge: str, parts: Parts, browser: Browser) -> None:
    path = a_path(parts)
    with browser.new_page(viewport={"width": 375, "height": 667}) as page:
        page.goto(edge.replace("127.0.0.1", "desk.localhost") + path)
        button = page.get_by_role("button", name="I have it")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 48
        assert box["y"] + box["height"] <= 667  # without scrolling
        assert rows(parts.engine, "SELECT state FROM alert") == [("open",)]
        button.click()
        page.get_by_text("You have it, since").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert rows(parts.engine, "SELECT state, taken_by FROM alert") == [("taken", "Maria")]
