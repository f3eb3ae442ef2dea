"""What does not get on by itself is said in words, to whoever runs it."""

from argparse import Namespace

import pytest
from sqlalchemy import Engine

from notify import commands, stuck
from notify.delivery import Delivery
from notify.health import checks
from notify.parts import Parts
from notify.providers import ProviderError
from notify.settings import Settings
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run

ALIVE = (
    "INSERT INTO heartbeat SELECT p, now() FROM"
    " unnest(ARRAY['notify-worker', 'notify-dispatcher', 'notify-relay']) p"
    " ON CONFLICT (process) DO UPDATE SET at = now()"
)
UNREGISTERED = "your SMS number is not registered with the carriers (30034)"


def report(engine: Engine) -> list[str]:
    run(engine, ALIVE)
    with engine.connect() as connection:
        return stuck.report(connection)


def test_when_all_is_well_nothing_is_said(engine: Engine) -> None:
    assert report(engine) == []


def test_a_message_that_nobody_sends_is_reported(engine: Engine) -> None:
    an_alert(engine)
    run(
        engine,
        "UPDATE message SET created_at = now() - interval '1 h', due_at = now() - interval '1 h'",
    )
    assert any(
        "1 messages are past due, the oldest is 3600 s old" in line for line in report(engine)
    )


def test_an_event_that_leads_does_not_take_is_reported(engine: Engine) -> None:
    an_alert(engine)
    run(engine, "UPDATE outbox SET at = now() - interval '1 h'")
    assert any("events wait for leads" in line for line in report(engine))


def test_events_that_leads_refuses_are_named(engine: Engine) -> None:
    an_alert(engine)
    run(engine, "UPDATE outbox SET refused = 1")
    assert any(
        "1 events alert.changed.v1 are refused" in line and "leads cannot take them" in line
        for line in report(engine)
    )


def test_why_messages_failed_is_told_by_clinic(engine: Engine) -> None:
    fake = FakeProvider()
    fake.answers = [ProviderError("no such mailbox", permanent=True)]
    Delivery(engine=engine, providers={"email": [fake]}).send(an_alert(engine))
    lines = report(engine)
    assert "envista: 1 by email failed for good in 24 hours: no such mailbox" in lines
    assert any("nobody could be told of 1 requests" in line for line in lines)


def test_a_number_that_is_not_registered_is_told_where_people_look(
    engine: Engine, parts: Parts, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    an_alert(engine, MARIA)
    fake = FakeProvider()
    fake.answers = [ProviderError(UNREGISTERED, permanent=True)]
    text = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id
    Delivery(engine=engine, providers={"sms": [fake]}).send(text)
    run(engine, ALIVE)
    assert commands.stuck(settings, parts, Namespace()) == 1
    assert f"sms: {UNREGISTERED}" in capsys.readouterr().out
    assert UNREGISTERED in str(checks(settings, parts)["providers"]())


def test_a_provider_that_takes_nothing_is_named_with_the_reason(engine: Engine) -> None:
    first, second = FakeProvider("smtp:a"), FakeProvider("smtp:b")
    first.answers = [ProviderError("does not answer")] * 3
    delivery = Delivery(engine=engine, providers={"email": [first, second]})
    for _ in range(3):
        delivery.send(an_alert(engine))
    assert any("smtp:a takes no messages (does not answer)" in line for line in report(engine))


def test_a_process_without_a_sign_of_life_is_named(engine: Engine) -> None:
    with engine.connect() as connection:
        assert any("notify-worker gives no sign" in line for line in stuck.report(connection))
