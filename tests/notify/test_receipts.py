"""Receipts: any order, any number of times, also before our own row, one final state."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert

from notify import attempts, lookup, receipts, results
from notify.delivery import Delivery
from notify.providers import Accepted, ProviderError
from notify.providers.reports import RANK, Receipt
from notify.tables import receipt
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run, the_message

pytestmark = pytest.mark.integration

REF = "ref-1"


def a_receipt(state: str, *, ref: str = REF, final: bool = True, said: str = "") -> Receipt:
    reason = "this number cannot get texts: it is a landline (30006)" if state == "failed" else ""
    return Receipt(
        provider="fake", ref=ref, said=said or state, state=state, final=final, reason=reason
    )


def take(engine: Engine, receipt: Receipt) -> bool:
    with engine.begin() as connection:
        return receipts.take(connection, receipt)


def a_text(engine: Engine) -> UUID:
    an_alert(engine, MARIA)
    found: UUID = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id
    return found


def sent(engine: Engine, *answers: Accepted | ProviderError) -> tuple[UUID, FakeProvider, Delivery]:
    """A text that the provider has under `REF`."""
    message_id, provider = a_text(engine), FakeProvider()
    provider.answers = [Accepted(REF), *answers]
    delivery = Delivery(engine=engine, providers={"sms": [provider]})
    delivery.send(message_id)
    return message_id, provider, delivery


def test_a_text_is_sent_then_delivered(engine: Engine) -> None:
    message_id, _, _ = sent(engine)
    for state in ("accepted", "sent", "delivered"):
        assert take(engine, a_receipt(state))
        assert the_message(engine, message_id).state == state
    said = rows(engine, "SELECT what FROM audit WHERE what = 'message delivered'")
    assert len(said) == 1


def test_a_receipt_that_comes_twice_counts_once(engine: Engine) -> None:
    message_id, _, _ = sent(engine)
    assert take(engine, a_receipt("failed"))
    before = [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in ("audit", "outbox")]  # noqa: S608
    assert not take(engine, a_receipt("failed"))
    after = [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in ("audit", "outbox")]  # noqa: S608
    assert before == after
    assert the_message(engine, message_id).state == "failed_permanent"


@pytest.mark.parametrize(
    ("states", "end"),
    [
        (("sent", "failed", "delivered"), "delivered"),
        (("accepted", "sent", "failed"), "failed_permanent"),
        (("sent", "sent", "delivered", "delivered"), "delivered"),
    ],
)
def test_any_order_before_and_after_our_own_row_ends_the_same(
    engine: Engine, states: Sequence[str], end: str
) -> None:
    """Each permutation, with each of its receipts before our row of the answer or after it."""
    seen = set()
    for order in set(permutations(states)):
        for early in (0, 1, len(order)):
            message_id = a_text(engine)
            provider, ref = FakeProvider(), f"ref-{message_id}"
            provider.answers = [Accepted(ref)]
            for state in order[:early]:
                take(engine, a_receipt(state, ref=ref))
            Delivery(engine=engine, providers={"sms": [provider]}).send(message_id)
            for state in order[early:]:
                take(engine, a_receipt(state, ref=ref))
            seen.add(the_message(engine, message_id).state)
            run(engine, "UPDATE message SET channel = 'email' WHERE channel = 'sms'")
    assert seen == {end}


def test_a_receipt_that_comes_while_our_own_row_is_written_waits_for_it(engine: Engine) -> None:
    message_id = a_text(engine)
    with engine.begin() as connection:
        seen = lookup.find(connection, message_id)
        assert attempts.claim(connection, seen, provider="fake", lease_s=10)
    with engine.connect() as writing, ThreadPoolExecutor(1) as pool:
        results.accepted(writing, lookup.find(writing, message_id), 1, REF)
        receipts.apply(writing, REF)
        report = pool.submit(take, engine, a_receipt("delivered"))
        with pytest.raises(TimeoutError):
            report.result(0.5)
        writing.commit()
        assert report.result(20)
    assert the_message(engine, message_id).state == "delivered"


def test_a_report_that_was_being_written_when_we_came_is_seen(engine: Engine) -> None:
    """It was not there yet when our statement began."""
    message_id = a_text(engine)
    with engine.begin() as connection:
        seen = lookup.find(connection, message_id)
        assert attempts.claim(connection, seen, provider="fake", lease_s=10)
        seen = lookup.find(connection, message_id)

    def accept() -> bool:
        with engine.begin() as connection:
            return results.accepted(connection, seen, 1, REF)

    with ThreadPoolExecutor(1) as pool, engine.begin() as reporting:
        receipts.take(reporting, a_receipt("delivered"))
        accepting = pool.submit(accept)
        with pytest.raises(TimeoutError):
            accepting.result(0.5)
        reporting.commit()
        assert accepting.result(20)


def test_a_report_whose_taker_died_before_it_counted_counts_when_it_is_repeated(
    engine: Engine,
) -> None:
    """Likewise where our own row was written, and its writer died before it looked for reports."""
    message_id = sent(engine, Accepted(REF))[0]
    with engine.begin() as connection:
        values = {"said": "delivered", "provider": "fake", "state": "delivered", "final": True}
        connection.execute(insert(receipt).values(ref=REF, reason="", **values))
    assert the_message(engine, message_id).state == "accepted"
    assert not take(engine, a_receipt("delivered"))
    assert the_message(engine, message_id).state == "delivered"


def test_what_may_pass_is_sent_again_and_at_last_has_failed(engine: Engine) -> None:
    message_id, provider, delivery = sent(engine, *(Accepted(f"ref-{n}") for n in (2, 3, 4)))
    for number in (1, 2, 3, 4):
        assert the_message(engine, message_id).state == "accepted"
        take(engine, a_receipt("failed", ref=f"ref-{number}", final=False))
        run(engine, "UPDATE message SET due_at = now()")
        delivery.send(message_id)
    assert the_message(engine, message_id).state == "failed_permanent"
    assert len(provider.calls) == 4


def test_a_late_report_about_an_earlier_attempt_does_not_fail_the_later_one(
    engine: Engine,
) -> None:
    message_id, _, delivery = sent(engine, Accepted("ref-2"))
    take(engine, a_receipt("failed", final=False))
    run(engine, "UPDATE message SET due_at = now()")
    delivery.send(message_id)
    take(engine, a_receipt("failed", said="undelivered"))
    assert the_message(engine, message_id).state == "accepted"
    take(engine, a_receipt("delivered"))
    assert the_message(engine, message_id).state == "delivered"


def test_a_text_that_did_not_arrive_is_said_to_the_desk_in_words(engine: Engine) -> None:
    sent(engine)
    take(engine, a_receipt("failed"))
    data = rows(engine, "SELECT data FROM outbox WHERE data->>'what' = 'failed'")[0].data
    assert (data["channel"], data["contact"]) == ("sms", "Maria")
    assert data["reason"] == "this number cannot get texts: it is a landline (30006)"
    # the mail to the same contact may still go out
    assert rows(engine, "SELECT state FROM alert") == [("told",)]
    run(engine, "UPDATE message SET state = 'failed_permanent' WHERE channel = 'email'")


def test_a_receipt_for_nothing_of_ours_is_kept_and_changes_nothing(engine: Engine) -> None:
    message_id, _, _ = sent(engine)
    assert take(engine, a_receipt("failed", ref="another"))
    assert the_message(engine, message_id).state == "accepted"


def test_every_state_has_its_rank() -> None:
    assert RANK == ("accepted", "sent", "failed", "delivered")


def test_a_provider_that_refuses_by_its_own_policy_leaves_it_to_the_next(engine: Engine) -> None:
    message_id = a_text(engine)
    first, second = FakeProvider("first"), FakeProvider("second")
    first.answers = [ProviderError("refused by policy", permanent=True, only_here=True)]
    delivery = Delivery(engine=engine, providers={"sms": [first, second]})
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert (len(first.calls), len(second.calls)) == (1, 1)


def test_when_every_provider_refuses_by_policy_it_has_failed(engine: Engine) -> None:
    message_id = a_text(engine)
    both = [FakeProvider("first"), FakeProvider("second")]
    for provider in both:
        provider.answers = [ProviderError("refused by policy", permanent=True, only_here=True)]
    delivery = Delivery(engine=engine, providers={"sms": both})
    for _ in both:
        run(engine, "UPDATE message SET due_at = now()")
        delivery.send(message_id)
    assert the_message(engine, message_id).state == "failed_permanent"
    assert [len(provider.calls) for provider in both] == [1, 1]


def test_a_provider_that_has_refused_is_not_asked_again_after_the_others_failed(
    engine: Engine,
) -> None:
    message_id = a_text(engine)
    first, second = FakeProvider("first"), FakeProvider("second")
    first.answers = [ProviderError("refused by policy", permanent=True, only_here=True)]
    second.answers = [ProviderError("busy"), ProviderError("busy")]
    delivery = Delivery(engine=engine, providers={"sms": [first, second]})
    for _ in range(4):
        run(engine, "UPDATE message SET due_at = now()")
        delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert (len(first.calls), len(second.calls)) == (1, 3)
