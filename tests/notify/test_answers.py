"""A link in an alert: it shows how the alert stands, and only its button changes anything."""

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text

from contract.events import LeadAccepted
from notify import answered, attempts, links, lookup
from notify.alertbook import Contact
from notify.parts import Parts
from notify.settings import Settings
from notify.tables import alert, contact
from notify.web import create_app
from plumbing.database import connect
from tests.notify.builders import (
    MARIA,
    OMAR,
    a_directory,
    a_lead,
    an_event,
    as_sent,
    rows,
    run,
    the_contacts,
)
from tests.notify.test_handled import an_answer

DESK = {"Host": "desk.localhost:8000"}
SCANNERS = (
    "Mozilla/5.0 (compatible; Microsoft Outlook SafeLinks)",
    "Barracuda Sentinel (EE)",
    "GoogleImageProxy",
    "Slackbot-LinkExpanding 1.0",
    "facebookexternalhit/1.1",
)


@pytest.fixture
def client(settings: Settings, parts: Parts) -> FlaskClient:
    parts.reader.current = a_directory()
    return create_app(settings, parts).test_client()


def a_path(parts: Parts, *people: Contact, lead: LeadAccepted | None = None) -> str:
    """The path of the link in a fresh alert to the first of `people`."""
    the_contacts(parts.engine, *(people or (MARIA, OMAR)))
    parts.inbox.take(an_event(lead or a_lead()))
    said = rows(parts.engine, "SELECT text FROM message ORDER BY created_at DESC, channel LIMIT 1")
    found = re.search(r"http://desk\.localhost:8000(/alerts/a/[A-Za-z0-9]{16})\b", said[0].text)
    assert found
    return found[1]


def another_path(engine: Engine, person: str) -> str:
    """A link of `person` (a contact's key) to the newest alert."""
    with engine.begin() as connection:
        newest = select(alert.c.id).order_by(alert.c.opened_at.desc()).limit(1)
        url = links.make(
            connection,
            alert_id=connection.execute(newest).scalar_one(),
            contact_id=connection.execute(
                select(contact.c.id).where(contact.c.key == person)
            ).scalar_one(),
            desk_url="http://desk.localhost:8000",
        )
    return urlsplit(url).path


def everything(engine: Engine) -> list[Any]:
    """All that a request could have changed."""
    tables = ("alert", "message", "audit", "outbox", "answer_link", "step")
    return [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in tables]  # noqa: S608


def test_e_mail_and_text_carry_the_same_link_and_it_shows_who_will_be_responsible(
    engine: Engine, parts: Parts, client: FlaskClient
) -> None:
    path = a_path(parts)
    [email, sms] = rows(engine, "SELECT text, html FROM message ORDER BY channel")
    assert path in email.text
    assert f'href="http://desk.localhost:8000{path}"' in email.html
    assert f" http://desk.localhost:8000{path} Reply 1: I have it" in sms.text
    page = client.get(path, headers=DESK)
    assert page.status_code == 200
    for part in (
        "Appointment request, Shafter", "Envista Medical", "K7QF 2MPD", "you, Maria", "I have it",
        "open time", "an answer by",
    ):  # fmt: skip
        assert part in page.text.replace("closed until", "open time")
    assert page.text.count("<form") == page.text.count("<button") == 1


def test_no_scanner_changes_anything(engine: Engine, parts: Parts, client: FlaskClient) -> None:
    path = a_path(parts)
    before = everything(engine)
    for number in range(200):
        headers = DESK | {"User-Agent": SCANNERS[number % 5], "Purpose": "prefetch"}
        method = ("GET", "HEAD")[number % 2]
        assert client.open(path, method=method, headers=headers).status_code == 200
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH"):
        client.open(path, method=method, headers=DESK)
    assert everything(engine) == before


