"""The routes as a browser sees them."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from leads.app import build_app
from plumbing.database import connect
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings, write_release

NOBODY = "postgresql://leads_app@127.0.0.1:1/leads"


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def test_after_sending_the_page_shows_the_reference_and_the_promise(leads: Leads) -> None:
    answer = leads.post(a_form(message="thanks"))
    assert answer.status_code == 303
    page = leads.client.get(answer.location, base_url="http://envista.example")
    told = answer.location.split("ref=")[1].split("&")[0]
    assert soup(page).find(id="reference").text.replace(" ", "") == told
    assert "not a booked appointment" in soup(page).find(id="promise").text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Ana" not in answer.location


@pytest.mark.parametrize("change", ["", "x", "ref=ABCDEFGH"])
def test_without_a_valid_token_nothing_is_promised(leads: Leads, change: str) -> None:
    answer = leads.post(a_form(message="forged"))
    forged = f"/thanks/?{change}" if "ref" in change else answer.location + (change or "")[:1]
    if not change:
        forged = answer.location.split("&")[0]
    page = leads.client.get(forged, base_url="http://envista.example")
    assert "No promise" in page.text


def test_another_clinics_token_promises_nothing(leads: Leads) -> None:
    answer = leads.post(a_form(message="foreign"))
    page = leads.client.get(answer.location, base_url="http://spine.example")
    assert "reference" not in page.text


def test_mistakes_come_back_with_everything_that_was_typed(leads: Leads) -> None:
    answer = leads.post(a_form(name="", message='<b>"pain" & more'))
    assert answer.status_code == 422
    page = soup(answer)
    assert page.title.text.startswith("Error: ")
    assert page.find("a")["href"] == "#name"
    assert page.find("textarea").text == '<b>"pain" & more'


def test_mistakes_on_a_locations_own_form_come_back_on_it(leads: Leads) -> None:
    answer = leads.post(
        a_form(name=""),
        headers={"Referer": "http://envista.example/locations/shafter/contact/"},
    )
    assert answer.text.startswith("Shafter")


def test_with_neither_database_nor_disk_it_is_said_so_and_the_words_are_kept(
    tmp_path: Path,
) -> None:
    settings = make_settings(tmp_path, database_url=NOBODY)
    settings.spool_dir.write_text("a file where the folder should be")
    write_release(settings.sites_dir, "envista.example")
    engine = connect(NOBODY, name="nobody")
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, a_directory()))
    answer = app.test_client().post(
        "/leads/requests", data=a_form(message="kept"), base_url="http://envista.example"
    )
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "not sent" in soup(answer).find(class_="notice").text
    assert soup(answer).find("textarea").text == "kept"


def test_a_host_that_is_no_clinics_gets_421_and_no_name(leads: Leads) -> None:
    for host in ("unknown.example", "envista"):
        answer = leads.post(a_form(), host=host)
        assert answer.status_code == 421
        assert "nvista" not in answer.text


def test_a_kind_that_is_switched_off_is_404_and_an_unknown_one_422(leads: Leads) -> None:
    assert leads.post(a_form(kind="comment")).status_code == 404
    assert leads.post(a_form(), host="spine.example").status_code == 404
    assert leads.post(a_form(kind="order")).status_code == 422


def test_a_body_over_64_kib_is_413(leads: Leads) -> None:
    answer = leads.post(a_form(message="x" * 70_000))
    assert answer.status_code == 413
    assert "64 KiB" in answer.text


def test_a_body_that_is_no_form_is_refused_in_words(leads: Leads) -> None:
    assert (
        leads.client.post("/leads/requests", json={}, base_url="http://envista.example").status_code
        == 415
    )


def test_a_page_of_an_unknown_release_still_answers_in_words(leads: Leads) -> None:
    answer = leads.post(a_form(kind="appointment", name=""))
    assert answer.status_code == 422
    assert "Enter your full name" in answer.text
    assert "(661) 555-0142" in answer.text


def test_where_the_request_came_from_is_taken_from_the_referer(leads: Leads) -> None:
    referer = "http://envista.example/contact/?from=/articles/back-spasms/&utm_source=flyer"
    leads.post(a_form(message="from"), headers={"Referer": referer})
    with leads.engine.connect() as connection:
        stored = connection.exec_driver_sql(
            "SELECT attribution FROM lead ORDER BY received_at DESC LIMIT 1"
        ).scalar()
    assert stored == {"path": "/articles/back-spasms/", "utm_source": "flyer"}


def test_events_are_taken_only_with_the_service_token(leads: Leads) -> None:
    assert leads.client.post("/internal/events", json=[]).status_code == 403


def test_readiness_names_what_is_missing(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, database_url=NOBODY)
    app = build_app(
        settings,
        engine=connect(NOBODY, name="nobody"),
        directory=a_reader(tmp_path, a_directory(a_clinic())),
    )
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json["missing"]) == ["database"]
    assert app.test_client().get("/healthz").status_code == 200
