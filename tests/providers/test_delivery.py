"""Real adapters, a real database, lost answers: what reaches the manager, and how often."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from notify.delivery import Delivery, Times
from notify.providers import Provider
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from tests.notify.builders import (
    MARIA,
    OMAR,
    an_alert,
    eventually,
    rows,
    run,
    the_message,
    unknown_for,
)
from tests.providers.conftest import a_twilio, an_smtp
from tests.providers.smtp_sink import Sink
from tests.providers.twilio_server import Ledger
from tests.servers import free_port

QUICK = Times(lease_s=2, settle_s=0.5, ask_s=0.1, ask_at_most_s=1)


def a_delivery(engine: Engine, *providers: Provider, times: Times = QUICK) -> Delivery:
    return Delivery(engine=engine, providers={"email": providers, "sms": providers}, times=times)


def a_text(engine: Engine) -> UUID:
    """The id of a new alert's text message."""
    an_alert(engine, MARIA)
    found: UUID = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id
    return found


def due_now(engine: Engine) -> None:
    run(engine, "UPDATE message SET due_at = now() - interval '1 s'")


def until_accepted(engine: Engine, delivery: Delivery, message_id: UUID) -> None:
    def accepted() -> bool:
        delivery.send(message_id)
        return the_message(engine, message_id).state == "accepted"

    eventually(accepted)


def test_a_mail_whose_answer_was_lost_is_sent_again_once_with_the_same_message_id(
    engine: Engine, smtp: Smtp, sink: Sink
) -> None:
    message_id = an_alert(engine, OMAR)
    sink.faults = ["lost"]
    delivery = a_delivery(engine, smtp, times=Times())
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "unknown"
    unknown_for(engine, seconds=15)
    delivery.send(message_id)
    assert len(sink.taken) == 1  # not before it has settled
    unknown_for(engine, seconds=20)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    first, second = sink.mails()
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert rows(engine, "SELECT no, what FROM outcome") == [(2, "accepted")]


def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(
    engine: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_text(engine)
    ledger.faults = ["lost"]
    delivery = a_delivery(engine, twilio)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "unknown"
    due_now(engine)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert len(ledger.texts) == 1
    sid = ledger.texts[0]["sid"]
    assert rows(engine, "SELECT what, provider_ref FROM outcome") == [("adopted", sid)]


@pytest.mark.parametrize("fault", ["junk", "huge"])
def test_a_text_that_was_taken_with_an_answer_like_rubbish_is_found_too(
    engine: Engine, twilio: Twilio, ledger: Ledger, fault: str
) -> None:
    message_id = a_text(engine)
    ledger.faults = [fault]
    delivery = a_delivery(engine, twilio)
    delivery.send(message_id)
    until_accepted(engine, delivery, message_id)
    assert len(ledger.texts) == 1


def test_a_text_that_never_arrived_is_sent_again_after_the_settle_time(
    engine: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_text(engine)
    ledger.faults = ["reset"]
    delivery = a_delivery(engine, twilio, times=Times())
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "unknown"
    for number in range(100):  # to the same phone meanwhile
        ledger.take("ACtest", {"To": MARIA.sms, "Body": f"text {number}"})
    unknown_for(engine, seconds=15)
    delivery.send(message_id)
    assert len(ledger.texts) == 100
    unknown_for(engine, seconds=20)
    delivery.send(message_id)
    assert (len(ledger.texts), len(ledger.requests)) == (101, 2)
    assert the_message(engine, message_id).state == "accepted"


def test_when_the_first_mail_server_is_down_the_second_has_the_next_attempt(
    engine: Engine, smtp: Smtp, sink: Sink
) -> None:
    message_id = an_alert(engine, OMAR)
    down = an_smtp(free_port())
    delivery = a_delivery(engine, down, smtp)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    assert len(sink.taken) == 1
    assert rows(engine, "SELECT provider FROM attempt ORDER BY no") == [(down.name,), (smtp.name,)]


def test_when_the_first_text_account_is_refused_the_second_has_the_next_attempt(
    engine: Engine, text_server: int, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_text(engine)
    refused = a_twilio(text_server, token="wrong")
    delivery = a_delivery(engine, refused, twilio)
    delivery.send(message_id)
    due_now(engine)
    delivery.send(message_id)
    refused.close()
    assert the_message(engine, message_id).state == "accepted"
    assert len(ledger.texts) == 1
    assert rows(engine, "SELECT reason FROM outcome WHERE no = 1")[0].reason.startswith(
        "configuration: "
    )


def test_the_only_provider_is_left_alone_for_as_long_as_it_asks(
    engine: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_text(engine)
    ledger.faults = ["busy"]  # Retry-After: 7, longer than our first pause
    a_delivery(engine, twilio).send(message_id)
    waits_s = rows(engine, "SELECT due_at - now() AS s FROM message WHERE channel = 'sms'")[0].s
    assert 6 < waits_s.total_seconds() <= 7


def test_a_number_that_opted_out_is_reported_in_words(
    engine: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_text(engine)
    ledger.faults = ["21610"]
    delivery = a_delivery(engine, twilio)
    delivery.send(message_id)
    delivery.send(message_id)
    assert the_message(engine, message_id).state == "failed_permanent"
    assert len(ledger.requests) == 1
    told = rows(engine, "SELECT data FROM outbox ORDER BY at DESC LIMIT 1")[0].data
    assert told["reason"] == "the recipient has opted out by answering STOP (21610)"
