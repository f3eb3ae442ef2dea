"""The privacy page: an owner finds a person, hands over, holds and erases, in plain steps."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from leads import tables
from tests.chromium import needs_chromium
from tests.desk.conftest import (
    Build,
    Colleague,
    DeskUnderTest,
    a_colleague,
    code_now,
    soup,
    words,
)
from tests.desk.erasing import Both, two_services
from tests.desk.test_browser import Open, browsing
from tests.desk.test_leads import MARKUP
from tests.desk.test_person import EMAIL, a_comment, a_text

TYPED = "661.555.0199"
BECAUSE = "withdrew the request by phone"


@pytest.fixture
def owner(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("olga@envista.example", "owner", "envista")


@pytest.fixture
def both(build: Build, notify_databases: tuple[str, str], tmp_path: Path) -> Iterator[Both]:
    with two_services(build, notify_databases, tmp_path) as both:
        yield both


def test_a_person_is_found_with_all_that_is_stored(desk: DeskUnderTest, owner: Colleague) -> None:
    desk.request(email=EMAIL)
    a_text(desk, "where do I park?")
    a_comment(desk, message="thank you")
    answer = owner.post("/privacy", who=TYPED)
    assert "1 request, 0 comments, 1 text" in answer.text
    assert "where do I park?" in answer.text
    assert f"These requests also name {EMAIL}" in answer.text
    assert "0 requests" not in answer.text
    assert "thank you" in owner.post("/privacy", who=EMAIL).text
    assert ("person: find", "envista", None) in desk.audit()


def test_what_is_typed_stands_in_no_address(desk: DeskUnderTest, owner: Colleague) -> None:
    desk.request()
    page = owner.post("/privacy", who=TYPED)
    assert page.request.query_string == b""
    assert "0199" not in page.request.path
    assert "?" not in "".join(form["action"] for form in soup(page).find_all("form", action=True))


@pytest.mark.parametrize("typed", ["", "Ana Ruiz", "555", "x" * 400, "\0"])
def test_what_is_neither_is_said_to_be_neither(owner: Colleague, typed: str) -> None:
    answer = owner.post("/privacy", who=typed)
    assert answer.status_code == 422
    assert "neither a whole phone number nor an email address" in answer.text


def test_nothing_found_says_so(owner: Colleague) -> None:
    answer = owner.post("/privacy", who=TYPED)
    assert f"Nothing is stored under {TYPED}" in answer.text
    assert "Download" not in answer.text


def test_the_file_has_what_the_patient_was_sent_too(both: Both) -> None:
    both.desk.request(reply_by="text", consent_text="on", message="canary one")
    both.carry()
    owner = both.desk.arrive("olga@envista.example", "owner", "envista")
    answer = owner.post("/privacy/export", who=TYPED, format="json")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    contents = json.loads(answer.text)
    assert contents["requests"][0]["words"]["message"] == "canary one"
    [sent] = contents["sent"]
    assert (sent["channel"], sent["to"]) == ("sms", "+16615550199")
    assert contents["requests"][0]["reference"][:4] in sent["text"]
    page = owner.post("/privacy/export", who=TYPED, format="html")
    assert page.mimetype == "text/html"
    assert "canary one" in page.text
    assert sent["text"].splitlines()[0] in page.text
    assert ("person: export", "envista", None) in both.desk.audit()


def test_without_notify_there_is_no_file_that_looks_whole(
    desk: DeskUnderTest, owner: Colleague
) -> None:
    desk.request()
    answer = owner.post("/privacy/export", who=TYPED, format="json")
    assert answer.status_code == 503
    assert "try again in a minute. No file was made." in answer.text


def test_erasing_takes_two_steps_and_says_what_goes(desk: DeskUnderTest, owner: Colleague) -> None:
    lead_id = desk.request()
    owner.move(lead_id, "reached")
    a_text(desk, "thanks")
    owner.post("/export", days="30")
    review = owner.post("/privacy/erase", who=TYPED)
    said = words(soup(review))
    assert "What goes, for good" in said
    assert "Reports count it as before" in said  # test_report_after_erasing
    assert "Text from their phone" in said
    assert "A file with requests that Olga took" in said
    assert desk.row(lead_id)["state"] == "done"
    done = owner.post("/privacy/erase", who=TYPED, sure="yes")
    assert "1 request, 0 comments and 1 text are gone for good" in words(soup(done))
    assert "envista " in soup(done).find("code").text
    assert "Olga took a file with requests" in words(soup(done))
    assert f"Nothing is stored under {TYPED}" in owner.post("/privacy", who=TYPED).text
    assert owner.get(f"/leads/{lead_id}").status_code == 404
    assert ("person: erase", "envista", None) in desk.audit()


def test_who_was_not_answered_is_called_first(desk: DeskUnderTest, owner: Colleague) -> None:
    lead_id = desk.request()
    said = words(soup(owner.post("/privacy/erase", who=TYPED)))
    assert "1 request of this person nobody has answered yet: call first" in said
    answer = owner.post("/privacy/erase", who=TYPED, sure="yes", reason="because")
    assert answer.status_code == 422
    assert "Say why, in 10 to 300 characters. Nothing was erased." in answer.text
    assert desk.row(lead_id)["state"] == "new"
    assert owner.post("/privacy/erase", who=TYPED, sure="yes", reason=BECAUSE).status_code == 200
    assert f"Nothing is stored under {TYPED}" in owner.post("/privacy", who=TYPED).text


def test_a_held_request_is_not_erased_and_everybody_sees_why(
    desk: DeskUnderTest, owner: Colleague
) -> None:
    lead_id = desk.request()
    owner.move(lead_id, "reached")
    hold = f"/privacy/holds/{lead_id}"
    assert owner.post(hold, do="hold", reason="short", who=TYPED).status_code == 422
    assert "Held" in owner.post(hold, do="hold", reason="a claim of an insurer", who=TYPED).text
    said = words(owner.page("/privacy"))
    assert "held by Olga" in said
    assert "a claim of an insurer" in said
    answer = owner.post("/privacy/erase", who=TYPED, sure="yes", reason=BECAUSE)
    assert "1 of these requests is held by hand" in words(soup(answer))
    assert desk.row(lead_id)["state"] == "done"
    owner.post(hold, do="release", who=TYPED)
    assert "gone for good" in owner.post("/privacy/erase", who=TYPED, sure="yes").text
    what = [one for one, _, lead in desk.audit() if lead == lead_id]
    assert what[-2:] == ["request held", "request no longer held"]


def test_another_clinics_request_cannot_be_held(desk: DeskUnderTest, owner: Colleague) -> None:
    kosak = desk.request(host="kosak.example")
    answer = owner.post(f"/privacy/holds/{kosak}", do="hold", reason="a claim of an insurer")
    assert answer.status_code == 404
    with desk.engine.connect() as connection:
        assert connection.execute(tables.legal_hold.select()).all() == []


def test_a_person_of_another_clinic_is_neither_shown_nor_erased(
    desk: DeskUnderTest, owner: Colleague
) -> None:
    kosak = desk.request(host="kosak.example", name="Kosak Canary")
    desk.request()
    assert "Kosak Canary" not in owner.post("/privacy", who=TYPED).text
    owner.post("/privacy/erase", who=TYPED, sure="yes", reason=BECAUSE)
    assert desk.row(kosak)["state"] == "new"


@pytest.mark.parametrize("path", ["/privacy/export", "/privacy/erase"])
def test_the_password_and_a_new_code_are_asked_for(strict: DeskUnderTest, path: str) -> None:
    colleague = a_colleague(strict)
    welcome = strict.add("olga@envista.example", "owner", "envista")
    secret = colleague.page(welcome).code.text.replace(" ", "")
    password = "three grey herons wait"
    colleague.post(
        welcome, password=password, password_again=password, code=code_now(secret), form_key=""
    )
    lead_id = strict.request()
    colleague.move(lead_id, "reached")
    fields = {"who": TYPED, "format": "json", "sure": "yes"}
    for given in ({}, {"password": password}, {"password": "wrong", "code": code_now(secret)}):
        answer = colleague.post(path, **fields, **given)
        assert answer.status_code == 422
        assert "is not right" in answer.text
    assert strict.row(lead_id)["state"] == "done"
    code = code_now(secret, steps=1)  # the first one is used up
    answer = colleague.post(path, **fields, password=password, code=code)
    # to export, notify has to be asked, and there is none here
    assert answer.status_code == (200 if path.endswith("erase") else 503)


@pytest.mark.browser
@needs_chromium
def test_an_owner_goes_through_all_steps_in_a_browser(browser: Browser, build: Build) -> None:
    """Nothing that was typed runs, every page fits a phone, and axe finds nothing."""
    with browsing(browser, build, demo=True) as opened:
        desk, page = opened.desk, opened.page
        desk.request(name=MARKUP, message=MARKUP, email=EMAIL)
        a_text(desk, MARKUP)
        opened.go(desk.add("olga@envista.example", "owner", "envista"))
        page.get_by_role("link", name="Privacy").click()
        check(opened)
        page.get_by_label("Phone number or email address of the person").fill(TYPED)
        page.get_by_role("button", name="Find").click()
        check(opened)
        page.get_by_text("Hold it, so that it is not erased").click()
        check(opened)
        page.get_by_role("button", name="Show what would be erased").click()
        check(opened)
        page.get_by_label("Why erase it although nobody has answered?").fill(BECAUSE)
        page.get_by_role("button", name="Erase all of this for good").click()
        check(opened)
        assert page.locator("h1").inner_text() == "Erased"
        assert opened.said == []


def check(opened: Open) -> None:
    assert opened.fits(), opened.page.url
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
