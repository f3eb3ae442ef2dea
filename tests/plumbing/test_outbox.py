"""What waits in an outbox is claimed once, by whoever looks, and in turn."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import func

from contract.events import Envelope
from plumbing import outbox
from plumbing.listen import Listener
from plumbing.relay import WINDOW
from tests.plumbing.conftest import Service
from tests.plumbing.events import add, an_event
from tests.servers import free_port


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