def test_the_button_takes_it_tells_leads_and_stops_what_waits(
    engine: Engine, parts: Parts, client: FlaskClient
) -> None:
    path = a_path(parts)
    answer = client.post(path, headers=DESK | {"Origin": "http://desk.localhost:8000"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "You have it, since" in client.get(path, headers=DESK).text
    [taken] = rows(engine, "SELECT state, taken_by FROM alert")
    assert (taken.state, taken.taken_by) == ("taken", "Maria")
    told = rows(engine, "SELECT data FROM outbox WHERE data->>'what' = 'acknowledged'")
    assert [row.data["contact"] for row in told] == ["Maria"]
    assert {row.state for row in rows(engine, "SELECT state FROM message")} == {"cancelled"}
    for row in rows(engine, "SELECT id FROM message"):
        parts.delivery.send(row.id)
    assert rows(engine, "SELECT 1 FROM captured") == []
    assert len(rows(engine, "SELECT 1 FROM audit WHERE what = 'alert taken'")) == 1


def test_who_has_it_says_on_the_page_how_it_went(
    engine: Engine, parts: Parts, client: FlaskClient
) -> None:
    path = a_path(parts)
    client.post(path, headers=DESK)
    page = client.get(path, headers=DESK).text
    assert "The patient was reached" in page
    assert "Not mine: tell the next contact" in page
    client.post(path, headers=DESK, data={"say": "decline"})
    assert rows(engine, "SELECT state, taken_by FROM alert") == [("told", None)]
    assert rows(engine, "SELECT kind FROM step WHERE state = 'due'") == [("escalation",)]
    client.post(path, headers=DESK, data={"say": "reached"})
    assert "This request is done" in client.get(path, headers=DESK).text


def test_pressing_it_again_changes_nothing(
    engine: Engine, parts: Parts, client: FlaskClient
) -> None:
    path = a_path(parts)
    client.post(path, headers=DESK)
    before = everything(engine)
    assert client.post(path, headers=DESK).status_code == 303
    assert everything(engine) == before


def test_the_second_is_told_who_has_it_and_since_when(
    engine: Engine, parts: Parts, client: FlaskClient
) -> None:
    first = a_path(parts)
    second = another_path(engine, "omar")
    client.post(first, headers=DESK)
    client.post(second, headers=DESK)
    page = client.get(second, headers=DESK).text
    assert re.search(r"Maria has it, since .*[AP]M\.", page)
    assert "<form" not in page
    assert rows(engine, "SELECT taken_by FROM alert") == [("Maria",)]


def test_of_two_who_press_at_once_one_has_it(
    engine: Engine, settings: Settings, parts: Parts
) -> None:
    app = create_app(settings, parts)
    for _ in range(20):
        first, second = a_path(parts), another_path(engine, "omar")
        barrier = Barrier(2)

        def press(path: str, barrier: Barrier = barrier) -> int:
            barrier.wait(10)
            return app.test_client().post(path, headers=DESK).status_code

        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(press, (first, second)))
        assert statuses == [303, 303]
    acknowledged = "SELECT data->>'alert_id' FROM outbox WHERE data->>'what' = 'acknowledged'"
    alerts = [row[0] for row in rows(engine, acknowledged)]
    assert len(alerts) == len(set(alerts)) == 20


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE answer_link SET expires_at = now()",
        "UPDATE contact SET removed_at = now()",
        "UPDATE contact SET clinic = 'kosak'",
    ],
)
def test_an_old_or_foreign_link_says_so_and_changes_nothing(
    databases: tuple[str, str], parts: Parts, client: FlaskClient, spoil: str
) -> None:
    path = a_path(parts)
    owner_runs(databases, spoil)
    before = everything(parts.engine)
    for method in ("GET", "POST"):
        page = client.open(path, method=method, headers=DESK)
        assert page.status_code == 410
        assert "This link does not work" in page.text
        assert "Shafter" not in page.text
    assert everything(parts.engine) == before


def owner_runs(databases: tuple[str, str], sql: str) -> None:
    """What the app's own role may not do."""
    owner = connect(databases[0], name="owner")
    run(owner, sql)
    owner.dispose()


@pytest.mark.parametrize("token", ["A" * 16, "A", "x" * 4000, "..", "%00", "%ff", "a%2Fb", "é"])
def test_a_forged_link_is_the_same_page(
    engine: Engine, parts: Parts, client: FlaskClient, token: str
) -> None:
    a_path(parts)
    before = everything(engine)
    for method in ("GET", "POST"):
        page = client.open(f"/alerts/a/{token}", method=method, headers=DESK)
        assert page.status_code in {404, 308}
    assert everything(engine) == before


def test_one_letter_off_is_somebody_elses(parts: Parts, client: FlaskClient) -> None:
    path = a_path(parts)
    other = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert client.get(other, headers=DESK).status_code == 404
    assert client.get(path[:-1], headers=DESK).status_code == 404
    assert client.get(path.swapcase(), headers=DESK).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://envista.localhost:8000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_takes_nothing(
    engine: Engine, parts: Parts, client: FlaskClient, headers: dict[str, str]
) -> None:
    path = a_path(parts)
    assert client.post(path, headers=DESK | headers).status_code == 403
    assert rows(engine, "SELECT state FROM alert") == [("open",)]


