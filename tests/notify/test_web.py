"""What the web process shows, to whom."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from notify.heartbeat import PROCESSES, Heartbeat
from notify.parts import Parts
from notify.providers import Outgoing
from notify.providers.capture import Capture
from notify.settings import Settings
from notify.web import create_app
from tests.notify.builders import an_alert, an_event, rows, run

CAPTURED = {"Host": "captured.localhost:8000"}


@pytest.fixture
def client(settings: Settings, parts: Parts) -> FlaskClient:
    return create_app(settings, parts).test_client()


Building = Callable[[Settings], Parts]


def a_client(settings: Settings, building: Building, **changes: object) -> FlaskClient:
    """With some settings changed."""
    changed = type(settings)(**vars(settings) | changes)
    return create_app(changed, building(changed)).test_client()


def a_message(**changes: str) -> Outgoing:
    return Outgoing(
        **{  # type: ignore[arg-type]
            "id": uuid4(),
            "kind": "alert",
            "channel": "email",
            "to": "maria@envista.example",
            "subject": "New request",
            "text": "plain",
            "html": "<p class='x'>rich</p>",
            "references": ("K7QF2MPD",),
        }
        | changes
    )


def test_capture_keeps_one_copy_of_a_message(engine: Engine) -> None:
    capture, message = Capture(engine), a_message()
    assert capture.send(message) == capture.send(message)
    assert len(rows(engine, "SELECT 1 FROM captured")) == 1


def test_captured_messages_are_complete_and_newest_first(
    engine: Engine, client: FlaskClient
) -> None:
    for number in range(3):
        Capture(engine).send(a_message(subject=f"subject {number}"))
    found = client.get("/messages.json", headers=CAPTURED).json
    assert [message["subject"] for message in found] == ["subject 2", "subject 1", "subject 0"]
    assert set(found[0]) == {
        "id", "kind", "channel", "to", "subject", "text", "html", "at", "leads",
    }  # fmt: skip
    assert found[0]["leads"] == ["K7QF2MPD"]


def test_the_page_shows_them_without_running_anything_in_them(
    engine: Engine, client: FlaskClient
) -> None:
    Capture(engine).send(a_message())
    Capture(engine).send(a_message(channel="sms", text="Shafter: <b>new</b>", html=""))
    page = client.get("/", headers=CAPTURED)
    assert "Shafter: &lt;b&gt;new" in page.text
    assert '<iframe sandbox srcdoc="&lt;p class=' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_an_empty_page_says_what_to_do(client: FlaskClient) -> None:
    assert "No message yet" in client.get("/", headers=CAPTURED).text


@pytest.mark.parametrize("host", ["notify:8003", "foothill.localhost", "localhost", "127.0.0.1"])
@pytest.mark.parametrize("path", ["/", "/messages.json"])
def test_captured_messages_have_a_host_of_their_own(
    client: FlaskClient, host: str, path: str
) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/internal/events"])
def test_nothing_else_answers_there(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=CAPTURED).status_code == 404
    assert client.post(path, headers=CAPTURED).status_code == 404


def test_outside_demo_there_are_no_captured_messages(
    settings: Settings, building: Building
) -> None:
    client = a_client(settings, building, demo=False)
    for path in ("/", "/messages.json"):
        assert client.get(path, headers=CAPTURED).status_code == 404


def test_an_event_by_http_is_confirmed_in_the_answer(engine: Engine, client: FlaskClient) -> None:
    event = an_event()
    url, body = "/internal/events", [event.to_json()]
    assert client.post(url, json=body).status_code == 403
    answer = client.post(url, json=body, headers={"Authorization": "Bearer token"})
    assert answer.json == {"confirmed": [str(event.id)], "refused": []}
    assert len(rows(engine, "SELECT 1 FROM alert")) == 1


def test_readiness_names_what_is_missing(engine: Engine, client: FlaskClient) -> None:
    for process in PROCESSES:
        Heartbeat(engine, process).beat()
    run(
        engine,
        "UPDATE heartbeat SET at = now() - interval '21 s' WHERE process = 'notify-relay'",
    )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["missing"] == {
        "directory": "no clinic directory yet",
        "processes": "no sign of life from notify-relay",
    }


def test_production_without_a_provider_is_not_ready(settings: Settings, building: Building) -> None:
    client = a_client(settings, building, demo=False, email_providers=(), sms_providers=())
    answer = client.get("/readyz").json
    assert answer is not None
    assert "nobody would be told" in answer["missing"]["providers"]


def test_without_a_database_it_lives_and_is_not_ready(
    settings: Settings, building: Building
) -> None:
    client = a_client(settings, building, database_url="postgresql://x@127.0.0.1:1/x")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_metrics_are_counted_from_the_rows(engine: Engine, client: FlaskClient) -> None:
    an_alert(engine)
    text = client.get("/metrics").text
    assert 'frontdesk_notify_messages{channel="email",state="queued"} 1.0' in text
    assert 'frontdesk_notify_alerts{state="open"} 1.0' in text
    assert "frontdesk_notify_oldest_waiting_seconds" in text
    assert "envista" not in text
