"""One message, sent once, whatever happens on the way."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from notify import attempts, lookup
from notify.choice import retry_after_s
from notify.delivery import Delivery, Times
from notify.providers import Accepted, ProviderError
from tests.notify.builders import (
    FakeFinder,
    FakeProvider,
    an_alert,
    eventually,
    rows,
    run,
    the_message,
    unknown_for,
)

QUICK = Times(lease_s=0.3, settle_s=0.4, ask_s=0.1, ask_at_most_s=0.8)
LOST = ProviderError("answer lost", unknown=True)


def a_delivery(engine: Engine, *providers: FakeProvider, times: Times = QUICK) -> Delivery:
    return Delivery(engine=engine, providers={"email": providers, "sms": providers}, times=times)


def due_now(engine: Engine) -> None:
    run(engine, "UPDATE message SET due_at = now() - interval '1 s'")


def test_two_workers_with_the_same_id_send_once(engine: Engine) -> None:
    fake = FakeProvider()
    barrier = threading.Barrier(8)

    def worker(message_id: UUID) -> None:
        barrier.wait()
        a_delivery(engine, fake).send(message_id)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(worker, [an_alert(engine)] * 8))
    assert len(fake.calls) == 10
    assert len({call.id for call in fake.calls}) == 10


def test_a_claim_leaves_a_row_to_whoever_has_it(engine: Engine) -> None:
    """Waiting for it with the alert locked would block the one who ends the message's attempt."""
    message_id = an_alert(engine)
    with engine.connect() as connection:
        seen = lookup.find(connection, message_id)
    with engine.begin() as ends:
        ends.execute(text("UPDATE message SET publish_at = publish_at"))
        with engine.begin() as claims:
            claims.execute(text("SET LOCAL lock_timeout = '1s'"))
            assert not attempts.claim(claims, seen, provider="fake", lease_s=10)
    with engine.begin() as later:
        assert attempts.claim(later, seen, provider="fake", lease_s=10)


