"""The real processes of notify with a real mail server and a server that speaks as Twilio."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from aiosmtpd.controller import Controller
from sqlalchemy import Engine

from contract.directory import REDIS_KEY
from contract.events import TO_NOTIFY, Envelope
from plumbing.broker import Broker, producer_app
from plumbing.documents import Publisher
from plumbing.signing import SigningKey
from tests.notify.builders import (
    SEED,
    a_directory,
    a_lead,
    an_environment,
    an_event,
    eventually,
    rows,
    run,
)
from tests.notify.conftest import broker_url  # noqa: F401 - a fixture
from tests.notify.test_processes import ALERTS, House
from tests.providers.smtp_sink import Sink, controller
from tests.providers.twilio_server import Ledger

pytestmark = pytest.mark.integration

SENDER = """
[sender]
name = "Envista Medical"
"""
LEADS = 24
PASSWORD = "nine-brown-otters-2718"  # production refuses to start without one


@pytest.fixture
def house(
    tmp_path: Path,
    database_url: str,
    broker_url: str,  # noqa: F811
    mail_server: Controller,
    text_server: int,
) -> Iterator[House]:
    """No demo: what it sends it sends to the two servers, over real connections."""
    with redis.Redis.from_url(broker_url) as client:
        client.acl_setuser(
            "notify",
            enabled=True,
            passwords=[f"+{PASSWORD}"],
            keys=["*"],
            channels=["*"],
            commands=["+@all"],
        )
    environ = an_environment(
        tmp_path,
        FRONTDESK_DEMO="0",
        SERVICE_TOKEN=PASSWORD,
        DESK_HOST="desk.clinics.example",
        NOTIFY_BIND="127.0.0.1",
        NOTIFY_DATABASE_URL=database_url.replace("notify_app@", f"notify_app:{PASSWORD}@"),
        REDIS_URL=broker_url.replace("redis://", f"redis://notify:{PASSWORD}@"),
        NOTIFY_EMAIL_PROVIDERS=f"smtp://127.0.0.1:{mail_server.port}/"
        "?tls=none&from=alerts@clinics.example",
        NOTIFY_SMS_PROVIDERS=f"twilio://ACtest:secret@127.0.0.1:{text_server}/"
        "?from=+15595550142&scheme=http",
    )
    (tmp_path / "alerts" / "envista.toml").write_text(ALERTS + SENDER)
    house = House(tmp_path, environ)
    yield house
    for command in list(house._running):
        house.kill(command)


@pytest.fixture
def publish(broker_url: str) -> Callable[[Envelope], None]:  # noqa: F811
    broker = Broker(producer_app("leads", broker_url))
    key = SigningKey.read(SEED)
    Publisher(redis_url=broker_url, key=REDIS_KEY, signing_key=key).publish(a_directory().to_json())

    def publish(envelope: Envelope) -> None:
        assert broker.send(TO_NOTIFY.take, envelope.to_json(), queue=TO_NOTIFY.queue)

    return publish


def test_every_lead_is_mailed_and_texted_though_answers_are_lost_and_the_worker_dies(
    house: House,
    publish: Callable[[Envelope], None],
    engine: Engine,
    sink: Sink,
    ledger: Ledger,
) -> None:
    house.start("worker", "dispatcher")
    eventually(lambda: rows(engine, "SELECT 1 FROM contact"))
    ledger.faults = ["lost", "ok", "busy", "ok", "junk"]
    sink.faults = ["ok", "busy", "ok", "cut"]
    leads = [a_lead(reference=f"K7QF2M{n:02}") for n in range(LEADS)]
    events = [an_event(lead) for lead in leads]
    for n, event in enumerate(events):
        publish(event)
        if n == LEADS // 2:
            house.kill("worker")
            house.start("worker")
        time.sleep(0.05)

    def all_there() -> bool:
        return rows(engine, "SELECT count(*) FROM alert")[0].count == LEADS

    # what the dead worker had taken comes again, as leads' relay sends what stays unconfirmed
    with contextlib.suppress(AssertionError):
        eventually(all_there, seconds=5)
    for event in events:
        publish(event)

    def all_accepted() -> bool:
        # without the mail of the morning, if it is one
        accepted = "SELECT count(*) FROM message WHERE state = 'accepted' AND alert_id IS NOT NULL"
        return rows(engine, accepted)[0].count == 2 * LEADS

    eventually(all_accepted, seconds=60)
    spaced = sorted(f"{lead.reference[:4]} {lead.reference[4:]}" for lead in leads)
    texted = sorted(found for text in ledger.texts for found in spaced if found in text["body"])
    assert texted == spaced  # exactly one text for each
    about_leads = [mail for mail in sink.mails() if mail["X-Frontdesk-Reference"]]
    mails = {str(mail["Message-ID"]): mail for mail in about_leads}
    assert sorted(mail["X-Frontdesk-Reference"] for mail in mails.values()) == sorted(
        lead.reference for lead in leads
    )
    assert {mail["From"] for mail in about_leads} == {"Envista Medical <alerts@clinics.example>"}
    assert set(house.stop().values()) == {0}
    for secret in ("maria@", "+1559555", "hush", "secret"):
        assert secret not in house.logs()


def test_a_lone_message_goes_out_soon_after_a_long_outage(
    house: House, engine: Engine, publish: Callable[[Envelope], None]
) -> None:
    """Its own turn would be five minutes later."""
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
        url = f"smtp://127.0.0.1:{port}/?tls=none&from=alerts@clinics.example"
        house.start("worker", "dispatcher", NOTIFY_EMAIL_PROVIDERS=url)
        eventually(lambda: rows(engine, "SELECT 1 FROM contact"))
        publish(an_event(a_lead()))

        def hang_up() -> None:
            closing.settimeout(15)
            closing.accept()[0].close()

        hang_up()  # the message
        put_off = (
            "SELECT 1 FROM message WHERE channel = 'email' AND state = 'queued' AND attempt_no > 0"
        )
        eventually(lambda: rows(engine, put_off))
        run(
            engine,
            "UPDATE message SET due_at = now() + interval '5 min',"
            " publish_at = now() + interval '5 min' WHERE channel = 'email'",
        )
        hang_up()  # who asks whether it is there
    server = controller(sink, port=port)
    server.start()
    try:
        eventually(lambda: sink.taken, seconds=20)
        house.stop()
    finally:
        server.stop()
