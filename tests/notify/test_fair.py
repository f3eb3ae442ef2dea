"""A clinic that floods does not delay another."""

import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from notify.due import claim_due
from notify.senders import ROOM, Senders
from notify.wanted import Wanted
from tests.notify.builders import an_alert, eventually, rows, run


class Slow:
    """Stands where a delivery stands; sends nothing until it is told to."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.sent: list[UUID] = []

    def send_new(self, message_id: UUID, _channel: str) -> None:
        self.goes_on.wait(10)
        self.sent.append(message_id)


def a_flood(engine: Engine, clinic: str, count: int) -> None:
    for _ in range(count):
        an_alert(engine)
    run(
        engine,
        f"UPDATE message SET clinic = '{clinic}', publish_at = now() - interval '1 s'"  # noqa: S608
        " WHERE clinic = 'envista'",
    )


def test_the_sweep_gives_each_clinic_its_turn(engine: Engine) -> None:
    a_flood(engine, "flood", 20)
    a_flood(engine, "quiet", 2)  # the newest of all
    with engine.begin() as connection:
        first = claim_due(connection, limit=4)
    assert sorted(one.wanted.clinic for one in first) == ["flood", "flood", "quiet", "quiet"]


def test_threads_send_of_each_clinic_in_turn() -> None:
    slow = Slow()
    senders = Senders(slow, threads=1)  # type: ignore[arg-type]
    quiet = uuid4()
    for _ in range(10):
        senders.send([Wanted("email", uuid4(), "flood")])
    senders.send([Wanted("email", quiet, "quiet")])
    slow.goes_on.set()
    eventually(lambda: len(slow.sent) == 11)
    assert slow.sent.index(quiet) <= 2
    senders.close()


def test_a_flood_fills_only_its_own_room() -> None:
    slow = Slow()
    senders = Senders(slow, threads=1)  # type: ignore[arg-type]
    for _ in range(ROOM * 3):
        senders.send([Wanted("email", uuid4(), "flood")])
    quiet = uuid4()
    senders.send([Wanted("email", quiet, "quiet")])
    slow.goes_on.set()
    eventually(lambda: quiet in slow.sent)
    eventually(lambda: len(slow.sent) >= ROOM + 1)
    assert len(slow.sent) <= ROOM + 2
    senders.close()


def test_a_channel_that_hangs_holds_up_no_other() -> None:
    hangs = threading.Event()
    sent: list[UUID] = []
    stuck = {uuid4() for _ in range(8)}

    class Half:
        def send_new(self, message_id: UUID, _channel: str) -> None:
            if message_id in stuck:
                hangs.wait(10)
            sent.append(message_id)

    senders = Senders(Half(), threads=2)  # type: ignore[arg-type]
    for message_id in stuck:
        senders.send([Wanted("email", message_id, "a")])
    text = uuid4()
    senders.send([Wanted("sms", text, "a")])
    eventually(lambda: text in sent)
    hangs.set()
    senders.close()


def test_what_a_sweep_found_once_comes_after_what_it_never_found(engine: Engine) -> None:
    a_flood(engine, "flood", 3)
    tried = rows(engine, "SELECT id FROM message LIMIT 1")[0].id
    run(engine, f"UPDATE message SET publish_tries = 3 WHERE id = '{tried}'")  # noqa: S608
    with engine.begin() as connection:
        assert tried not in {one.wanted.id for one in claim_due(connection, limit=2)}


class Ledger:
    """A delivery that notes how each message came to it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, UUID]] = []
        self.goes_on = threading.Event()
        self.refuses: set[UUID] = set()
        self.fails_with: Exception | None = None

    def begin(self, wanted: dict[UUID, str]) -> dict[UUID, UUID]:
        if self.fails_with:
            raise self.fails_with
        return {one: one for one in wanted if one not in self.refuses}

    def go_on(self, begun: UUID) -> None:
        self._note("claimed together", begun)

    def send(self, message_id: UUID) -> None:
        self._note("looked at", message_id)

    def send_new(self, message_id: UUID, _channel: str) -> None:
        self._note("alone", message_id)

    def _note(self, how: str, message_id: UUID) -> None:
        self.goes_on.wait(10)
        self.sent.append((how, message_id))


def test_as_many_are_claimed_together_as_threads_are_free() -> None:
    ledger = Ledger()
    senders = Senders(ledger, threads=2)  # type: ignore[arg-type]
    mails, text = [uuid4() for _ in range(3)], uuid4()
    ledger.refuses = {mails[1]}
    wanted = [Wanted("email", mail, "a") for mail in mails]
    senders.send([*wanted, Wanted("sms", text, "a")])
    senders.send(wanted)  # they are here already
    ledger.goes_on.set()
    eventually(lambda: len(ledger.sent) == 4)
    senders.close()
    assert sorted(ledger.sent) == sorted(
        [
            ("claimed together", mails[0]),
            ("looked at", mails[1]),
            ("alone", mails[2]),
            ("claimed together", text),
        ]
    )


def test_what_was_claimed_is_sent_though_the_end_has_begun() -> None:
    """Nobody else would send it before its lease has lapsed."""

    class Ending(Ledger):
        def begin(self, wanted: dict[UUID, str]) -> dict[UUID, UUID]:
            senders.close()
            return super().begin(wanted)

    ledger = Ending()
    ledger.goes_on.set()
    senders = Senders(ledger, threads=1)  # type: ignore[arg-type]
    mail, text = uuid4(), uuid4()
    senders.send([Wanted("email", mail, "a"), Wanted("sms", text, "a")])
    eventually(lambda: {message_id for _, message_id in ledger.sent} == {mail, text}, seconds=3)


@pytest.mark.parametrize("error", [OperationalError("", {}, Exception()), ValueError("a mistake")])
def test_what_cannot_be_claimed_together_is_looked_at_one_by_one(error: Exception) -> None:
    ledger = Ledger()
    ledger.fails_with = error
    ledger.goes_on.set()
    senders = Senders(ledger, threads=2)  # type: ignore[arg-type]
    senders.send([Wanted("email", uuid4(), "a"), Wanted("sms", uuid4(), "a")])
    eventually(lambda: [how for how, _ in ledger.sent] == ["looked at"] * 2)
    senders.close()
