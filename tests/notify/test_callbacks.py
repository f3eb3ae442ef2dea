"""What Twilio posts to the desk's host: only his counts, once, nothing else changes anything."""

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from notify.parts import Parts
from notify.settings import Settings
from notify.web import create_app
from plumbing.database import connect
from tests.notify.builders import MARIA, an_alert, an_environment, rows, run

pytestmark = pytest.mark.integration

PUBLIC_URL = "https://desk.clinics.example"
STATUS = "/alerts/twilio/status"
TOKEN = "0123456789abcdef0123456789abcdef"
SID = "SM0123456789abcdef0123456789abcdef"
ACCOUNT = "AC0123"
TWILIO = f"twilio://{ACCOUNT}:{TOKEN}@/?from=+15595550142"
DESK = {"Host": "desk.clinics.example"}


def settings_with(folder: Path, url: str, **changes: str) -> Settings:
    known = an_environment(
        folder,
        NOTIFY_DATABASE_URL=url,
        NOTIFY_SMS_PROVIDERS=TWILIO,
        NOTIFY_PUBLIC_URL=PUBLIC_URL,
        DESK_HOST="desk.clinics.example",
    )
    return Settings.from_env(known | changes)


@pytest.fixture
def client(tmp_path: Path, database_url: str, building: Callable[[Settings], Parts]) -> FlaskClient:
    settings = settings_with(tmp_path, database_url)
    return create_app(settings, building(settings)).test_client()


def signed(path: str, fields: dict[str, str], *, token: str = TOKEN, url: str = PUBLIC_URL) -> str:
    """As Twilio does: HMAC-SHA1 over the address and the sorted fields."""
    text = url + path + "".join(name + value for name, value in sorted(fields.items()))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def post(
    client: FlaskClient,
    fields: dict[str, str],
    *,
    path: str = STATUS,
    signature: str | None = None,
    host: dict[str, str] = DESK,
) -> TestResponse:
    given = signed(path, fields) if signature is None else signature
    return client.post(path, data=fields, headers=host | {"X-Twilio-Signature": given})


def a_report(**changes: str) -> dict[str, str]:
    known = {
        "AccountSid": ACCOUNT,
        "MessageSid": SID,
        "MessageStatus": "delivered",
        "To": "+15595550101",
        "From": "+15595550142",
        "ApiVersion": "2010-04-01",
    }
    return known | changes


def a_text_at_twilio(engine: Engine) -> None:
    an_alert(engine, MARIA)
    run(engine, "UPDATE message SET state = 'accepted', attempt_no = 1 WHERE channel = 'sms'")
    run(
        engine,
        "INSERT INTO attempt (message_id, no, provider)"
        " SELECT id, 1, 'twilio' FROM message WHERE channel = 'sms'",
    )
    run(
        engine,
        "INSERT INTO outcome (message_id, no, what, provider_ref)"  # noqa: S608
        f" SELECT id, 1, 'accepted', '{SID}' FROM message WHERE channel = 'sms'",
    )


def state(engine: Engine) -> str:
    found: str = rows(engine, "SELECT state FROM message WHERE channel = 'sms'")[0].state
    return found


def everything(engine: Engine) -> list[Any]:
    tables = ("alert", "message", "audit", "outbox", "receipt")
    return [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in tables]  # noqa: S608


def test_a_signed_report_changes_the_text(client: FlaskClient, engine: Engine) -> None:
    a_text_at_twilio(engine)
    answer = post(client, a_report())
    assert (answer.status_code, answer.data) == (204, b"")
    assert state(engine) == "delivered"


def test_a_report_that_is_replayed_changes_nothing(client: FlaskClient, engine: Engine) -> None:
    a_text_at_twilio(engine)
    post(client, a_report())
    before = everything(engine)
    assert post(client, a_report()).status_code == 204
    assert everything(engine) == before


def test_why_a_text_did_not_arrive_is_said_in_words(client: FlaskClient, engine: Engine) -> None:
    a_text_at_twilio(engine)
    post(client, a_report(MessageStatus="undelivered", ErrorCode="30006"))
    assert state(engine) == "failed_permanent"
    reason = rows(engine, "SELECT data->>'reason' AS why FROM outbox WHERE data->>'what'='failed'")
    assert reason == [("this number cannot get texts: it is a landline (30006)",)]


@pytest.mark.parametrize("code", ["30003", "30008", "30022", "", "12", "x" * 50, "99999"])
def test_what_may_pass_is_tried_again(client: FlaskClient, engine: Engine, code: str) -> None:
    a_text_at_twilio(engine)
    assert post(client, a_report(MessageStatus="undelivered", ErrorCode=code)).status_code == 204
    assert state(engine) == "queued"


