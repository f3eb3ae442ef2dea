"""A message that nobody has tried yet is looked at and claimed in one statement, as carefully."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, insert, literal, select

from notify import answered, breaker, lookup, suppression, tables
from notify.delivery import Delivery
from notify.providers import ProviderError
from notify.tables import message
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run, the_message

CLINIC = "envista"


def a_delivery(engine: Engine, *providers: FakeProvider, texts: int = 500) -> Delivery:
    channels = {"email": providers, "sms": providers}
    return Delivery(engine=engine, providers=channels, texts_per_clinic=texts)


def send_new(engine: Engine, message_id: UUID, *providers: FakeProvider, texts: int = 500) -> None:
    channel = the_message(engine, message_id).channel
    delivery = a_delivery(engine, *providers, texts=texts)
    delivery.send_new(message_id, channel=channel, clinic=CLINIC)


def messages_of(engine: Engine) -> list[UUID]:
    return [row.id for row in rows(engine, "SELECT id FROM message ORDER BY channel")]


def test_it_is_the_same_message_as_one_that_was_looked_at_before(engine: Engine) -> None:
    fake = FakeProvider()
    an_alert(engine, MARIA)
    run(
        engine,
        "UPDATE sender SET name = 'Envista', reply_to = 'desk@envista.example',"
        " sms_from = '+15595550100'",
    )
    for message_id in messages_of(engine):
        with engine.begin() as connection:
            looked_at = lookup.find(connection, message_id).outgoing
        send_new(engine, message_id, fake)
        assert fake.calls[-1] == looked_at
    assert [call.channel for call in fake.calls] == ["email", "sms"]
    assert {call.from_name for call in fake.calls} == {"Envista"}


def test_of_eight_at_once_one_sends(engine: Engine) -> None:
    fake = FakeProvider()
    barrier = threading.Barrier(8)

    def worker(message_id: UUID) -> None:
        barrier.wait()
        send_new(engine, message_id, fake)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(worker, [an_alert(engine)] * 8))
    assert len(fake.calls) == len({call.id for call in fake.calls}) == 10


def test_nothing_is_sent_after_an_answer(engine: Engine) -> None:
    message_id = an_alert(engine)
    [(alert_id,)] = rows(engine, "SELECT id FROM alert")
    with engine.begin() as connection:
        answered.acknowledge(connection, alert_id=alert_id, contact_id=1, how="link")
    fake = FakeProvider()
    send_new(engine, message_id, fake)
    assert fake.calls == []
    assert the_message(engine, message_id).state == "cancelled"


def test_nothing_is_sent_that_an_earlier_round_made(engine: Engine) -> None:
    """Also where the message itself does not say yet that it is cancelled."""
    message_id = an_alert(engine)
    run(engine, "UPDATE alert SET round = round + 1")
    fake = FakeProvider()
    send_new(engine, message_id, fake)
    assert fake.calls == []


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_nothing_is_sent_to_who_wants_none(engine: Engine, channel: str) -> None:
    an_alert(engine, MARIA)
    whole = func.concat(message.c.channel, literal(":"), message.c.address)
    row = select(
        message.c.channel, func.sha256(func.convert_to(whole, "UTF8")), literal("text")
    ).where(message.c.channel == channel)
    with engine.begin() as connection:
        columns = ["channel", "address_hash", "source"]
        connection.execute(insert(tables.suppression).from_select(columns, row))
    fake = FakeProvider()
    for message_id in messages_of(engine):
        send_new(engine, message_id, fake)
    assert [call.channel for call in fake.calls] == ["sms" if channel == "email" else "email"]
    states = {row.channel: row.state for row in rows(engine, "SELECT channel, state FROM message")}
    assert states[channel] == "suppressed"


def test_no_text_is_claimed_while_a_stop_is_under_way(engine: Engine) -> None:
    an_alert(engine, MARIA)
    (text,) = [row.id for row in rows(engine, "SELECT id FROM message WHERE channel = 'sms'")]
    fake = FakeProvider()
    with engine.begin() as stopping:
        suppression.stop(stopping, MARIA.sms or "", source="text")
        send_new(engine, text, fake)
    assert fake.calls == []


def test_beyond_the_limit_it_fails_in_words(engine: Engine) -> None:
    fake = FakeProvider()
    for _ in range(3):
        an_alert(engine, MARIA)
    for row in rows(engine, "SELECT id FROM message WHERE channel = 'sms' ORDER BY created_at"):
        send_new(engine, row.id, fake, texts=2)
    assert len(fake.calls) == 2
    why = rows(engine, "SELECT detail ->> 'reason' AS why FROM audit WHERE what = 'message failed'")
    assert "limit of 2 texts a day is reached" in why[0].why


def test_what_the_first_provider_did_not_take_goes_to_the_second_at_once(engine: Engine) -> None:
    first, second = FakeProvider("first"), FakeProvider("second")
    first.answers = [ProviderError("does not answer")]
    message_id = an_alert(engine)
    send_new(engine, message_id, first, second)
    assert (len(first.calls), len(second.calls)) == (1, 1)
    assert the_message(engine, message_id).state == "accepted"


def test_a_provider_that_waits_for_a_try_loses_it_to_nobody(engine: Engine) -> None:
    """What is not new must not use up the one try that an open breaker lets through."""
    first, second = FakeProvider("first"), FakeProvider("second")
    with engine.begin() as connection:
        for _ in range(3):
            breaker.failed(connection, ("email", "first"), "does not answer")
    run(engine, "UPDATE breaker SET open_until = now() - interval '1 ms'")
    message_id = an_alert(engine)
    run(engine, "UPDATE message SET attempt_no = 2")  # the first provider's turn again
    send_new(engine, message_id, first, second)
    assert (len(first.calls), len(second.calls)) == (1, 0)
    assert rows(engine, "SELECT 1 FROM breaker") == []