def test_the_attempt_is_on_record_before_the_provider_is_called(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()
    seen = []

    def look() -> Accepted:
        seen.append((rows(engine, "SELECT no FROM attempt"), the_message(engine, message_id).state))
        return Accepted("ref")

    fake.answers = [look]
    a_delivery(engine, fake).send(message_id)
    assert seen == [([(1,)], "sending")]


def test_what_is_accepted_is_told_to_leads(engine: Engine) -> None:
    message_id = an_alert(engine)
    a_delivery(engine, FakeProvider()).send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert rows(engine, "SELECT state FROM alert") == [("told",)]
    told = rows(engine, "SELECT data FROM outbox ORDER BY at DESC LIMIT 1")[0].data
    assert (told["what"], told["channel"], told["contact"]) == ("told", "email", "Omar")


def test_a_late_answer_of_one_that_was_given_up_changes_nothing(engine: Engine) -> None:
    """The first sender hangs without renewing its lease; a second takes over and succeeds."""
    message_id = an_alert(engine)
    hangs, goes_on = threading.Event(), threading.Event()
    fake = FakeProvider(idempotent=True)

    def hang() -> Accepted:
        hangs.set()
        goes_on.wait(10)
        raise ProviderError("no such mailbox", permanent=True)

    fake.answers = [hang, Accepted("second")]
    sender = a_delivery(engine, fake, times=Times(lease_s=60))  # renews nothing meanwhile
    zombie = threading.Thread(target=sender.send, args=[message_id])
    zombie.start()
    hangs.wait(10)
    run(engine, "UPDATE message SET lease_until = now() - interval '1 s'")
    a_delivery(engine, fake).send(message_id)
    goes_on.set()
    zombie.join()
    assert the_message(engine, message_id).state == "accepted"
    assert the_message(engine, message_id).attempt_no == 2
    assert rows(engine, "SELECT no, what FROM outcome ORDER BY no") == [
        (1, "refused"),
        (2, "accepted"),
    ]
    assert rows(engine, "SELECT state FROM alert") == [("told",)]


def test_a_lease_is_renewed_while_the_call_is_open(engine: Engine) -> None:
    message_id = an_alert(engine)
    patient = Times(lease_s=1.2)  # a busy machine may keep who renews it waiting
    fake, other = FakeProvider(idempotent=True), FakeProvider(idempotent=True)

    def slow() -> Accepted:
        for _ in range(8):  # three leases long
            threading.Event().wait(0.4)
            a_delivery(engine, other, times=patient).send(message_id)
        return Accepted("ref")

    fake.answers = [slow]
    a_delivery(engine, fake, times=patient).send(message_id)
    assert (len(fake.calls), len(other.calls)) == (1, 0)
    assert the_message(engine, message_id).state == "accepted"


@pytest.mark.parametrize(
    ("fake", "state", "calls"),
    [(FakeFinder(idempotent=True), "accepted", 1), (FakeFinder(), "unknown", 0)],
)
def test_a_dead_senders_message_is_taken_over(
    engine: Engine, fake: FakeFinder, state: str, calls: int
) -> None:
    """At once where one id is taken once; else only after the provider was asked."""
    message_id = an_alert(engine)
    run(
        engine,
        "UPDATE message SET state = 'sending', attempt_no = 1, provider = 'fake',"
        " lease_until = now() - interval '1 s'",
    )
    delivery = a_delivery(engine, fake)
    delivery.send(message_id)
    assert (the_message(engine, message_id).state, len(fake.calls)) == (state, calls)


def test_an_answer_that_was_lost_is_asked_for_and_adopted(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeFinder()
    fake.answers, fake.found = [LOST], "SM123"
    delivery = a_delivery(engine, fake)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "unknown"
    due_now(engine)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert len(fake.calls) == 1
    assert rows(engine, "SELECT what, provider_ref FROM outcome") == [("adopted", "SM123")]


def test_what_the_provider_does_not_find_is_sent_again_after_it_settled(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeFinder()
    fake.answers = [LOST]
    delivery = a_delivery(engine, fake, times=Times())
    delivery.send(message_id)
    unknown_for(engine, seconds=15)
    delivery.send(message_id)
    assert (fake.asked, len(fake.calls)) == (1, 1)  # too early to be sure
    unknown_for(engine, seconds=20)
    delivery.send(message_id)
    assert (fake.asked, len(fake.calls)) == (2, 2)
    assert the_message(engine, message_id).state == "accepted"


def test_a_provider_that_cannot_be_asked_gets_it_again_after_the_settle_time(
    engine: Engine,
) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()
    fake.answers = [LOST]
    delivery = a_delivery(engine, fake, times=Times())
    delivery.send(message_id)
    unknown_for(engine, seconds=15)
    delivery.send(message_id)
    assert len(fake.calls) == 1
    unknown_for(engine, seconds=20)
    delivery.send(message_id)
    assert len(fake.calls) == 2


def test_it_is_looked_at_again_when_the_settle_time_ends_and_not_after_one_pause_more(
    engine: Engine,
) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()
    fake.answers = [LOST]
    delivery = a_delivery(engine, fake, times=Times())
    delivery.send(message_id)
    unknown_for(engine, seconds=18)
    delivery.send(message_id)
    again = rows(engine, "SELECT unknown_since + interval '20 s' - due_at AS s FROM message")
    assert -2 < again[0].s.total_seconds() < 0.1


def test_a_provider_that_does_not_answer_the_question_holds_it_up_for_a_while_only(
    engine: Engine,
) -> None:
    message_id = an_alert(engine)
    fake = FakeFinder()
    fake.answers, fake.found = [LOST], ProviderError("away")
    delivery = a_delivery(engine, fake)
    delivery.send(message_id)
    eventually(lambda: delivery.send(message_id) or len(fake.calls) == 2)
    waited = rows(engine, "SELECT max(started_at) - min(started_at) AS s FROM attempt")[0].s
    assert waited.total_seconds() >= QUICK.ask_at_most_s


def test_an_unknown_answer_of_a_provider_that_takes_an_id_once_is_sent_again_at_once(
    engine: Engine,
) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider(idempotent=True)
    fake.answers = [LOST]
    delivery = a_delivery(engine, fake)
    delivery.send(message_id)
    delivery.send(message_id)
    assert len(fake.calls) == 2
    assert the_message(engine, message_id).state == "accepted"


def test_after_a_failure_the_next_provider_has_its_turn_at_once(engine: Engine) -> None:
    message_id = an_alert(engine)
    first, second = FakeProvider("first"), FakeProvider("second")
    first.answers = [ProviderError("busy")]
    a_delivery(engine, first, second).send(message_id)
    assert (len(first.calls), len(second.calls)) == (1, 1)
    assert the_message(engine, message_id).state == "accepted"


def test_after_a_round_of_failures_there_is_a_pause(engine: Engine) -> None:
    message_id = an_alert(engine)
    first, second = FakeProvider("first"), FakeProvider("second")
    for one in (first, second):
        one.answers = [ProviderError("busy")]
    delivery = a_delivery(engine, first, second)
    delivery.send(message_id)
    assert (len(first.calls), len(second.calls)) == (1, 1)
    due = rows(engine, "SELECT due_at - now() AS s FROM message")[0].s
    assert 3 < due.total_seconds() <= 6
    due_now(engine)
    delivery.send(message_id)
    assert (len(first.calls), len(second.calls)) == (2, 1)


def test_what_is_refused_for_good_is_not_tried_again_and_is_reported(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()
    fake.answers = [ProviderError("no such mailbox", permanent=True)]
    delivery = a_delivery(engine, fake)
    delivery.send(message_id)
    delivery.send(message_id)
    assert len(fake.calls) == 1
    assert rows(engine, "SELECT state FROM alert") == [("failed",)]
    told = rows(engine, "SELECT data FROM outbox ORDER BY at DESC LIMIT 1")[0].data
    assert (told["what"], told["reason"]) == ("failed", "no such mailbox")


def test_after_the_last_attempt_it_is_given_up_and_reported(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()
    fake.answers = [ProviderError("busy")]
    delivery = a_delivery(engine, fake, times=Times(rounds=1))
    delivery.send(message_id)
    due_now(engine)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "failed_permanent"
    assert rows(engine, "SELECT data ->> 'what' FROM outbox ORDER BY at") == [
        ("opened",),
        ("failed",),
    ]


def test_the_attempts_last_about_four_hours() -> None:
    total_s = sum(retry_after_s(no) for no in range(1, Times().rounds + 1))
    assert 3.5 * 3600 < total_s < 5 * 3600


def test_an_adapters_mistake_counts_as_an_unknown_answer(engine: Engine) -> None:
    message_id = an_alert(engine)
    fake = FakeProvider()

    def broken() -> Accepted:
        raise KeyError("sid")

    fake.answers = [broken]
    a_delivery(engine, fake).send(message_id)
    assert the_message(engine, message_id).state == "unknown"


def test_without_a_provider_the_message_waits(engine: Engine) -> None:
    message_id = an_alert(engine)
    a_delivery(engine).send(message_id)
    row = the_message(engine, message_id)
    assert (row.state, row.attempt_no) == ("queued", 0)
