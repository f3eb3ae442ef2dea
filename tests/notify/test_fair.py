"""A clinic that floods does not delay another."""

import threading
from uuid import UUID, uuid4

from sqlalchemy import Engine

from notify.due import claim_due
from notify.senders import ROOM, Senders
from tests.notify.builders import an_alert, eventually, rows, run


class Slow:
    """Stands where a delivery stands; sends nothing until it is told to."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.sent: list[UUID] = []

    def send_new(self, message_id: UUID, **_: str) -> None:
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
    assert sorted(one.clinic for one in first) == ["flood", "flood", "quiet", "quiet"]


def test_threads_send_of_each_clinic_in_turn() -> None:
    slow = Slow()
    senders = Senders(slow, threads=1)  # type: ignore[arg-type]
    quiet = uuid4()
    for _ in range(10):
        senders.send("email", uuid4(), "flood")
    senders.send("email", quiet, "quiet")
    slow.goes_on.set()
    eventually(lambda: len(slow.sent) == 11)
    assert slow.sent.index(quiet) <= 2
    senders.close()


def test_a_flood_fills_only_its_own_room() -> None:
    slow = Slow()
    senders = Senders(slow, threads=1)  # type: ignore[arg-type]
    for _ in range(ROOM * 3):
        senders.send("email", uuid4(), "flood")
    quiet = uuid4()
    senders.send("email", quiet, "quiet")
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
        def send_new(self, message_id: UUID, **_: str) -> None:
            if message_id in stuck:
                hangs.wait(10)
            sent.append(message_id)

    senders = Senders(Half(), threads=2)  # type: ignore[arg-type]
    for message_id in stuck:
        senders.send("email", message_id, "a")
    text = uuid4()
    senders.send("sms", text, "a")
    eventually(lambda: text in sent)
    hangs.set()
    senders.close()


def test_what_a_sweep_found_once_comes_after_what_it_never_found(engine: Engine) -> None:
    a_flood(engine, "flood", 3)
    tried = rows(engine, "SELECT id FROM message LIMIT 1")[0].id
    run(engine, f"UPDATE message SET publish_tries = 3 WHERE id = '{tried}'")  # noqa: S608
    with engine.begin() as connection:
        assert tried not in {one.id for one in claim_due(connection, limit=2)}
