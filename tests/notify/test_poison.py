"""A message that breaks whoever sends it delays no other, is given up, and is told of in words."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from notify.calling import MISTAKES
from notify.delivery import Delivery, Times
from notify.escalation import Escalation
from notify.providers import Accepted, Outgoing
from notify.providers.accounts import SmtpAccount, TwilioAccount
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from notify.senders import Senders
from notify.wanted import Wanted
from tests.notify.builders import (
    MARIA,
    OMAR,
    FakeFinder,
    FakeProvider,
    an_alert,
    eventually,
    rows,
    run,
    the_message,
)
from tests.notify.test_delivery import due_now
from tests.notify.test_stuck import report
from tests.providers import twilio_server
from tests.system.ledgers import MailLedger, mail_server

QUICK = Times(lease_s=0.3, settle_s=0.2, ask_s=0.1, ask_at_most_s=0.3)


class Breaking(FakeProvider):
    """Falls over each time it is given the message `poison`."""

    poison: UUID | None = None

    def send(self, message: Outgoing) -> Accepted:
        accepted = super().send(message)
        if message.id == self.poison:
            "\ud800".encode()
        return accepted


def a_delivery(engine: Engine, *providers: FakeProvider) -> Delivery:
    return Delivery(engine=engine, providers={"email": providers, "sms": providers}, times=QUICK)


def send_until_over(engine: Engine, delivery: Delivery, message_id: UUID) -> str:
    """As the sweep does it: again and again; the state at the end."""

    def over() -> bool:
        due_now(engine)
        delivery.send(message_id)
        return the_message(engine, message_id).state not in {"queued", "sending", "unknown"}

    eventually(over)
    return str(the_message(engine, message_id).state)


def test_it_delays_no_other(engine: Engine) -> None:
    fake = Breaking()
    fake.poison = an_alert(engine)
    others = [an_alert(engine) for _ in range(12)]
    senders = Senders(a_delivery(engine, fake), threads=1)
    for message_id in (fake.poison, *others):
        senders.send([Wanted("email", message_id, "envista")])
    eventually(lambda: all(the_message(engine, one).state == "accepted" for one in others))
    senders.close()
    assert [call.id for call in fake.calls].count(fake.poison) == 1


def test_it_is_given_up_after_its_attempts_and_told_where_people_look(engine: Engine) -> None:
    fake = Breaking("smtp:mail.example")
    fake.poison = an_alert(engine)
    assert send_until_over(engine, a_delivery(engine, fake), fake.poison) == "failed_permanent"
    assert len(fake.calls) == MISTAKES
    why = "smtp:mail.example cannot handle this message (UnicodeEncodeError)"
    assert f"envista: 1 by email failed for good in 24 hours: {why}" in report(engine)
    told = rows(engine, "SELECT data FROM outbox WHERE data ->> 'what' = 'failed'")[0].data
    assert told["reason"] == why


def test_another_provider_that_can_handle_it_sends_it(engine: Engine) -> None:
    first, second = Breaking("a"), FakeProvider("b")
    first.poison = an_alert(engine)
    assert send_until_over(engine, a_delivery(engine, first, second), first.poison) == "accepted"
    assert len(second.calls) == 1


def test_the_next_contact_is_told_instead(engine: Engine) -> None:
    fake = Breaking()
    fake.poison = an_alert(engine, OMAR, MARIA)
    send_until_over(engine, a_delivery(engine, fake), fake.poison)

    class NoDirectory:
        current = None

    Escalation(
        engine=engine,
        reader=NoDirectory(),  # type: ignore[arg-type]
        desk_url="https://desk.example",
    ).work()
    assert "maria@envista.example" in [row.address for row in rows(engine, "TABLE message")]


def test_a_question_that_breaks_the_adapter_holds_it_up_for_a_while_only(engine: Engine) -> None:
    class Broken(FakeFinder):
        def find(self, _message: Outgoing) -> str | None:
            raise KeyError("messages")

    fake = Broken()
    fake.answers = [_broken]
    assert send_until_over(engine, a_delivery(engine, fake), an_alert(engine)) == "accepted"


def _broken() -> Accepted:
    raise KeyError("sid")


ROWS = {
    "no address": "address = ''",
    "an address that is none": "address = 'maria at home'",
    "a line break in the subject": "subject = 'New' || chr(10) || 'Bcc: x@y.example'",
    "control characters": "text = chr(1) || chr(27) || chr(127), subject = 'New' || chr(8)",
    "no words": "text = '', subject = '', html = ''",
    "characters that are none": "text = chr(65535) || chr(64975), subject = 'x' || chr(65534)",
    "one very long line": "text = repeat('x', 100000), html = repeat('<b>', 100000)",
    "another way to write": "text = chr(8238) || 'abc', subject = chr(8238) || chr(128556)",
}


@pytest.fixture
def real(engine: Engine) -> Iterator[Delivery]:
    """The real adapters, with a mail server and a text provider that take everything."""
    with mail_server(MailLedger()) as mail, twilio_server.serving(twilio_server.Ledger()) as texts:
        smtp = f"smtp://127.0.0.1:{mail}/?from=alerts@clinics.example"
        twilio = f"twilio://AC1:secret@127.0.0.1:{texts}/?from=%2B15595550100&scheme=http"
        mailing, texting = Smtp(SmtpAccount.read(smtp)), Twilio(TwilioAccount.read(twilio))
        providers = {"email": [mailing], "sms": [texting]}
        yield Delivery(engine=engine, providers=providers, times=QUICK)
        mailing.close()
        texting.close()


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_whatever_a_row_holds_it_ends_and_those_beside_it_go_out(
    engine: Engine, real: Delivery, change: str, channel: str
) -> None:
    an_alert(engine, MARIA)
    run(engine, f"UPDATE message SET {change}")  # noqa: S608
    (poison,) = [row.id for row in rows(engine, "TABLE message") if row.channel == channel]
    state = send_until_over(engine, real, poison)
    assert send_until_over(engine, real, an_alert(engine, OMAR)) == "accepted"
    if state == "failed_permanent":
        with engine.connect() as connection:
            why = connection.execute(text("SELECT reason FROM outcome WHERE reason <> ''")).all()
        assert any(f"1 by {channel} failed for good" in line for line in report(engine))
        assert why
