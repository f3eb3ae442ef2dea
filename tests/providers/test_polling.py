"""What became of a text is asked for when no report has told."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine

from notify.delivery import Delivery
from notify.polling import Polling
from notify.providers import ProviderError
from notify.providers.twilio import Twilio
from plumbing.database import connect
from tests.notify.builders import MARIA, an_alert, rows, run, the_message
from tests.providers.conftest import a_twilio
from tests.providers.twilio_server import Ledger
from tests.servers import free_port

pytestmark = pytest.mark.integration


@pytest.fixture
def everything(databases: tuple[str, str]) -> Iterator[Engine]:
    """The owner of the tables, who may change what was written down."""
    engine = connect(databases[0], name="owner")
    yield engine
    engine.dispose()


def a_sent_text(engine: Engine, twilio: Twilio, everything: Engine, *, minutes_ago: int) -> UUID:
    an_alert(engine, MARIA)
    message_id: UUID = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id
    Delivery(engine=engine, providers={"sms": [twilio]}).send(message_id)
    assert the_message(engine, message_id).state == "accepted"
    run(everything, f"UPDATE outcome SET at = now() - interval '{minutes_ago} min'")  # noqa: S608
    return message_id


def reads(ledger: Ledger) -> int:
    return ledger.shown


def test_a_text_that_nobody_reported_is_asked_for_after_75_seconds(
    engine: Engine, everything: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_sent_text(engine, twilio, everything, minutes_ago=6)
    ledger.texts[0] |= {"status": "undelivered", "error_code": 30006}
    assert Polling(engine, {"sms": [twilio]}).ask() == 1
    assert the_message(engine, message_id).state == "failed_permanent"
    said = rows(engine, "SELECT data->>'reason' AS why FROM outbox WHERE data->>'what' = 'failed'")
    assert "landline" in said[0].why


def test_a_delivered_text_is_asked_for_once(
    engine: Engine, everything: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    message_id = a_sent_text(engine, twilio, everything, minutes_ago=6)
    ledger.texts[0]["status"] = "delivered"
    polling = Polling(engine, {"sms": [twilio]})
    assert (polling.ask(), polling.ask()) == (1, 0)
    assert the_message(engine, message_id).state == "delivered"
    assert reads(ledger) == 1


@pytest.mark.parametrize("minutes", [1, 60 * 25])
def test_a_young_and_an_old_text_are_left_alone(
    engine: Engine, everything: Engine, twilio: Twilio, ledger: Ledger, minutes: int
) -> None:
    a_sent_text(engine, twilio, everything, minutes_ago=minutes)
    assert Polling(engine, {"sms": [twilio]}).ask() == 0
    assert reads(ledger) == 0


def test_a_text_under_way_is_asked_for_less_and_less_often(
    engine: Engine, everything: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    a_sent_text(engine, twilio, everything, minutes_ago=6)
    polling = Polling(engine, {"sms": [twilio]})
    for _ in range(5):
        polling.ask()
    assert reads(ledger) == 1


def test_a_provider_that_does_not_answer_holds_up_nothing(
    engine: Engine, everything: Engine, twilio: Twilio
) -> None:
    message_id = a_sent_text(engine, twilio, everything, minutes_ago=6)
    dead = a_twilio(free_port())
    assert Polling(engine, {"sms": [dead]}).ask() == 0
    assert the_message(engine, message_id).state == "accepted"
    with pytest.raises(ProviderError):
        dead.report("SM1", others=False)


def test_an_answer_that_makes_no_sense_is_no_report(twilio: Twilio, ledger: Ledger) -> None:
    with pytest.raises(ProviderError, match="cannot be read"):
        twilio.report("SM0", others=False)
    ledger.texts.append({"sid": "SM1", "status": "exploded"})
    with pytest.raises(ProviderError, match="cannot be read"):
        twilio.report("SM1", others=False)
