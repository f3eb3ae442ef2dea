"""Messages that wait for a provider are tried as soon as it is back, also a lone one."""

import pytest
from sqlalchemy import Engine

from notify.delivery import Delivery
from notify.probing import Probing
from notify.providers import ProviderError
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run

DEAD = ProviderError("does not answer")


class Asked(FakeProvider):
    """Can be asked whether it would take a message."""

    def __init__(self, name: str = "fake") -> None:
        super().__init__(name)
        self.fails_with: Exception | None = None
        self.asked = 0

    def reach(self) -> None:
        self.asked += 1
        if self.fails_with:
            raise self.fails_with


@pytest.fixture
def provider() -> Asked:
    fake = Asked()
    fake.answers = [DEAD] * 2
    return fake


@pytest.fixture
def probing(engine: Engine, provider: Asked) -> Probing:
    """An e-mail and a text that it did not take wait for five minutes."""
    channels = {"email": [provider], "sms": [FakeProvider("other")]}
    delivery = Delivery(engine=engine, providers=channels)
    an_alert(engine, MARIA)
    for row in rows(engine, "SELECT id FROM message WHERE channel = 'email'"):
        delivery.send(row.id)
    run(engine, "UPDATE message SET attempt_no = 1, due_at = now() + interval '5 min'")
    return Probing(engine, channels)


def due(engine: Engine) -> dict[str, bool]:
    found = rows(
        engine, "SELECT channel, greatest(due_at, publish_at) <= now() AS due FROM message"
    )
    return {row.channel: row.due for row in found}


@pytest.mark.parametrize("error", [DEAD, RuntimeError("an adapter's mistake")])
def test_its_channel_is_due_once_it_is_back(
    engine: Engine, provider: Asked, probing: Probing, error: Exception
) -> None:
    provider.fails_with = error
    assert probing.probe() == []
    assert due(engine) == {"email": False, "sms": False}
    provider.fails_with = None
    assert probing.probe() == ["email"]
    assert due(engine) == {"email": True, "sms": False}


def test_one_that_says_no_for_now_is_not_pressed(
    engine: Engine, provider: Asked, probing: Probing
) -> None:
    """It was there all along: the pause is what it asked for."""
    assert probing.probe() == probing.probe() == []
    assert due(engine) == {"email": False, "sms": False}
    assert provider.asked == 2


def test_it_is_pressed_once_for_each_time_that_it_was_away(
    engine: Engine, provider: Asked, probing: Probing
) -> None:
    provider.fails_with = DEAD
    probing.probe()
    provider.fails_with = None
    assert probing.probe() == ["email"]
    run(engine, "UPDATE message SET due_at = now() + interval '5 min'")
    assert probing.probe() == []


def test_nobody_is_asked_while_nothing_waits(
    engine: Engine, provider: Asked, probing: Probing
) -> None:
    run(engine, "UPDATE message SET state = 'accepted'")
    assert probing.probe() == []
    run(engine, "UPDATE message SET state = 'queued', attempt_no = 0")
    assert probing.probe() == []
    assert provider.asked == 0


def test_the_second_of_two_providers_is_enough(
    engine: Engine, provider: Asked, probing: Probing
) -> None:
    second = Asked("second")
    both = Probing(engine, {"email": [provider, second]})
    provider.fails_with = second.fails_with = DEAD
    assert both.probe() == []
    second.fails_with = None
    assert both.probe() == ["email"]
