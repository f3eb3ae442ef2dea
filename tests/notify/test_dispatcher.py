"""What was committed is sent, whatever becomes of the broker and the worker."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest
import redis
from sqlalchemy import Engine

from notify import dispatcher, messages
from notify.delivery import Delivery
from notify.dispatcher import Dispatcher
from notify.due import claim_due
from notify.tasks import SEND_QUEUE
from plumbing.broker import Broker, producer_app
from plumbing.listen import Listener
from tests.notify.builders import FakeProvider, an_alert, eventually, rows, run, the_message
from tests.servers import free_port

NOWHERE = "redis://127.0.0.1:{}/0"


class Watched(Dispatcher):
    """A dispatcher with the parts that a test looks at."""

    fake: FakeProvider


@pytest.fixture
def away(engine: Engine) -> Iterator[Watched]:
    """Its broker does not answer."""
    yield from _dispatcher(engine, NOWHERE.format(free_port()))


@pytest.fixture
def near(engine: Engine, broker_url: str) -> Iterator[Watched]:
    yield from _dispatcher(engine, broker_url)


def _dispatcher(engine: Engine, url: str) -> Iterator[Watched]:
    fake = FakeProvider()
    delivery = Delivery(engine=engine, providers={"email": [fake], "sms": [fake]})
    broker = Broker(producer_app("test", url))
    watched = Watched(engine=engine, broker=broker, delivery=delivery)
    watched.fake = fake
    yield watched
    watched.close()


def published(url: str) -> int:
    client = redis.Redis.from_url(url)
    length = client.llen(SEND_QUEUE)
    client.close()
    assert isinstance(length, int)
    return length


def look_now(engine: Engine) -> None:
    run(engine, "UPDATE message SET publish_at = now() - interval '1 ms'")


def test_a_commit_wakes_the_dispatcher(engine: Engine, database_url: str) -> None:
    listener = Listener(database_url, messages.CHANNEL)
    listener.wait(0.01)
    message_id = an_alert(engine)
    assert listener.wait(5) == [f"email:{message_id}:envista"]
    listener.close()


def test_what_was_committed_is_published_once(
    engine: Engine, near: Watched, broker_url: str
) -> None:
    message_id = an_alert(engine)
    near.wake([f"email:{message_id}:envista"])
    assert near.sweep() == 0  # the worker has three seconds
    assert published(broker_url) == 1


def test_after_redis_was_flushed_the_sweep_publishes_again(
    engine: Engine, near: Watched, broker_url: str
) -> None:
    message_id = an_alert(engine)
    near.wake([f"email:{message_id}:envista"])
    client = redis.Redis.from_url(broker_url)
    client.flushall()
    client.close()
    eventually(lambda: near.sweep() == 1)
    assert published(broker_url) == 1


def test_each_look_comes_after_a_longer_pause(engine: Engine, near: Watched) -> None:
    message_id = an_alert(engine)
    pauses = []
    for _ in range(2):
        look_now(engine)
        assert near.sweep() == 1
        assert near.sweep() == 0
        pause = rows(engine, "SELECT publish_at - now() AS s FROM message")[0].s
        pauses.append(round(pause.total_seconds()))
    assert pauses == [3, 5]
    assert the_message(engine, message_id).publish_tries == 2


def test_what_one_sweep_has_another_does_not_wait_for(engine: Engine) -> None:
    for _ in range(3):
        an_alert(engine)
    look_now(engine)
    with engine.begin() as first, engine.begin() as second:
        assert len(claim_due(first, limit=10)) == 3
        assert claim_due(second, limit=10) == []


def test_a_lapsed_lease_is_swept(engine: Engine, near: Watched, broker_url: str) -> None:
    an_alert(engine)
    run(
        engine,
        "UPDATE message SET state = 'sending', attempt_no = 1, provider = 'fake',"
        " lease_until = now() - interval '1 s', publish_at = now()",
    )
    assert near.sweep() == 1
    assert published(broker_url) == 1


def test_a_message_that_is_held_or_done_is_left_alone(engine: Engine, near: Watched) -> None:
    an_alert(engine)
    look_now(engine)
    run(engine, "UPDATE message SET state = 'sending', lease_until = now() + interval '9 s'")
    assert near.sweep() == 0
    run(engine, "UPDATE message SET state = 'accepted', lease_until = NULL")
    assert near.sweep() == 0


def test_without_a_broker_it_sends_by_itself(engine: Engine, away: Watched) -> None:
    """From the first message on, and waits for no sweep."""
    ids = [an_alert(engine) for _ in range(5)]
    away.wake([f"email:{message_id}:envista" for message_id in ids])
    eventually(lambda: not rows(engine, "SELECT 1 FROM message WHERE state <> 'accepted'"))
    assert sorted(call.id for call in away.fake.calls) == sorted(ids)


def test_what_is_due_while_the_broker_is_away_the_sweep_sends_at_once(
    engine: Engine, away: Watched
) -> None:
    message_id = an_alert(engine)
    look_now(engine)
    away.sweep()
    eventually(lambda: the_message(engine, message_id).state == "accepted")


def test_what_nobody_takes_from_the_broker_it_sends_by_itself(
    engine: Engine, near: Watched
) -> None:
    message_id: UUID = an_alert(engine)
    look_now(engine)
    near.sweep()
    assert near.fake.calls == []
    look_now(engine)
    near.sweep()
    eventually(lambda: the_message(engine, message_id).state == "accepted")


def test_while_nobody_takes_from_the_broker_new_messages_leave_at_once(
    engine: Engine, near: Watched, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would wait six seconds to be found, and what it is about may have waited before."""
    monkeypatch.setattr(dispatcher, "DOUBT_S", 2.0)
    an_alert(engine)
    for _ in range(2):
        look_now(engine)
        near.sweep()
    before = published(broker_url)
    message_id: UUID = an_alert(engine)
    near.wake([f"email:{message_id}:envista"])
    eventually(lambda: the_message(engine, message_id).state == "accepted")
    assert published(broker_url) == before
    time.sleep(2.1)
    near.wake([f"email:{an_alert(engine)}:envista"])
    assert published(broker_url) == before + 1