def test_a_browser_that_hides_where_it_comes_from_may_answer(
    parts: Parts, client: FlaskClient
) -> None:
    headers = DESK | {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client.post(a_path(parts), headers=headers).status_code == 303


@pytest.mark.parametrize("host", ["captured.localhost", "envista.localhost", "notify:8003"])
def test_links_work_on_the_desks_host_alone(parts: Parts, client: FlaskClient, host: str) -> None:
    path = a_path(parts)
    assert client.get(path, headers={"Host": host}).status_code == 404
    assert client.post(path, headers={"Host": host}).status_code == 404
    for other in ("/internal/events", "/metrics", "/readyz", "/messages.json"):
        assert client.get(other, headers=DESK).status_code == 404


def test_the_pages_are_kept_by_nobody(parts: Parts, client: FlaskClient) -> None:
    path = a_path(parts)
    for answer in (
        client.get(path, headers=DESK),
        client.post(path, headers=DESK),
        client.get("/alerts/a/none", headers=DESK),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
    assert "style=" not in client.get(path, headers=DESK).text
    with client.get("/alerts/static/answer.css", headers=DESK) as sheet:
        assert sheet.status_code == 200


def test_no_token_is_ever_in_a_log_or_a_row(
    settings: Settings,
    parts: Parts,
    client: FlaskClient,
    building: Callable[[Settings], Parts],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    path = a_path(parts)
    token = path.rsplit("/", 1)[1]
    client.get(path, headers=DESK)
    client.post(path, headers=DESK)
    broken = type(settings)(**vars(settings) | {"database_url": "postgresql://x@127.0.0.1:1/x"})
    away = create_app(settings, building(broken)).test_client()
    answer = away.get(path, headers=DESK)
    assert answer.status_code == 503
    assert "cannot be answered just now" in answer.text
    assert caplog.records
    assert token not in caplog.text
    for table in ("audit", "outbox", "answer_link", "alert"):
        assert token not in str(rows(parts.engine, f"SELECT t::text FROM {table} t"))  # noqa: S608


def test_who_takes_it_on_the_desk_is_shown_to_the_others(parts: Parts, client: FlaskClient) -> None:
    lead = a_lead()
    path = a_path(parts, lead=lead)
    parts.inbox.take(an_answer(lead, by="Renee"))
    assert "Renee has it, since" in client.get(path, headers=DESK).text
    parts.inbox.take(an_answer(lead, state="outcome", outcome="reached"))
    assert "This request is done" in client.get(path, headers=DESK).text


def test_no_message_is_claimed_after_an_answer(engine: Engine, parts: Parts) -> None:
    """An answer and a claim start at the same moment, 200 times.

    Every other message is one that a worker has died with.
    """
    the_contacts(engine, OMAR)
    late = 0
    for number in range(200):
        parts.inbox.take(an_event())
        newest = "SELECT id, alert_id FROM message ORDER BY created_at DESC LIMIT 1"
        [(message_id, alert_id)] = rows(engine, newest)
        if number % 2:
            _die_with(engine, message_id)
        late += _race(engine, message_id, alert_id)
    assert late == 0


def _die_with(engine: Engine, message_id: UUID) -> None:
    """A worker claims the message and is never heard of again; its lease has lapsed."""
    with engine.begin() as connection:
        seen = lookup.look(connection, message_id)
        assert seen is not None
        assert attempts.claim(connection, seen, provider="capture", lease_s=-1)


def _race(engine: Engine, message_id: UUID, alert_id: UUID) -> bool:
    """Whether the claim succeeded although the answer had been committed before it began."""
    barrier = Barrier(2)
    with engine.connect() as connection:
        seen = lookup.look(connection, message_id)
    assert seen is not None

    def answer() -> None:
        barrier.wait(10)
        with engine.begin() as connection:
            answered.acknowledge(connection, alert_id=alert_id, contact_id=1, how="link")

    def claim() -> bool:
        barrier.wait(10)
        with engine.begin() as connection:
            claimed = as_sent(connection, seen)
            state = "SELECT state FROM alert WHERE id = :id"
            return claimed and connection.execute(text(state), {"id": alert_id}).scalar() == "taken"

    with ThreadPoolExecutor(2) as pool:
        answering, claiming = pool.submit(answer), pool.submit(claim)
        answering.result()
        return claiming.result()


def test_what_a_dead_worker_held_is_not_sent_after_an_answer(engine: Engine, parts: Parts) -> None:
    """Its lease lapses after the alert was answered."""
    the_contacts(engine, OMAR)
    parts.inbox.take(an_event())
    [(message_id, alert_id)] = rows(engine, "SELECT id, alert_id FROM message")
    _die_with(engine, message_id)
    with engine.begin() as connection:
        assert answered.acknowledge(connection, alert_id=alert_id, contact_id=1, how="link")
    parts.delivery.send(message_id)
    assert rows(engine, "SELECT state FROM message") == [("cancelled",)]
    assert rows(engine, "SELECT 1 FROM captured") == []
