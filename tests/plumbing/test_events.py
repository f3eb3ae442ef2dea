"""An event gets through exactly once, whatever the broker or the other service does."""

import base64
import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import redis
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.serving import make_server

from contract.events import TO_LEADS, TO_NOTIFY, Envelope
from plumbing import outbox
from plumbing.broker import Broker, producer_app, worker_app
from plumbing.confirmations import Confirmations
from plumbing.consumer import RECONNECT_S, Consumer
from plumbing.inbox import Answer, Inbox, UnknownEvent
from plumbing.internal import EventClient, event_routes
from plumbing.listen import Listener
from plumbing.relay import WINDOW, Relay
from tests.plumbing.conftest import Service
from tests.servers import Valkey, free_port

NOTHING = "redis://127.0.0.1:1/0"


def an_event(name: str = "lead.accepted.v1") -> Envelope:
    return Envelope(id=uuid4(), name=name, at=datetime.now(UTC), data={"a": 1})


def add(service: Service, *events: Envelope) -> None:
    with service.engine.begin() as connection:
        for event in events:
            outbox.add(connection, service.outbox, event)


def unconfirmed(service: Service) -> int:
    with service.engine.connect() as connection:
        return (
            connection.scalar(
                select(func.count())
                .select_from(service.outbox)
                .where(service.outbox.c.confirmed_at.is_(None))
            )
            or 0
        )


