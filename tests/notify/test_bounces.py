"""Reports of bounced mail: only signed ones, once, and the alert says in words what happened."""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from notify.parts import Parts
from notify.settings import Settings
from notify.web import create_app
from tests.notify.builders import OMAR, an_alert, rows, run, the_message
from tests.notify.test_callbacks import DESK, everything, settings_with
from tests.serving import served

pytestmark = pytest.mark.integration

BOUNCES = "/alerts/bounces"
SECRET = "hQ7-nB2vX9_kLm4PzTt8wR"
ROOT = Path(__file__).parents[2]

DSN = """From: MAILER-DAEMON@mail.example
To: alerts@clinics.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; omar@envista.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <omar@envista.example> canary

--b1
Content-Type: {part}

Received: from us
Message-ID: <{ref}>
Subject: New contact request

--b1--
"""


def a_client(
    folder: Path, url: str, building: Callable[[Settings], Parts], **changes: str
) -> FlaskClient:
    settings = settings_with(folder, url, **{"NOTIFY_BOUNCE_SECRET": SECRET} | changes)
    return create_app(settings, building(settings)).test_client()


@pytest.fixture
def client(tmp_path: Path, database_url: str, building: Callable[[Settings], Parts]) -> FlaskClient:
    return a_client(tmp_path, database_url, building)


@pytest.fixture
def mail(engine: Engine) -> UUID:
    """The id of a mail that the server has accepted."""
    message_id = an_alert(engine, OMAR)
    run(engine, "UPDATE message SET state = 'accepted', attempt_no = 1")
    run(engine, "INSERT INTO attempt (message_id, no, provider) SELECT id, 1, 'smtp' FROM message")
    run(
        engine,
        "INSERT INTO outcome (message_id, no, what, provider_ref)"
        " SELECT id, 1, 'accepted', id || '@clinics.example' FROM message",
    )
    return message_id


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    moment = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def post(
    client: FlaskClient, body: bytes | dict[str, Any], *, signature: str | None = None
) -> TestResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "message/rfc822" if isinstance(body, bytes) else "application/json"
    signed = sign(raw) if signature is None else signature
    headers = DESK | {"X-Frontdesk-Signature": signed, "Content-Type": kind}
    return client.post(BOUNCES, data=raw, headers=headers)


def a_bounce(mail: UUID, **changes: Any) -> dict[str, Any]:
    known = {"message_id": f"<{mail}@clinics.example>", "status": "5.1.1", "action": "failed"}
    return known | changes


def dsn(mail: UUID, *, status: str = "5.1.1", action: str = "failed", whole: bool = True) -> bytes:
    part = "message/rfc822" if whole else "text/rfc822-headers"
    text = DSN.format(ref=f"{mail}@clinics.example", status=status, action=action, part=part)
    return text.encode()


@pytest.mark.parametrize("whole", [True, False])
def test_a_notification_fails_the_mail_and_says_why(
    client: FlaskClient, engine: Engine, mail: UUID, *, whole: bool
) -> None:
    assert post(client, dsn(mail, whole=whole)).status_code == 204
    assert the_message(engine, mail).state == "failed_permanent"
    said = rows(engine, "SELECT data->>'reason' AS why FROM outbox WHERE data->>'what' = 'failed'")
    assert said[0].why == "no such mailbox (5.1.1)"
    assert "canary" not in str(everything(engine))


def test_json_says_the_same(client: FlaskClient, engine: Engine, mail: UUID) -> None:
    assert post(client, {"bounces": [a_bounce(mail)]}).status_code == 204
    assert the_message(engine, mail).state == "failed_permanent"


@pytest.mark.parametrize(
    ("status", "others", "state"),
    [
        ("5.2.2", "", "failed_permanent"),
        ("5.7.1", "", "failed_permanent"),
        ("5.7.1", ",smtp://mail2.example/?from=alerts@clinics.example", "queued"),
        ("4.4.7", "", "queued"),
        ("", "", "queued"),
    ],
)
def test_the_code_decides_who_tries_again(
    tmp_path: Path,
    database_url: str,
    building: Callable[[Settings], Parts],
    engine: Engine,
    mail: UUID,
    status: str,
    others: str,
    state: str,
) -> None:
    first = "smtp://mail.example/?from=alerts@clinics.example"
    client = a_client(tmp_path, database_url, building, NOTIFY_EMAIL_PROVIDERS=first + others)
    assert post(client, a_bounce(mail, status=status)).status_code == 204
    assert the_message(engine, mail).state == state


