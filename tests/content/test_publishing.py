"""The signed directory, the watching publisher and the web process, on a real Valkey."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import redis

from contract.directory import REDIS_KEY, Directory
from plumbing.documents import verified
from plumbing.signing import SigningKey, VerifyKeys
from tests.content.conftest import ARTICLE, CLINIC, Group
from tests.servers import a_key, free_port

PATIENT_S = 60  # a busy machine is no mistake of the pages
pytestmark = pytest.mark.integration


@pytest.fixture
def environ(group: Group, redis_url: str, tmp_path: Path) -> dict[str, str]:
    redis.Redis.from_url(redis_url).flushall()
    key = tmp_path / "signing"
    key.write_text(a_key())
    port = free_port()
    return {
        "PATH": os.environ["PATH"],
        "FRONTDESK_DEMO": "1",
        "EDGE_BIND": "127.0.0.1",
        "PUBLIC_PORT": "8000",
        "CLINICS_DIR": str(group.clinics),
        "LIBRARY_DIR": str(group.library),
        "SITES_DIR": str(group.sites),
        "CONTENT_STATE_DIR": str(group.state),
        "DIRECTORY_SIGNING_KEY_FILE": str(key),
        "REDIS_URL": redis_url,
        "HEALTH_PORT": str(port),
        "CONTENT_PORT": str(port),
        "LEADS_URL": "http://127.0.0.1:9",
        "NOTIFY_URL": "http://127.0.0.1:9",
    }


def publish_once(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "content", "publish"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running(environ: dict[str, str], *command: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "content", *command],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENT_S)


def published(environ: dict[str, str]) -> Directory | None:
    raw = redis.Redis.from_url(environ["REDIS_URL"]).get(REDIS_KEY)
    if not isinstance(raw, bytes):
        return None
    key = SigningKey.read(Path(environ["DIRECTORY_SIGNING_KEY_FILE"]).read_text())
    return Directory.from_json(verified(raw, VerifyKeys.read(key.public_line())))


def wait_for(answer: Callable[[], Any], *, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := answer():
                return found
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail("did not happen in time")


def test_the_directory_is_signed_and_keeps_its_version_while_nothing_changes(
    group: Group, environ: dict[str, str]
) -> None:
    assert publish_once(environ).returncode == 0
    first = published(environ)
    assert first is not None
    clinic = first.clinic("north")
    assert clinic is not None
    assert clinic.hosts == ("north.example", "north.localhost")
    assert clinic.forms == ("contact", "appointment")
    publish_once(environ)
    assert published(environ) == first
    group.change("north/clinic.toml", "555-0101", "555-0102")
    publish_once(environ)
    changed = published(environ)
    assert changed is not None
    assert changed.version > first.version


def test_versions_rise_also_when_the_clock_was_set_back(
    group: Group, environ: dict[str, str]
) -> None:
    publish_once(environ)
    copy = group.state / "directory.json"
    ahead = json.loads(copy.read_text()) | {"version": 9_999_999_999_999}
    copy.write_text(json.dumps(ahead))
    group.change("north/clinic.toml", "555-0101", "555-0102")
    publish_once(environ)
    document = published(environ)
    assert document is not None
    assert document.version == 10_000_000_000_000


def test_a_clinic_with_mistakes_stays_in_the_directory_as_it_was(
    group: Group, environ: dict[str, str]
) -> None:
    group.write("south/clinic.toml", CLINIC.replace("north", "south"))
    publish_once(environ)
    before = published(environ)
    assert before is not None
    group.change("north/clinic.toml", '"CA"', '"C"')
    group.change("south/clinic.toml", "555-0101", "555-0103")
    done = publish_once(environ)
    assert done.returncode == 1
    assert "clinic.toml:16: 'C' is no state" in done.stderr
    after = published(environ)
    assert after is not None
    assert after.clinic("north") == before.clinic("north")
    south = after.clinic("south")
    assert south is not None
    assert south.phone_display == "(559) 555-0103"


def test_watching_publishes_a_change_and_mends_a_flushed_redis(
    group: Group, environ: dict[str, str]
) -> None:
    health = f"http://127.0.0.1:{environ['HEALTH_PORT']}/readyz"
    with running(environ, "publish", "--watch"):
        wait_for(lambda: httpx.get(health).is_success)
        first = published(environ)
        assert first is not None
        group.change("north/clinic.toml", "North Clinic", "Northern Clinic")
        wait_for(lambda: getattr(published(environ), "version", 0) > first.version)
        index = group.sites / "hosts" / "north.example" / "current" / "index.html"
        assert "Northern Clinic" in index.read_text()
        redis.Redis.from_url(environ["REDIS_URL"]).flushall()
        wait_for(lambda: published(environ), seconds=25)


def test_a_change_during_the_first_build_is_not_missed(
    group: Group, environ: dict[str, str]
) -> None:
    """Before anybody watches the folders."""
    hosts = group.sites / "hosts"
    with running(environ, "publish", "--watch"):
        wait_for((hosts / "north.example" / "current").exists, seconds=60)
        group.change("north/clinic.toml", "North Clinic", "Northern Clinic")
        index = hosts / "north.example" / "current" / "index.html"
        wait_for(lambda: "Northern Clinic" in index.read_text())


def test_what_is_due_is_published_by_the_clock_and_across_a_restart(
    group: Group, environ: dict[str, str]
) -> None:
    zone = ZoneInfo("America/Los_Angeles")

    def publish_in(seconds: float) -> None:
        at = (datetime.now(zone) + timedelta(seconds=seconds)).replace(tzinfo=None)
        front = f"publish = {at.isoformat(timespec='seconds')}\ndescription"
        group.write("north/articles/soon.md", ARTICLE.replace("description", front))

    page = group.sites / "hosts" / "north.example" / "current" / "articles" / "soon" / "index.html"
    publish_in(12)
    with running(environ, "publish", "--watch"):
        wait_for((group.sites / "hosts.json").exists, seconds=60)
        assert not page.exists()
        wait_for(page.exists)
    publish_in(3600)
    publish_once(environ)
    assert not page.exists()
    publish_in(-1)  # its time came while nothing ran
    with running(environ, "publish", "--watch"):
        wait_for(page.exists, seconds=60)


def test_a_redis_that_is_away_stops_no_release(group: Group, environ: dict[str, str]) -> None:
    done = publish_once(environ | {"REDIS_URL": "redis://127.0.0.1:9/0"})
    assert done.returncode == 1
    assert done.stdout.count("directory not published") == 1
    assert (group.sites / "hosts.json").exists()


def test_every_wrong_setting_is_named_at_once(environ: dict[str, str]) -> None:
    wrong = {
        "CLINICS_DIR": "/nowhere",
        "EDGE_BIND": "192.0.2.1",
        "REDIS_URL": "x",
        "HEALTH_PORT": "a",
    }
    done = publish_once(environ | wrong)
    assert done.returncode == 2
    for name in wrong:
        assert f"content: {name}: " in done.stderr


def test_the_web_process_answers_for_listed_hosts_and_no_others(
    group: Group, environ: dict[str, str]
) -> None:
    publish_once(environ)
    base = f"http://127.0.0.1:{environ['CONTENT_PORT']}"

    def get(host: str, path: str) -> httpx.Response:
        return httpx.get(f"{base}{path}", headers={"Host": host}, timeout=PATIENT_S)

    with running(environ | {"DESK_HOST": "desk.example"}, "serve"):
        wait_for(lambda: get("localhost", "/healthz").is_success)
        released = group.sites / "hosts" / "north.example" / "current" / "contact" / "index.html"
        assert get("NORTH.example.", "/contact/").text == released.read_text()
        assert get("north.example", "/contact").headers["Location"] == "/contact/"
        assert get("north.example", "/nowhere/").status_code == 404
        assert get("north.example", "/_forms/contact.html").status_code == 404
        for host in ("other.example", "north", "south.preview.localhost"):
            answer = get(host, "/es/")
            assert answer.status_code == 421
            assert "North" not in answer.text
            assert "<h1>No hay nada en esta dirección</h1>" in answer.text
        for refusal, status in (
            (get("localhost", "/nowhere/"), 404),
            (
                httpx.put(base, headers={"Host": "north.preview.localhost"}, timeout=PATIENT_S),
                405,
            ),
        ):
            assert refusal.status_code == status
            assert refusal.headers["Content-Type"].startswith("text/html")
            assert 'href="tel:911"' in refusal.text
        assert get("x", "/internal/ask?domain=north.example").status_code == 200
        assert get("x", "/internal/ask?domain=desk.example").status_code == 200
        assert get("x", "/internal/ask?domain=other.example").status_code == 404
        ready = get("x", "/internal/healthz")
        assert (ready.status_code, ready.json()) == (503, {"status": "unavailable"})
        assert "north.localhost:8000" in get("localhost", "/").text
        group.change("north/clinic.toml", '"CA"', '"C"')
        time.sleep(1)
        assert get("north.example", "/contact/").text == released.read_text()


def test_the_preview_shows_drafts_and_mistakes_and_sends_nothing(
    group: Group, environ: dict[str, str]
) -> None:
    publish_once(environ)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{environ['CONTENT_PORT']}",
        headers={"Host": "north.preview.localhost"},
        timeout=PATIENT_S,
    )
    with client, running(environ, "serve"):
        wait_for(lambda: client.get("/healthz").is_success)
        before = client.get("/preview.version").text
        group.write("north/drafts/new.md", '+++\ntitle = "A new one"\n+++\nSoon. [x](/gone/)\n')
        wait_for(lambda: client.get("/preview.version").text != before)
        page = client.get("/articles/new/")
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert "A new one" in page.text
        assert "&#39;/gone/&#39; leads nowhere" in page.text
        sent = client.post("/leads/requests", data={"name": "x"})
        assert sent.status_code == 503
        assert "Nothing was sent" in sent.text
        group.write("north/clinic.toml", "name =")
        wait_for(lambda: "clinic.toml:1" in client.get("/").text)