def make_due(service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(update(service.outbox).values(next_try_at=func.now()))


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
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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


def test_the_same_event_five_times_is_taken_once(service: Service) -> None:
    taken: list[Envelope] = []
    inbox = Inbox(
        service.engine, service.inbox, {"lead.accepted.v1": lambda _c, e: taken.append(e)}
    )
    event = an_event()
    assert [inbox.take(event) for _ in range(5)] == [True, False, False, False, False]
    assert len(taken) == 1


def test_an_event_whose_handler_fails_comes_again(service: Service) -> None:
    def fail(_connection: object, _event: Envelope) -> None:
        raise RuntimeError

    event = an_event()
    with pytest.raises(RuntimeError):
        Inbox(service.engine, service.inbox, {event.name: fail}).take(event)
    assert Inbox(service.engine, service.inbox, {event.name: lambda _c, _e: None}).take(event)


def test_an_unknown_event_stays_with_its_sender(service: Service) -> None:
    with pytest.raises(UnknownEvent):
        Inbox(service.engine, service.inbox, {}).take(an_event())


def test_two_relays_never_claim_the_same_row(service: Service) -> None:
    add(service, *(an_event() for _ in range(100)))
    claimed: list[object] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        for _ in range(10):
            with service.engine.begin() as connection:
                taken = outbox.claim(connection, service.outbox, limit=7, window=WINDOW)
                claimed.extend(event.id for _, event in taken.events)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 100


def test_a_commit_wakes_the_listener(service: Service) -> None:
    listener = Listener(service.url, outbox.CHANNEL)
    assert listener.wait(0.1) == []
    add(service, an_event(), an_event())
    assert listener.wait(5) == [""]  # once for both
    listener.close()


def test_a_listener_without_a_database_waits_and_does_not_raise() -> None:
    listener = Listener(f"postgresql://nobody@127.0.0.1:{free_port()}/x", "outbox")
    assert listener.wait(0.1) == []


def test_the_confirmation_has_a_name_of_its_own_in_each_direction() -> None:
    wires = (TO_LEADS, TO_NOTIFY)
    assert len({name for w in wires for name in (w.take, w.take_all, w.confirm)}) == 6


def test_one_event_that_cannot_be_taken_holds_up_none_of_its_batch(service: Service) -> None:
    taken: list[Envelope] = []

    def handle(_connection: object, event: Envelope) -> None:
        if event.data["a"] == "poison":
            raise RuntimeError
        taken.append(event)

    events = [an_event() for _ in range(5)]
    poison = Envelope(id=uuid4(), name=events[0].name, at=events[0].at, data={"a": "poison"})
    inbox = Inbox(service.engine, service.inbox, {poison.name: handle})
    ids = inbox.take_all([*events[:3], poison, *events[3:]])
    assert ids == [event.id for event in events]
    assert {event.id for event in taken} == set(ids)


def test_what_was_taken_is_confirmed_together() -> None:
    sent: list[list[UUID]] = []
    done = threading.Event()

    def send(ids: list[UUID]) -> None:
        sent.append(ids)
        done.set()

    confirmations = Confirmations(send)
    ids = [uuid4() for _ in range(30)]
    for one in ids:
        confirmations.add([one])
    assert done.wait(10)
    assert sent == [ids]


def test_a_relay_puts_several_events_into_one_task(service: Service, valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    add(service, *(an_event() for _ in range(20)))
    assert a_relay(service, redis_url=valkey.url, base_url="http://127.0.0.1:9").one_pass() == 20
    assert client.llen(TO_NOTIFY.queue) == 1
    client.close()


def test_one_with_very_many_events_delays_no_other(service: Service) -> None:
    def of(clinic: str) -> Envelope:
        return Envelope(id=uuid4(), name="x.v1", at=datetime.now(UTC), data={"clinic": clinic})

    add(service, *(of("flood") for _ in range(30)))
    quiet = of("quiet")
    add(service, quiet)
    with service.engine.begin() as connection:
        first = outbox.claim(connection, service.outbox, limit=4, window=WINDOW, fair_by="clinic")
    assert quiet.id in {event.id for _, event in first.events}


def test_a_claim_says_what_is_under_way_and_leaves_what_finds_no_room(service: Service) -> None:
    add(service, *(an_event() for _ in range(5)))
    with service.engine.begin() as connection:
        first = outbox.claim(connection, service.outbox, limit=2, window=4)
        assert (len(first.events), first.lately, first.overdue) == (2, 0, 0)
        second = outbox.claim(connection, service.outbox, limit=9, window=4)
        assert (len(second.events), second.lately, second.overdue) == (2, 2, 0)
        full = outbox.claim(connection, service.outbox, limit=9, window=4)
        assert (len(full.events), full.lately, full.overdue) == (0, 4, 0)
        passed = service.outbox.update().where(service.outbox.c.tries > 0)
        connection.execute(passed.values(next_try_at=func.now() - timedelta(seconds=1)))
        again = outbox.claim(connection, service.outbox, limit=9, window=4)
        assert (len(again.events), again.lately, again.overdue) == (4, 0, 4)


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


def test_a_consumer_looks_every_second_for_a_broker_that_went_away() -> None:
    """Celery's own pauses grow to 30 s: an alert would wait for them once Redis is back."""
    asked: dict[str, float] = {}

    class Connection:
        def ensure_connection(self, *_: object, **pauses: object) -> object:
            asked.update({name: s for name, s in pauses.items() if isinstance(s, float)})
            return self

    consumer = Consumer.__new__(Consumer)
    consumer.app = worker_app("test", NOTHING)
    consumer.first_connection_attempt = False
    consumer.ensure_connected(Connection())
    assert asked["interval_start"] == asked["interval_max"] == RECONNECT_S == 1


def test_events_of_one_name_are_handled_together_and_all_keep_their_order(
    service: Service,
) -> None:
    calls: list[list[int]] = []

    def event(name: str, number: int) -> Envelope:
        return Envelope(id=uuid4(), name=name, at=datetime.now(UTC), data={"n": number})

    def numbers(envelopes: Sequence[Envelope]) -> list[int]:
        return [int(str(envelope.data["n"])) for envelope in envelopes]

    inbox = Inbox(
        service.engine,
        service.inbox,
        {"one.v1": lambda _c, e: calls.append(numbers([e]))},
        together={"many.v1": lambda _c, es: calls.append(numbers(es))},
    )
    events = [event("many.v1", 1), event("many.v1", 2), event("one.v1", 3), event("one.v1", 4)]
    last = event("many.v1", 5)
    inbox.take_all([*events, events[0], last])
    inbox.take_all([events[1], last])  # copies
    assert calls == [[1, 2], [3], [4], [5]]
