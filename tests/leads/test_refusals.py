"""Whose request is not taken reads a page that says what to do; a program reads problem+json."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from contract.directory import REDIS_KEY, Directory
from leads.app import build_app
from plumbing.database import connect
from plumbing.documents import Reader
from plumbing.signing import SigningKey, VerifyKeys
from tests.builders import a_clinic, a_form
from tests.leads.conftest import Leads, make_settings
from tests.leads.test_views import NOBODY
from tests.servers import a_key

BASE = "http://envista.example"
REFUSED = "<h1>Not sent</h1><p><?= reason ?></p><p>In the brand</p>"


def page(answer) -> BeautifulSoup:
    assert answer.mimetype == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    return BeautifulSoup(answer.text, "html.parser")


def without_a_brand(answer) -> BeautifulSoup:
    shown = page(answer)
    style = b64encode(sha256(shown.style.text.encode()).digest()).decode()
    assert f"style-src 'sha256-{style}'" in answer.headers["Content-Security-Policy"]
    assert shown.find("a", href="tel:911")
    assert "nvista" not in answer.text
    return shown


def test_a_form_on_a_host_of_no_clinic_says_that_nothing_was_sent(leads: Leads) -> None:
    answer = leads.post(a_form(), host="unknown.example")
    assert answer.status_code == 421
    shown = without_a_brand(answer)
    assert shown.h1.text == "Your request was not sent."
    assert "search for the clinic by its name and call it" in shown.p.text


def test_a_spanish_page_is_answered_in_spanish_there_too(leads: Leads) -> None:
    came = {"Referer": "http://unknown.example/es/contact/"}
    shown = without_a_brand(leads.post(a_form(), host="unknown.example", headers=came))
    assert shown.html["lang"] == "es"
    assert shown.h1.text == "Su solicitud no se envió."
    assert "911" in shown.find(class_="emergency").text


def test_a_page_on_a_host_of_no_clinic_says_what_to_check(leads: Leads) -> None:
    answer = leads.client.get("/thanks/?ref=ABCDEFGH&t=x", base_url="http://unknown.example")
    assert answer.status_code == 421
    assert without_a_brand(answer).h1.text == "Nothing is served at this address"


def test_before_any_clinic_is_known_the_words_are_still_there(tmp_path: Path) -> None:
    unread: Reader[Directory] = Reader(
        redis_url="redis://127.0.0.1:1/0",
        key=REDIS_KEY,
        keys=VerifyKeys.read(SigningKey.read(a_key()).public_line()),
        parse=Directory.from_json,
        copy=tmp_path / "no copy yet",
    )
    settings = make_settings(tmp_path, database_url=NOBODY)
    app = build_app(settings, engine=connect(NOBODY, name="nobody"), directory=unread)
    answer = app.test_client().post("/leads/requests", data=a_form(), base_url=BASE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "your words are still there" in without_a_brand(answer).p.text


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"json": {}}, 415, "x-www-form-urlencoded"),
        ({"data": a_form(), "headers": {"Content-Encoding": "gzip"}}, 415, "Content-Encoding"),
        ({"data": a_form(), "headers": {"Origin": "https://evil.example"}}, 403, "a page that is"),
        ({"data": b"%ff", "content_type": "application/x-www-form-urlencoded"}, 400, "UTF-8"),
        ({"method": "PUT", "data": a_form()}, 405, "Go back"),
    ],
)
@pytest.mark.parametrize("template", [REFUSED, ""], ids=["in the brand", "without a release"])
def test_what_is_not_read_is_said_on_a_page(
    leads: Leads, sent: dict[str, object], status: int, says: str, template: str
) -> None:
    if template:
        forms = leads.settings.sites_dir / "hosts" / "envista.example" / "current" / "_forms"
        (forms / "refused.html").write_text(template)
    how = {"method": "POST"} | sent
    answer = leads.client.open("/leads/requests", base_url=BASE, **how)
    assert answer.status_code == status
    shown = page(answer)
    assert says in shown.text
    assert "ot sent" in shown.h1.text
    assert ("In the brand" if template else a_clinic().phone_display) in shown.text


def test_reloading_a_form_by_its_address_leads_to_the_form(leads: Leads) -> None:
    answer = leads.client.get("/leads/requests", base_url=BASE)
    assert (answer.status_code, answer.location) == (303, "/contact/")
    strange = leads.client.get("/leads/requests", base_url="http://unknown.example")
    assert strange.status_code == 421


def test_a_fault_of_ours_promises_nothing(leads: Leads, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_fields: bytes) -> dict[str, str]:
        raise RuntimeError

    monkeypatch.setattr("leads.views.read_fields", broken)
    leads.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = leads.post(a_form())
    assert answer.status_code == 500
    assert page(answer).h1.text == "Your request was not sent."
    assert "your words are still there" in answer.text


def test_a_program_reads_every_refusal_as_a_problem(leads: Leads) -> None:
    for path, base, status in (
        ("/leads/v1/requests", "http://unknown.example", 421),
        ("/leads/v1/nowhere", BASE, 404),
        ("/leads/v1/nowhere", "http://unknown.example", 404),
        ("/leads/v1/openapi.json", BASE, 405),
    ):
        answer = leads.client.post(path, json={}, base_url=base)
        assert answer.status_code == status, path
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]
