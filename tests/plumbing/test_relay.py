"""An event gets through, whatever the broker or the other service does."""

import base64
import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import redis
from flask import Flask
from sqlalchemy import func, select

from contract.events import TO_NOTIFY, Envelope
from plumbing import outbox
from plumbing.broker import Broker, producer_app
from plumbing.inbox import Answer, Inbox
from plumbing.internal import EventClient, event_routes
from plumbing.listen import Listener
from plumbing.relay import WINDOW, Relay
from tests.plumbing.conftest import Service
from tests.plumbing.events import add, an_event, make_due, unconfirmed
from tests.servers import Valkey, free_port
from tests.serving import served

NOTHING = "redis://127.0.0.1:1/0"


@pytest.fixture
def taken() -> list[Envelope]:
    return []


@pytest.fixture
def receiver(service: Service, taken: list[Envelope]) -> Iterator[str]:
    """The base URL of a service that takes events over HTTP."""
    inbox = Inbox(
        service.engine, service.inbox, {"lead.accepted.v1": lambda _c, e: taken.append(e)}
    )
    app = Flask("receiver")
    app.register_blueprint(event_routes(inbox, "token"))
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


def a_relay(service: Service, *, redis_url: str, base_url: str, window: int = WINDOW) -> Relay:
    return Relay(
        engine=service.engine,
        table=service.outbox,
        wire=TO_NOTIFY,
        broker=Broker(producer_app("test", redis_url)),
        client=EventClient(base_url, "token"),
        window=window,
    )


def test_without_a_broker_events_go_by_http_at_once(
    service: Service, receiver: str, taken: list[Envelope]
) -> None:
    events = [an_event(), an_event()]
    add(service, *events)
    a_relay(service, redis_url=NOTHING, base_url=receiver).one_pass()
    assert [event.id for event in taken] == [event.id for event in events]
    assert unconfirmed(service) == 0


def test_what_the_broker_lost_goes_by_http_the_next_time(
    service: Service, receiver: str, taken: list[Envelope], valkey: Valkey
) -> None:
    add(service, an_event())
    relay = a_relay(service, redis_url=valkey.url, base_url=receiver)
    relay.one_pass()
    assert (taken, unconfirmed(service)) == ([], 1)  # published, and nobody consumes
    make_due(service)
    relay.one_pass()
    assert len(taken) == 1
    assert unconfirmed(service) == 0