@pytest.mark.parametrize(
    ("others", "expected"),
    [("", "failed_permanent"), (f",twilio://AC9999:{TOKEN}@/?from=+15595550143", "queued")],
)
def test_what_the_senders_number_may_not_send_is_left_to_another_account(
    tmp_path: Path,
    engine: Engine,
    database_url: str,
    building: Callable[[Settings], Parts],
    others: str,
    expected: str,
) -> None:
    settings = settings_with(tmp_path, database_url, NOTIFY_SMS_PROVIDERS=TWILIO + others)
    client = create_app(settings, building(settings)).test_client()
    a_text_at_twilio(engine)
    post(client, a_report(MessageStatus="undelivered", ErrorCode="30034"))
    assert state(engine) == expected


FORGED: dict[str, dict[str, Any]] = {
    "no signature": {"signature": ""},
    "another token": {"signature": signed(STATUS, a_report(), token="guess")},
    "signed for another address": {
        "signature": signed(STATUS, a_report(), url="https://desk.other.example")
    },
    "signed for the inbound address": {"signature": signed("/alerts/twilio/inbound", a_report())},
    "another state than was signed": {"signature": signed(STATUS, a_report(MessageStatus="sent"))},
    "no ASCII": {"signature": "é"},
    "for another account": {"fields": a_report(AccountSid="AC6666")},
    "without an account": {"fields": {**a_report(), "AccountSid": ""}},
}


@pytest.mark.parametrize("how", FORGED)
def test_what_is_not_twilios_changes_nothing(client: FlaskClient, engine: Engine, how: str) -> None:
    a_text_at_twilio(engine)
    before = everything(engine)
    case = FORGED[how]
    answer = post(client, case.get("fields", a_report()), signature=case.get("signature"))
    assert (answer.status_code, answer.data) == (403, b"403 Forbidden\n")
    assert everything(engine) == before


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"AccountSid": ACCOUNT},
        a_report(MessageSid=""),
        a_report(MessageSid="SM1'; DROP TABLE receipt; --"),
        a_report(MessageSid="x" * 200),
        a_report(MessageStatus="exploded"),
        a_report(MessageStatus="\x00"),
    ],
)
def test_a_signed_report_that_makes_no_sense_changes_nothing(
    client: FlaskClient, engine: Engine, fields: dict[str, str]
) -> None:
    a_text_at_twilio(engine)
    before = everything(engine)
    assert post(client, fields).status_code == 403
    assert everything(engine) == before


def test_a_field_that_comes_twice_is_signed_as_it_is(client: FlaskClient, engine: Engine) -> None:
    a_text_at_twilio(engine)
    fields = a_report()
    data = [*fields.items(), ("MessageStatus", "failed")]
    answer = client.post(
        STATUS,
        data="&".join(f"{name}={value.replace('+', '%2B')}" for name, value in data),
        content_type="application/x-www-form-urlencoded",
        headers=DESK | {"X-Twilio-Signature": signed(STATUS, fields)},
    )
    assert answer.status_code == 403
    assert state(engine) == "accepted"


def test_on_another_host_there_is_no_such_address(client: FlaskClient) -> None:
    assert post(client, a_report(), host={"Host": "foothill.example"}).status_code == 404
    assert post(client, a_report(), host={"Host": "captured.localhost"}).status_code == 404


def test_only_posts_are_taken(client: FlaskClient) -> None:
    assert client.get(STATUS, headers=DESK).status_code == 404


def test_a_body_over_32_kib_is_refused(client: FlaskClient, engine: Engine) -> None:
    before = everything(engine)
    assert post(client, a_report(Body="x" * 40_000)).status_code == 413
    assert everything(engine) == before


def test_without_a_public_address_nothing_can_be_twilios(
    tmp_path: Path, database_url: str, building: Callable[[Settings], Parts]
) -> None:
    settings = settings_with(tmp_path, database_url, NOTIFY_PUBLIC_URL="")
    client = create_app(settings, building(settings)).test_client()
    assert post(client, a_report(), signature=signed(STATUS, a_report(), url="")).status_code == 403


def test_without_the_database_twilio_is_told_to_come_again(
    tmp_path: Path, database_url: str, building: Callable[[Settings], Parts]
) -> None:
    settings = settings_with(tmp_path, database_url)
    away = connect("postgresql://notify_app@127.0.0.1:1/notify", name="away")
    client = create_app(settings, replace(building(settings), engine=away)).test_client()
    answer = post(client, a_report())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_no_number_and_no_text_gets_into_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(client, a_report())
    post(client, a_report(Body="canary"), signature="wrong")
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for secret in ("5595550101", "canary", TOKEN):
        assert secret not in said
