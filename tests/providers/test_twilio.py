"""Texts: the request as Twilio wants it, its errors in words, and looking for a lost one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from notify.providers import Outgoing, ProviderError
from notify.providers.twilio import Twilio
from notify.providers.twilio_errors import CONFIGURATION, PERMANENT, TEMPORARY
from tests.providers.builders import a_message
from tests.providers.conftest import a_twilio
from tests.providers.twilio_server import Ledger


def error_of(adapter: Twilio, ledger: Ledger, fault: str) -> ProviderError:
    ledger.faults = [fault]
    with pytest.raises(ProviderError) as raised:
        adapter.send(a_message("sms"))
    return raised.value


@pytest.fixture
def reported(text_server: int) -> Iterator[Twilio]:
    """With an address for Twilio's reports."""
    adapter = a_twilio(text_server, public_url="https://desk.clinics.example/")
    yield adapter
    adapter.close()


def test_the_request_is_the_one_that_twilio_documents(twilio: Twilio, ledger: Ledger) -> None:
    message = a_message("sms", text="Shafter: new request & more, K7QF 2MPD + sí")
    accepted = twilio.send(message)
    assert ledger.requests == [
        {
            "path": "/2010-04-01/Accounts/ACtest/Messages.json",
            "To": "+15595550101",
            "From": "+15595550142",
            "Body": "Shafter: new request & more, K7QF 2MPD + sí",
            "ValidityPeriod": "900",
        }
    ]
    assert accepted.ref == ledger.texts[0]["sid"]


def test_reports_are_asked_for_where_there_is_an_address(reported: Twilio, ledger: Ledger) -> None:
    reported.send(a_message("sms"))
    callback = "https://desk.clinics.example/alerts/twilio/status"
    assert ledger.requests[0]["StatusCallback"] == callback


def test_a_clinics_own_number_is_the_sender(twilio: Twilio, ledger: Ledger) -> None:
    twilio.send(a_message("sms", sms_from="+15595550199"))
    assert ledger.requests[0]["From"] == "+15595550199"


def test_a_messaging_service_is_named_as_one(twilio: Twilio, ledger: Ledger) -> None:
    twilio.send(a_message("sms", sms_from="MG0123"))
    assert ledger.requests[0]["MessagingServiceSid"] == "MG0123"
    assert "From" not in ledger.requests[0]


@pytest.mark.parametrize("code", sorted(PERMANENT))
def test_what_is_so_for_this_number_is_permanent(twilio: Twilio, ledger: Ledger, code: int) -> None:
    error = error_of(twilio, ledger, str(code))
    assert (error.permanent, error.unknown) == (True, False)
    assert str(code) in error.reason


@pytest.mark.parametrize("code", sorted(CONFIGURATION.keys() | TEMPORARY.keys()))
def test_what_somebody_can_mend_is_tried_again(twilio: Twilio, ledger: Ledger, code: int) -> None:
    error = error_of(twilio, ledger, str(code))
    assert (error.permanent, error.unknown) == (False, False)


@pytest.mark.parametrize(
    ("fault", "permanent", "unknown", "retry_after_s"),
    [
        ("21999", True, False, None),
        ("busy", False, False, 7),
        ("unavailable", False, False, None),
        ("http-429", False, False, None),
        ("http-503", False, False, None),
        ("http-500", False, True, None),
        ("http-502", False, True, None),
        ("http-504", False, True, None),
        ("http-400", False, False, None),
        ("http-404", False, False, None),
        ("redirect", False, False, None),
        ("huge-refusal", False, False, None),
        ("huge", False, True, None),
        ("junk", False, True, None),
        ("lost", False, True, None),
        ("reset", False, True, None),
    ],
)
def test_every_answer_has_its_sort(
    twilio: Twilio,
    ledger: Ledger,
    fault: str,
    *,
    permanent: bool,
    unknown: bool,
    retry_after_s: float | None,
) -> None:
    error = error_of(twilio, ledger, fault)
    assert (error.permanent, error.unknown) == (permanent, unknown)
    assert error.retry_after_s == retry_after_s
    assert len(ledger.requests) == 1  # no redirect followed, nothing tried twice


def test_an_unregistered_number_is_said_in_plain_words(twilio: Twilio, ledger: Ledger) -> None:
    error = error_of(twilio, ledger, "30034")
    assert error.reason == "your SMS number is not registered with the carriers (30034)"


