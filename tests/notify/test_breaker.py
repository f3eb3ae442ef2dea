"""A provider that takes nothing is left alone, and comes back when it works."""

import pytest
from sqlalchemy import Engine

from notify import breaker
from notify.delivery import Delivery
from notify.providers import ProviderError
from tests.notify.builders import FakeProvider, an_alert, eventually, rows, run, the_message

DEAD = ProviderError("does not answer")


def a_delivery(engine: Engine, *providers: FakeProvider) -> Delivery:
    return Delivery(engine=engine, providers={"email": providers})


@pytest.fixture
def first() -> FakeProvider:
    """Dead for as long as its list of answers lasts."""
    fake = FakeProvider("first")
    fake.answers = [DEAD] * 100
    return fake


@pytest.fixture
def second() -> FakeProvider:
    return FakeProvider("second")


def lapse(engine: Engine) -> None:
    run(engine, "UPDATE breaker SET open_until = now() - interval '1 ms'")


def test_after_three_failures_messages_go_straight_to_the_other(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    delivery = a_delivery(engine, first, second)
    for _ in range(10):
        delivery.send(an_alert(engine))
    assert (len(first.calls), len(second.calls)) == (3, 10)
    assert len(rows(engine, "SELECT 1 FROM message WHERE state = 'accepted'")) == 10


def test_every_process_knows_of_it(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    for _ in range(3):
        a_delivery(engine, first, second).send(an_alert(engine))
    a_delivery(engine, first, second).send(an_alert(engine))  # a process that has just started
    assert len(first.calls) == 3


def test_later_one_message_tries_it_and_the_others_do_not(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    delivery = a_delivery(engine, first, second)
    for _ in range(3):
        delivery.send(an_alert(engine))
    lapse(engine)
    for _ in range(5):
        delivery.send(an_alert(engine))
    assert len(first.calls) == 4


def test_when_it_works_again_it_is_preferred_again(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    delivery = a_delivery(engine, first, second)
    for _ in range(3):
        delivery.send(an_alert(engine))
    first.answers.clear()
    lapse(engine)
    for _ in range(5):
        delivery.send(an_alert(engine))
    assert (len(first.calls), len(second.calls)) == (3 + 5, 3)
    assert not rows(engine, "SELECT 1 FROM breaker")


def test_the_only_provider_is_never_left_alone(engine: Engine, first: FakeProvider) -> None:
    for _ in range(5):
        a_delivery(engine, first).send(an_alert(engine))
    assert len(first.calls) == 5


def test_when_all_are_open_a_message_is_tried_all_the_same(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    second.answers = [DEAD] * 100
    delivery = a_delivery(engine, first, second)
    for _ in range(4):
        delivery.send(an_alert(engine))
    assert len(first.calls) + len(second.calls) >= 8


def test_an_address_that_does_not_exist_is_no_fault_of_the_provider(engine: Engine) -> None:
    fake, other = FakeProvider("first"), FakeProvider("second")
    fake.answers = [ProviderError("no such mailbox", permanent=True)] * 5
    delivery = a_delivery(engine, fake, other)
    for _ in range(5):
        delivery.send(an_alert(engine))
    assert (len(fake.calls), len(other.calls)) == (5, 0)


def test_why_it_is_left_alone_is_known_in_words(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    for _ in range(3):
        a_delivery(engine, first, second).send(an_alert(engine))
    with engine.connect() as connection:
        assert breaker.opened(connection) == {("email", "first"): "does not answer"}


def test_the_first_message_after_a_death_is_with_the_other_at_once(
    engine: Engine, first: FakeProvider, second: FakeProvider
) -> None:
    message_id = an_alert(engine)
    a_delivery(engine, first, second).send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    passed = rows(engine, "SELECT max(started_at) - min(started_at) AS s FROM attempt")[0].s
    assert passed.total_seconds() < 3


def test_the_only_provider_is_in_no_trouble_once_it_works_again(
    engine: Engine, first: FakeProvider
) -> None:
    """Else the service would not be ready for ever, after three failures one evening."""
    delivery = a_delivery(engine, first)
    for _ in range(3):
        delivery.send(an_alert(engine))
    with engine.connect() as connection:
        assert breaker.opened(connection)
    first.answers.clear()
    delivery.send(an_alert(engine))
    with engine.connect() as connection:
        assert not breaker.opened(connection)


def test_what_was_put_off_may_come_as_soon_as_the_provider_works(
    engine: Engine, first: FakeProvider
) -> None:
    delivery = a_delivery(engine, first)
    late = [an_alert(engine) for _ in range(2)]
    for _ in range(8):  # the ninth pause is a long one
        run(engine, "UPDATE message SET due_at = now()")
        for message_id in late:
            delivery.send(message_id)
    delivery.send(late[0])
    assert {the_message(engine, message_id).state for message_id in late} == {"queued"}
    first.answers.clear()
    delivery.send(an_alert(engine))

    def all_went() -> bool:
        for message_id in late:
            delivery.send(message_id)
        return {the_message(engine, message_id).state for message_id in late} == {"accepted"}

    eventually(all_went)