def test_a_broker_whose_events_nobody_confirms_is_given_none_for_a_while(
    service: Service,
    receiver: str,
    taken: list[Envelope],
    valkey: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay = a_relay(service, redis_url=valkey.url, base_url=receiver)
    add(service, an_event())
    relay.one_pass()
    make_due(service)
    add(service, an_event())
    relay.one_pass()
    add(service, an_event())
    relay.one_pass()
    assert (len(taken), unconfirmed(service)) == (3, 0)
    monkeypatch.setattr("plumbing.relay.DOUBT_S", 0.0)
    relay = a_relay(service, redis_url=valkey.url, base_url=receiver)
    add(service, an_event())
    relay.one_pass()
    assert unconfirmed(service) == 1  # with the broker again


def test_a_dead_consumer_costs_many_events_no_more_time_than_one(
    service: Service, receiver: str, taken: list[Envelope], valkey: Valkey
) -> None:
    """However few may be on their way at once."""
    relay = a_relay(service, redis_url=valkey.url, base_url=receiver, window=4)
    add(service, *[an_event() for _ in range(24)])
    relay.one_pass()
    assert (taken, relay.one_pass()) == ([], 0)  # nobody consumes, and four are on their way
    make_due(service)
    for _ in range(6):
        relay.one_pass()
    assert (len(taken), unconfirmed(service)) == (24, 0)


def test_a_relay_that_is_full_finds_room_though_nobody_wakes_it(
    service: Service, valkey: Valkey
) -> None:
    relay = a_relay(service, redis_url=valkey.url, base_url="http://127.0.0.1:9", window=2)
    add(service, *[an_event() for _ in range(3)])
    assert relay.one_pass() == 2
    with service.engine.begin() as connection:
        going = connection.scalars(select(service.outbox.c.id).where(service.outbox.c.tries > 0))
        outbox.confirm(connection, service.outbox, list(going))
    listener = Listener(service.url, outbox.CHANNEL)
    start = time.monotonic()
    relay.wait_and_pass(listener, sweep_s=60)
    listener.close()
    assert time.monotonic() - start < 30
    with service.engine.begin() as connection:
        waiting = select(func.count()).where(service.outbox.c.tries == 0)
        assert connection.scalar(waiting) == 0


def test_without_an_answer_by_http_the_broker_gets_old_and_new_ones(
    service: Service, valkey: Valkey
) -> None:
    """A receiver may take events from the broker while its web process is dead."""
    relay = a_relay(service, redis_url=valkey.url, base_url=f"http://127.0.0.1:{free_port()}")
    add(service, an_event())
    relay.one_pass()
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    make_due(service)
    relay.one_pass()
    add(service, an_event())
    relay.one_pass()
    published = [len(json.loads(base64.b64decode(json.loads(raw)["body"]))[0][0])
                 for raw in client.lrange(TO_NOTIFY.queue, 0, -1)]  # fmt: skip
    client.close()
    assert published == [1, 1]


def test_without_broker_and_receiver_the_event_stays(service: Service) -> None:
    add(service, an_event())
    relay = a_relay(service, redis_url=NOTHING, base_url=f"http://127.0.0.1:{free_port()}")
    relay.one_pass()
    assert unconfirmed(service) == 1


def test_a_wrong_token_delivers_nothing(
    service: Service, receiver: str, taken: list[Envelope]
) -> None:
    answer = httpx.post(f"{receiver}/internal/events", json=[an_event().to_json()])
    assert answer.status_code == 403
    assert taken == []


def test_an_event_that_nobody_handles_does_not_hold_up_the_others(
    service: Service, receiver: str, taken: list[Envelope]
) -> None:
    known = an_event()
    client = EventClient(receiver, "token")
    unheard = an_event("unheard.of.v1")
    assert client.post([unheard, known]) == Answer(confirmed=[known.id], refused=[unheard.id])
    assert [event.id for event in taken] == [known.id]


def test_a_relay_puts_several_events_into_one_task(service: Service, valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    add(service, *(an_event() for _ in range(20)))
    assert a_relay(service, redis_url=valkey.url, base_url="http://127.0.0.1:9").one_pass() == 20
    assert client.llen(TO_NOTIFY.queue) == 1
    client.close()


def test_what_comes_soon_after_another_goes_together_with_the_next(
    service: Service, valkey: Valkey
) -> None:
    relay = a_relay(service, redis_url=valkey.url, base_url="http://127.0.0.1:9")
    listener = Listener(service.url, outbox.CHANNEL)
    listener.wait(0.01)
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        add(service, an_event())
        relay.wait_and_pass(listener, sweep_s=30, pace_s=1.0)
        assert client.llen(TO_NOTIFY.queue) == 1
        add(service, an_event())
        second = threading.Timer(0.1, add, (service, an_event()))
        second.start()
        relay.wait_and_pass(listener, sweep_s=30, pace_s=1.0)
        second.join()
        assert client.llen(TO_NOTIFY.queue) == 2
    with service.engine.begin() as connection:
        assert connection.scalar(select(func.sum(service.outbox.c.tries))) == 3
    listener.close()


def test_no_more_is_handed_on_than_can_be_taken(service: Service, valkey: Valkey) -> None:
    add(service, *(an_event() for _ in range(WINDOW + 50)))
    relay = a_relay(service, redis_url=valkey.url, base_url="http://127.0.0.1:9")
    while relay.one_pass():
        pass
    with service.engine.begin() as connection:
        full = outbox.claim(connection, service.outbox, limit=1, window=WINDOW)
        assert (full.lately, full.events) == (WINDOW, [])
        taken = connection.execute(select(service.outbox.c.id).where(service.outbox.c.tries > 0))
        outbox.confirm(connection, service.outbox, [row.id for row in taken])
    assert relay.one_pass() == 50
