"""Whether a provider would take a message is told without one, and soon."""

import time

import pytest

from notify.providers import ProviderError, Reachable
from notify.providers.smtp import HURRIED_S, Smtp
from notify.providers.twilio import Twilio
from tests.providers.builders import a_message, hang, raw_server, say
from tests.providers.conftest import a_twilio, an_smtp
from tests.providers.smtp_sink import Sink
from tests.providers.twilio_server import Ledger
from tests.servers import free_port


def not_reached(adapter: Reachable) -> str:
    with pytest.raises(ProviderError) as raised:
        adapter.reach()
    return raised.value.reason


def test_a_mail_server_that_is_there_gets_no_mail(smtp: Smtp, sink: Sink) -> None:
    smtp.reach()
    assert sink.taken == []
    smtp.send(a_message())
    assert len(sink.taken) == 1


def test_a_mail_server_that_is_not_there() -> None:
    assert not_reached(an_smtp(free_port())) == "mail server refuses the connection"


def test_a_mail_server_that_does_not_greet_costs_seconds() -> None:
    with raw_server(hang) as port:
        start = time.monotonic()
        assert not_reached(an_smtp(port)) == "mail server does not answer"
        assert time.monotonic() - start < HURRIED_S + 1


def test_a_mail_server_that_will_not_have_us() -> None:
    with raw_server(say(b"421 closed for the night\r\n")) as port:
        assert "421" in not_reached(an_smtp(port))


def test_a_sign_in_that_is_refused() -> None:
    lines = (b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN\r\n", b"535 no\r\n")
    with raw_server(say(*lines)) as port:
        assert "sign-in was refused" in not_reached(an_smtp(port, login="us:wrong@"))


def test_texts_that_could_be_sent_are_none(twilio: Twilio, ledger: Ledger) -> None:
    twilio.reach()
    assert ledger.texts == []


def test_a_twilio_that_is_not_there_or_refuses_us(text_server: int) -> None:
    for adapter, reason in (
        (a_twilio(free_port()), "Twilio: cannot be reached"),
        (a_twilio(text_server, token="wrong"), "configuration: Twilio refuses us (HTTP 401)"),
    ):
        assert not_reached(adapter) == reason
        adapter.close()
