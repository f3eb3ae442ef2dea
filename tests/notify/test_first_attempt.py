"""A message that nobody has tried yet is looked at and claimed in one statement, as carefully."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, insert, literal, select, update

from notify import answered, breaker, lookup, suppression, tables
from notify.delivery import Delivery
from notify.providers import ProviderError
from notify.tables import message
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run, the_message


def a_delivery(engine: Engine, *providers: FakeProvider, texts: int = 500) -> Delivery:
    channels = {"email": providers, "sms": providers}
    return Delivery(engine=engine, providers=channels, texts_per_clinic=texts)


def send_new(engine: Engine, message_id: UUID, *providers: FakeProvider, texts: int = 500) -> None:
    channel = the_message(engine, message_id).channel
    delivery = a_delivery(engine, *providers, texts=texts)
    delivery.send_new(message_id, channel)


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


def begin(delivery: Delivery, engine: Engine) -> dict[UUID, str]:
    """Claim all messages together; the ids and channels of those that were."""
    wanted = {row.id: row.channel for row in rows(engine, "SELECT id, channel FROM message")}
    begun = delivery.begin(wanted)
    return {message_id: one.seen.channel for message_id, one in begun.items()}


def test_messages_of_several_alerts_are_claimed_together(engine: Engine) -> None:
    for _ in range(3):
        an_alert(engine, MARIA)
    fake = FakeProvider()
    delivery = a_delivery(engine, fake)
    begun = delivery.begin({row.id: row.channel for row in rows(engine, "SELECT * FROM message")})
    assert len(begun) == 6
    assert rows(engine, "SELECT count(*) FROM attempt") == [(6,)]
    assert rows(engine, "SELECT DISTINCT state, attempt_no FROM message") == [("sending", 1)]
    for one in begun.values():
        delivery.go_on(one)
    assert {call.id for call in fake.calls} == set(begun)
    assert rows(engine, "SELECT DISTINCT state FROM message") == [("accepted",)]
    assert begin(delivery, engine) == {}


def test_one_that_was_answered_or_is_held_leaves_the_others_alone(engine: Engine) -> None:
    for _ in range(3):
        an_alert(engine)
    answered_one, held, free = [row.id for row in rows(engine, "SELECT id FROM message")]
    mine = select(message.c.alert_id).where(message.c.id == answered_one)
    with engine.begin() as connection:
        of_it = update(tables.alert).where(tables.alert.c.id.in_(mine))
        connection.execute(of_it.values(round=tables.alert.c.round + 1))
    with engine.begin() as holds:
        holds.execute(select(message.c.id).where(message.c.id == held).with_for_update())
        assert set(begin(a_delivery(engine, FakeProvider()), engine)) == {free}


def test_a_clinic_beyond_its_limit_of_texts_keeps_back_its_own_only(engine: Engine) -> None:
    for _ in range(2):
        an_alert(engine, MARIA)
    begun = begin(a_delivery(engine, FakeProvider(), texts=1), engine)
    assert sorted(begun.values()) == ["email", "email"]


def test_what_is_claimed_together_is_claimed_by_one_of_many(engine: Engine) -> None:
    for _ in range(10):
        an_alert(engine, MARIA)
    deliveries = [a_delivery(engine, FakeProvider()) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda delivery: begin(delivery, engine), deliveries))
    ids = [message_id for some in begun for message_id in some]
    assert len(ids) == len(set(ids))
    assert rows(engine, "SELECT count(*) FROM attempt") == [(len(ids),)]


def test_an_answer_under_way_is_waited_for(engine: Engine) -> None:
    """No claim begins after an answer was committed: also not of many at once."""
    for _ in range(2):
        an_alert(engine)
    first, second = rows(engine, "SELECT id, alert_id FROM message ORDER BY id")
    delivery = a_delivery(engine, FakeProvider())
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as answering:
            answered.acknowledge(answering, alert_id=first.alert_id, contact_id=1, how="link")
            claiming = pool.submit(begin, delivery, engine)
            with pytest.raises(TimeoutError):
                claiming.result(timeout=0.3)
        assert set(claiming.result()) == {second.id}
