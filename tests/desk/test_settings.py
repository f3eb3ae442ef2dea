"""Who is told, on the desk: the page asks notify over HTTP, which owns contacts and policy."""

import threading
import time

import pytest
from bs4 import BeautifulSoup
from werkzeug.serving import make_server

from contract.alert_settings import SHOW_PATH
from plumbing.questions import NoAnswer, Questions
from tests.desk.conftest import Build, DeskUnderTest, Office, soup, words
from tests.desk.notify_beside import FILE
from tests.servers import free_port

SHAFTER = "/settings/envista/shafter"


def in_order(page: BeautifulSoup) -> list[str]:
    return [row.get_text() for row in page.select(".order h3")]


def test_the_page_says_who_is_told_in_which_order_and_how(office: Office) -> None:
    page = office.manager().page(SHAFTER)
    assert in_order(page) == ["Maria Ortega", "Omar Reed"]
    said = words(page)
    assert "Text (559) 555-0101 · Email maria@envista.example" in said
    assert "Speaks English and Spanish" in said
    assert "No texts from 9:00 pm to 7:00 am" in said
    assert "Without an answer the next contact is told after 10 open minutes" in said
    assert "Rosa Diaz" in page.select_one("[aria-labelledby=others]").get_text()
    assert "None: the settings of Envista are what the file alerts/envista.toml says" in said


def test_a_location_without_a_list_shows_that_of_every_other_one(office: Office) -> None:
    page = office.manager().page("/settings/envista/bakersfield")
    assert in_order(page) == ["Omar Reed"]
    assert "Bakersfield has no list of its own" in words(page)


def test_a_location_without_anybody_says_so_loudly(office: Office) -> None:
    page = office.desk.arrive("kim@kosak.example", "manager", "kosak").page(
        "/settings/kosak/shafter"
    )
    assert "Nobody is told about requests here" in words(page)
    assert "this clinic has no alerts file" in words(page)


def test_who_would_be_told_is_what_notify_would_do(office: Office) -> None:
    ana = office.manager()
    said = words(ana.page(f"{SHAFTER}?at=2026-11-27T22:05").select_one(".answer"))
    assert "Friday, November 27, 2026, 10:05 PM PST : Shafter is closed, opens Monday" in said
    assert "While closed: told at once, as in open hours" in said
    assert "Maria Ortega , told at once: email maria@envista.example" in said
    assert "quiet hours of Maria Ortega until 7:00 AM: e-mail alone" in said
    assert "Omar Reed , 10 open minutes later without an answer" in said
    spanish = ana.page(f"{SHAFTER}?at=Friday+18:05&speaks=es").select_one(".answer")
    assert "Spanish is wanted, and Maria Ortega speaks it" in words(spanish)


def test_a_moment_that_is_none_is_answered_in_words(office: Office) -> None:
    ana = office.manager()
    for asked in ("soon", "Friday 25:00", "9999-12-31T23:59", "<script>", "0001-01-01T00:00"):
        answer = ana.get(SHAFTER, query_string={"at": asked})
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert "The day and time must be " in words(soup(answer))


def test_what_differs_from_the_file_is_said(office: Office) -> None:
    path = office.notify.settings.alerts_dir / "envista.toml"
    path.write_text(FILE.replace('name = "Omar Reed"', 'name = "Omar B. Reed"'))
    said = words(office.manager().page(SHAFTER).select_one("[aria-labelledby=file]"))
    assert "contact omar name: Omar B. Reed in the file, Omar Reed in the tables" in said
    path.write_text("[contacts")
    said = words(office.manager().page(SHAFTER).select_one("[aria-labelledby=file]"))
    assert "envista.toml: is not TOML" in said


def test_with_notify_away_the_page_says_so_and_the_desk_works(desk: DeskUnderTest) -> None:
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    answer = ana.get(SHAFTER)
    assert answer.status_code == 503
    assert "The alert settings cannot be reached just now. Nothing was changed." in words(
        soup(answer)
    )
    assert ana.get("/").status_code == 200


def test_a_notify_that_hangs_holds_up_nobody_else(build: Build) -> None:
    hangs, asked = threading.Event(), threading.Event()
    port = free_port()

    def app(_environ, start_response):
        asked.set()
        hangs.wait(30)
        start_response("200 OK", [])
        return [b"{}"]

    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    desk = build(demo=True, notify_url=f"http://127.0.0.1:{port}")
    people = [desk.arrive(f"m{n}@envista.example", "manager", "envista") for n in range(8)]
    asking = [threading.Thread(target=person.get, args=(SHAFTER,)) for person in people[1:]]
    for thread in asking:
        thread.start()
    assert asked.wait(10)
    started = time.monotonic()
    assert people[0].get("/").status_code == 200
    took = time.monotonic() - started
    hangs.set()
    for thread in asking:
        thread.join(20)
    server.shutdown()
    server.server_close()
    assert took < 4


def test_only_the_service_token_is_answered(office: Office) -> None:
    question = {"clinic": "envista", "location": "shafter"}
    with pytest.raises(NoAnswer, match="status 403"):
        Questions(office.notify.url, "wrong").ask(SHOW_PATH, question)
    with pytest.raises(NoAnswer, match="status 404"):
        Questions(office.notify.url, "token").ask(SHOW_PATH, question | {"location": "x"})
    with pytest.raises(NoAnswer, match="status 400"):
        Questions(office.notify.url, "token").ask(SHOW_PATH, {"clinic": "envista"})
