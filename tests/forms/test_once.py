"""Whatever browsers, networks and people do: one request is one lead, two requests are two."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest
import time_machine
from bs4 import BeautifulSoup
from playwright.sync_api import Page

from contract.events import LEAD_ACCEPTED
from tests.builders import a_form
from tests.forms.conftest import Clinics
from tests.forms.test_sending import fill, reference, send


def ids(clinics: Clinics, message: str) -> list[object]:
    return [row["id"] for row in clinics.stored(message)]


@pytest.fixture
def http(clinics: Clinics) -> Iterator[httpx.Client]:
    base = f"http://127.0.0.1:{clinics.port}"
    with httpx.Client(base_url=base, trust_env=False, timeout=30) as client:
        client.headers["Host"] = f"north.localhost:{clinics.port}"
        yield client


def told(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].split("ref=")[1].split("&")[0]


@pytest.mark.parametrize("kind_of_page", ["page", "plain_page"])
def test_a_double_click_is_one_lead(
    request: pytest.FixtureRequest, clinics: Clinics, kind_of_page: str
) -> None:
    page: Page = request.getfixturevalue(kind_of_page)
    message = f"double click on a {kind_of_page}"
    page.goto(clinics.url("/contact/"))
    fill(page, message)
    page.locator(".send").dblclick()
    shown = reference(page)
    [row] = clinics.stored(message)
    assert row["reference"] == shown


@pytest.mark.parametrize("kind_of_page", ["page", "plain_page"])
def test_back_and_sending_again_shows_the_same_reference(
    request: pytest.FixtureRequest, clinics: Clinics, kind_of_page: str
) -> None:
    page: Page = request.getfixturevalue(kind_of_page)
    message = f"back on a {kind_of_page}"
    page.goto(clinics.url("/contact/"))
    fill(page, message)
    send(page)
    first = reference(page)
    page.go_back()
    page.locator(".send").wait_for()
    fill(page, message)
    send(page)
    assert reference(page) == first
    assert len(ids(clinics, message)) == 1


def test_the_same_words_in_two_tabs_are_one_lead(page: Page, clinics: Clinics) -> None:
    other = page.context.new_page()
    shown = []
    for tab in (page, other):
        tab.goto(clinics.url("/contact/"))
        fill(tab, "two tabs")
        send(tab)
        shown.append(reference(tab))
    assert shown[0] == shown[1]
    assert len(ids(clinics, "two tabs")) == 1


def test_a_reload_of_the_thank_you_page_sends_nothing(page: Page, clinics: Clinics) -> None:
    page.goto(clinics.url("/contact/"))
    fill(page, "reload")
    send(page)
    first = reference(page)
    page.reload()
    assert page.locator(".reference strong").inner_text().replace(" ", "") == first
    assert len(ids(clinics, "reload")) == 1


class LosesAnswers:
    """Between client and service: the first `lose` answers to a POST are read and thrown away."""

    def __init__(self, port: int, lose: int) -> None:
        self._service, self._left = port, lose
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        service = socket.create_connection(("127.0.0.1", self._service))
        with client, service, client.makefile("rb") as asking:
            lines = list(iter(asking.readline, b"\r\n"))
            if b"" in lines or not lines:
                return  # a connection that asked nothing
            size = next(
                (line for line in lines if line.lower().startswith(b"content-length")), b":0"
            )
            body = asking.read(int(size.split(b":")[1]))
            # one request a connection, so that the end of the answer is the end of the connection
            kept = [line for line in lines if not line.lower().startswith(b"connection")]
            service.sendall(b"".join([*kept, b"Connection: close\r\n\r\n", body]))
            with service.makefile("rb") as answering:
                answer = answering.read()
            if lines[0].startswith(b"POST") and self._left > 0:
                self._left -= 1  # stored and answered, but nobody hears of it
                return
            client.sendall(answer)


@pytest.fixture
def losing(clinics: Clinics) -> Iterator[LosesAnswers]:
    proxy = LosesAnswers(clinics.port, lose=1)
    yield proxy
    proxy.close()


def test_an_answer_lost_after_the_commit_is_said_so_and_sending_again_is_no_second_lead(
    page: Page, clinics: Clinics, losing: LosesAnswers
) -> None:
    page.goto(f"http://north.localhost:{losing.port}/contact/")
    fill(page, "lost answer")
    send(page)
    page.locator(".error-summary").wait_for()
    assert "We cannot tell whether your request arrived" in page.inner_text(".error-summary")
    [row] = clinics.stored("lost answer")
    assert page.input_value("[name=message]") == "lost answer"
    send(page)
    assert reference(page) == row["reference"]
    assert len(ids(clinics, "lost answer")) == 1


def test_a_proxy_that_sends_again_by_itself_makes_no_second_lead(
    http: httpx.Client, clinics: Clinics
) -> None:
    form = a_form(location="weston", message="proxy retry", submission_id="abcdefgh-1")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.post("/leads/requests", data=form), range(8)))
    assert len({told(answer) for answer in answers}) == 1
    assert len(ids(clinics, "proxy retry")) == 1


def test_one_cached_page_sent_by_a_hundred_people_a_day_later_is_a_hundred_leads(
    http: httpx.Client, clinics: Clinics
) -> None:
    """The very bytes that everybody got yesterday; the pages hold nothing of one visitor."""
    page = BeautifulSoup(http.get("/contact/").text, "html.parser")
    hidden = {str(i["name"]): str(i["value"]) for i in page.select("form input[type=hidden]")}
    shown = []
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        for number in range(100):
            form = hidden | {
                "name": f"Person {number}",
                "phone": f"(661) 555-01{number:02}",
                "message": "cached",
            }
            shown.append(told(http.post("/leads/requests", content=urlencode(form), headers=FORM)))
    assert len(set(shown)) == 100
    assert len(ids(clinics, "cached")) == 100


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_parents_two_children_are_two_leads(http: httpx.Client, clinics: Clinics) -> None:
    form = a_form(location="weston", message="both children", **{"for": "someone_else"})
    shown = [
        told(
            http.post(
                "/leads/requests", data=form | {"patient_name": child, "relationship": "parent"}
            )
        )
        for child in ("Mia Ruiz", "Leo Ruiz")
    ]
    assert len(set(shown)) == 2
    rows = clinics.stored("both children")
    assert [row["words"]["patient_name"] for row in rows] == ["Mia Ruiz", "Leo Ruiz"]


def test_the_same_words_an_hour_later_are_a_second_louder_plea(
    http: httpx.Client, clinics: Clinics
) -> None:
    form = a_form(location="weston", message="second plea")
    first = told(http.post("/leads/requests", data=form))
    [row] = clinics.stored("second plea")
    clinics.age(row["id"], timedelta(minutes=61))
    second = told(http.post("/leads/requests", data=form))
    older, newer = clinics.stored("second plea")
    assert first != second
    assert (newer["linked_to"], newer["again"], newer["n"]) == (older["id"], True, 1)
    [event] = clinics.events(LEAD_ACCEPTED, newer["id"])
    assert (event["again"], event["first_lead_id"]) == (True, str(older["id"]))


def test_changed_words_under_the_same_submission_are_a_new_linked_lead(
    page: Page, clinics: Clinics
) -> None:
    page.goto(clinics.url("/contact/"))
    fill(page, "before the change")
    send(page)
    first = reference(page)
    page.go_back()
    page.locator(".send").wait_for()
    page.fill("[name=message]", "after the change")
    page.fill("[name=name]", "Ana Ruiz")
    page.fill("[name=phone]", "661 555 0142")
    send(page)
    assert reference(page) != first
    [before], [after] = clinics.stored("before the change"), clinics.stored("after the change")
    if after["submission_id"] == before["submission_id"]:  # the page came back with its script
        assert after["linked_to"] == before["id"]
    assert not after["again"]