@pytest.mark.parametrize(
    ("action", "state"),
    [("delayed", "accepted"), ("relayed", "accepted"), ("delivered", "delivered")],
)
def test_what_is_no_failure_fails_nothing(
    client: FlaskClient, engine: Engine, mail: UUID, action: str, state: str
) -> None:
    assert post(client, dsn(mail, action=action, status="4.0.0")).status_code == 204
    assert the_message(engine, mail).state == state


def test_a_bounce_that_comes_twice_counts_once(
    client: FlaskClient, engine: Engine, mail: UUID
) -> None:
    post(client, dsn(mail))
    before = everything(engine)
    assert post(client, dsn(mail)).status_code == 204
    assert everything(engine) == before


@pytest.mark.parametrize(
    "signature",
    [
        lambda _: "",
        lambda _: "guess",
        lambda body: sign(body, secret="another secret of that length"),
        lambda body: sign(body + b" "),
        lambda body: sign(body, at=time.time() - 301),
        lambda body: sign(body, at=time.time() + 301),
        lambda body: sign(body).replace("t=", "t=1"),
    ],
    ids=["none", "guess", "secret", "body", "expired", "early", "time"],
)
def test_forged_altered_and_expired_ones_change_nothing(
    client: FlaskClient, engine: Engine, mail: UUID, signature: Callable[[bytes], str]
) -> None:
    before, body = everything(engine), dsn(mail)
    assert post(client, body, signature=signature(body)).status_code == 403
    assert everything(engine) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no mail at all",
        b"Subject: hello\n\nan ordinary answer",
        b"\xff\x00" * 100,
        dsn(UUID(int=0)).replace(b"Message-ID", b"X-Other"),
        {},
        {"bounces": "all"},
        {"bounces": [[]]},
        {"bounces": [{}] * 101},
        {"message_id": "<someone@else.example>", "status": "5.1.1", "action": "failed"},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    client: FlaskClient, engine: Engine, mail: UUID, body: bytes | dict[str, Any]
) -> None:
    before = everything(engine)
    assert post(client, body).status_code == 403
    assert everything(engine) == before


def test_without_a_secret_nothing_is_believed(
    tmp_path: Path, database_url: str, building: Callable[[Settings], Parts], mail: UUID
) -> None:
    client = a_client(tmp_path, database_url, building, NOTIFY_BOUNCE_SECRET="")
    assert post(client, dsn(mail), signature=sign(dsn(mail), secret="")).status_code == 403


def test_a_body_over_64_kib_is_refused(client: FlaskClient) -> None:
    assert post(client, b"x" * 70_000).status_code == 413


@pytest.fixture
def desk(client: FlaskClient) -> Iterator[str]:
    """The desk's address on a real port, under any name of this machine."""
    app = client.application

    def as_desk(environ: dict[str, Any], start: Any) -> Any:
        return app.wsgi_app(environ | {"HTTP_HOST": DESK["Host"]}, start)

    with served(as_desk) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl"
)
def test_the_program_for_a_mail_servers_pipe_reports_a_bounce(
    desk: str, tmp_path: Path, engine: Engine, mail: UUID
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "wrong").write_text("another secret of that length\n")
    for name, code, state in (("wrong", 75, "accepted"), ("secret", 0, "failed_permanent")):
        run = subprocess.run(
            [str(ROOT / "deploy" / "report-bounce"), desk],
            input=dsn(mail),
            env={**os.environ, "NOTIFY_BOUNCE_SECRET_FILE": str(tmp_path / name)},
            capture_output=True,
            check=False,
        )
        assert run.returncode == code, run.stderr
        assert the_message(engine, mail).state == state
