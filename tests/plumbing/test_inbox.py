"""What arrives is taken once, in its order, and confirmed."""

import queue
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contract.events import TO_LEADS, TO_NOTIFY, Envelope
from plumbing.confirmations import ENOUGH, GATHER_S, Confirmations
from plumbing.inbox import Inbox, UnknownEvent
from tests.plumbing.conftest import Service
from tests.plumbing.events import an_event


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
    sent: queue.Queue[list[UUID]] = queue.Queue()
    confirmations = Confirmations(sent.put)
    ids = [uuid4() for _ in range(2 * ENOUGH + 5)]
    for one in ids:
        confirmations.add([one])
    assert [sent.get(timeout=10) for _ in range(3)] == [
        ids[:ENOUGH],
        ids[ENOUGH : 2 * ENOUGH],
        ids[2 * ENOUGH :],
    ]


def test_who_has_much_to_confirm_says_so_at_once() -> None:
    sent: list[list[UUID]] = []
    confirmations = Confirmations(sent.append)
    ids = [uuid4() for _ in range(ENOUGH)]
    confirmations.add(ids)
    assert sent == [ids]
    time.sleep(2 * GATHER_S)
    assert sent == [ids]


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