def test_a_wrong_token_is_a_fault_of_the_configuration(text_server: int, ledger: Ledger) -> None:
    adapter = a_twilio(text_server, token="wrong")
    error = error_of(adapter, ledger, "ok")
    adapter.close()
    assert error.reason == "configuration: Twilio refuses the account SID or auth token (20003)"
    assert not error.permanent


def test_one_connection_serves_many_texts(twilio: Twilio, ledger: Ledger) -> None:
    for _ in range(5):
        twilio.send(a_message("sms"))
    assert len(twilio._http._pool.connections) == 1
    assert len(ledger.texts) == 5


# --- looking for a text whose answer was lost --------------------------------------------------


def test_a_text_whose_answer_was_lost_is_found(twilio: Twilio, ledger: Ledger) -> None:
    ledger.faults = ["lost"]
    message = a_message("sms")
    with pytest.raises(ProviderError):
        twilio.send(message)
    twilio.send(a_message("sms"))
    assert twilio.find(message) == ledger.texts[0]["sid"]


def test_what_was_never_sent_is_not_found(twilio: Twilio) -> None:
    twilio.send(a_message("sms"))
    assert twilio.find(a_message("sms")) is None


@pytest.mark.parametrize("ignores_filters", [False, True])
def test_the_same_words_to_another_number_are_another_text(
    twilio: Twilio, ledger: Ledger, *, ignores_filters: bool
) -> None:
    ledger.ignores_filters = ignores_filters
    message = a_message("sms")
    twilio.send(message)
    assert twilio.find(a_message("sms", text=message.text, to="+15595550102")) is None


def test_the_same_words_of_yesterday_are_another_text(twilio: Twilio) -> None:
    message = a_message("sms")
    twilio.send(message)
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert twilio.find(a_message("sms", text=message.text, created_at=later)) is None


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_a_text_that_failed_is_better_sent_again(
    twilio: Twilio, ledger: Ledger, status: str
) -> None:
    message = a_message("sms")
    twilio.send(message)
    ledger.texts[0]["status"] = status
    assert twilio.find(message) is None


def test_the_words_that_a_trial_account_puts_before_ours_do_not_hide_it(
    twilio: Twilio, ledger: Ledger
) -> None:
    message = a_message("sms")
    twilio.send(message)
    ledger.texts[0]["body"] = f"Sent from your Twilio trial account - {message.text}"
    assert twilio.find(message) == ledger.texts[0]["sid"]


def test_one_of_many_texts_to_a_busy_number_is_found(twilio: Twilio, ledger: Ledger) -> None:
    message = a_message("sms")
    twilio.send(message)
    others(ledger, message, 999)
    assert twilio.find(message) == ledger.texts[0]["sid"]


def test_among_many_texts_to_a_busy_number_it_is_known_not_to_be_there(
    twilio: Twilio, ledger: Ledger
) -> None:
    message = a_message("sms")
    others(ledger, message, 999)
    assert twilio.find(message) is None


def test_a_list_that_may_go_on_is_no_proof_that_it_is_not_there(
    twilio: Twilio, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = a_message("sms")
    others(ledger, message, 1000)
    with pytest.raises(ProviderError, match="too many texts"):
        twilio.find(message)
    shorter = {"messages": ledger.texts[:9], "next_page_uri": "/2010-04-01/Accounts/…"}
    monkeypatch.setattr("notify.providers.twilio._json_object", lambda _: shorter)
    with pytest.raises(ProviderError, match="too many texts"):
        twilio.find(message)


def others(ledger: Ledger, message: Outgoing, count: int) -> None:
    """So many other texts were taken for the same number meanwhile."""
    for n in range(count):
        ledger.take("ACtest", {"To": message.to, "From": "+15595550142", "Body": f"text {n}"})


@pytest.mark.parametrize("body", [None, 7, "messages", {}, [1, None, {"sid": 5}]])
def test_a_list_that_cannot_be_read_proves_nothing(
    twilio: Twilio, ledger: Ledger, body: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.providers.twilio._json_object", lambda _: {"messages": body})
    message = a_message("sms")
    if isinstance(body, list):
        assert twilio.find(message) is None
        return
    with pytest.raises(ProviderError, match="cannot be read"):
        twilio.find(message)
