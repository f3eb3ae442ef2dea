"""An event that can never be taken is set aside, named, and holds up no other."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import OperationalError
from werkzeug.serving import make_server

from contract.events import TO_NOTIFY, Envelope
from plumbing import outbox
from plumbing.broker import Broker, producer_app
from plumbing.inbox import Inbox
from plumbing.internal import EventClient, event_routes
from plumbing.relay import Relay
from tests.plumbing.conftest import Service

NAME = "lead.accepted.v1"
WINDOW = 4


class Receiver:
    """A service that takes events by HTTP.  What it does depends on what the event says."""

    def __init__(self, service: Service) -> None:
        self.taken: list[Envelope] = []
        inbox = Inbox(service.engine, service.inbox, {NAME: self._handle})
        app = Flask("receiver")
        app.register_blueprint(event_routes(inbox, "token"))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handle(self, connection: Connection, event: Envelope) -> None:
        match event.data["a"]:
            case "surrogate":  # no database can store it
                connection.execute(text("SELECT CAST(:a AS text)"), {"a": "\ud800"})
            case "no such row":
                connection.execute(text("SELECT 1 / 0"))
            case "database away":
                raise OperationalError("", {}, Exception())
        self.taken.append(event)


@pytest.fixture
def receiver(service: Service) -> Iterator[Receiver]:
    receiver = Receiver(service)
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


@pytest.fixture
def relay(service: Service, receiver: Receiver) -> Relay:
    return Relay(
        engine=service.engine,
        table=service.outbox,
        wire=TO_NOTIFY,
        broker=Broker(producer_app("test", "redis://127.0.0.1:1/0")),
        client=EventClient(receiver.url, "token"),
        window=WINDOW,
    )


def an_event(says: str = "", *, name: str = NAME) -> Envelope:
    return Envelope(id=uuid4(), name=name, at=datetime.now(UTC), data={"a": says})


def add(service: Service, *events: Envelope) -> None:
    with service.engine.begin() as connection:
        for event in events:
            outbox.add(connection, service.outbox, event)


def pauses_s(service: Service) -> list[float]:
    pause = func.extract("epoch", service.outbox.c.next_try_at - func.now())
    with service.engine.connect() as connection:
        waiting = select(pause).where(service.outbox.c.confirmed_at.is_(None))
        return [float(one) for one in connection.scalars(waiting)]


def make_due(service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(update(service.outbox).values(next_try_at=func.now()))


@pytest.mark.parametrize("says", ["surrogate", "no such row"])
def test_what_can_never_be_taken_is_set_aside_and_named(
    service: Service,
    receiver: Receiver,
    relay: Relay,
    says: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    poison, good = an_event(says), an_event()
    add(service, poison, good)
    with caplog.at_level(logging.ERROR):
        relay.one_pass()
    assert [event.id for event in receiver.taken] == [good.id]
    assert "event refused and set aside" in caplog.text
    with service.engine.connect() as connection:
        (line,) = outbox.set_aside(connection, service.outbox)
    assert line.startswith(f"1 events {NAME} are refused, the oldest of ")


def test_an_event_that_the_receiver_does_not_know_yet_is_set_aside(
    service: Service, receiver: Receiver, relay: Relay
) -> None:
    add(service, an_event(name="of.a.later.release.v1"), an_event())
    relay.one_pass()
    assert len(receiver.taken) == 1
    with service.engine.connect() as connection:
        assert "of.a.later.release.v1" in outbox.set_aside(connection, service.outbox)[0]


def test_it_is_offered_again_after_a_growing_pause_and_never_for_long(
    service: Service, relay: Relay
) -> None:
    add(service, an_event("no such row"))
    found = []
    for _ in range(5):
        relay.one_pass()
        found += [round(pause) for pause in pauses_s(service)]
        make_due(service)
    assert found == [10, 20, 40, 60, 60]


def test_more_of_them_than_may_be_under_way_hold_up_no_other(
    service: Service, receiver: Receiver, relay: Relay
) -> None:
    add(service, *(an_event("no such row") for _ in range(WINDOW)))
    relay.one_pass()
    good = an_event()
    add(service, good)
    relay.one_pass()
    assert [event.id for event in receiver.taken] == [good.id]


def test_a_database_that_is_away_for_a_moment_sets_nothing_aside(
    service: Service, relay: Relay
) -> None:
    add(service, an_event("database away"))
    relay.one_pass()
    assert [round(pause) for pause in pauses_s(service)] == [5]
    with service.engine.connect() as connection:
        assert outbox.set_aside(connection, service.outbox) == []


def test_what_cannot_even_be_read_is_refused_by_its_id(receiver: Receiver) -> None:
    broken = an_event().to_json() | {"at": "yesterday"}
    client = EventClient(receiver.url, "token")

    class Broken(Envelope):
        def to_json(self) -> dict[str, object]:
            return broken

    answer = client.post([Broken(id=uuid4(), name=NAME, at=datetime.now(UTC), data={})])
    assert [str(event_id) for event_id in answer.refused] == [broken["id"]]


def test_once_it_can_be_taken_it_is(service: Service, receiver: Receiver, relay: Relay) -> None:
    add(service, an_event("no such row"))
    relay.one_pass()
    with service.engine.begin() as connection:
        connection.execute(update(service.outbox).values(data={"a": "mended"}))
    make_due(service)
    relay.one_pass()
    assert len(receiver.taken) == 1
    with service.engine.connect() as connection:
        assert outbox.set_aside(connection, service.outbox) == []
