"""A confirmation on its whole way: from the patient's consent to the message on their phone."""

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until
from tests.system.test_one_request import CLINIC

WITHIN_S = 30
SAYS = {
    "en": ("we have your request", "not a booked appointment"),
    "es": ("recibimos su solicitud", "no una cita confirmada"),
}


def confirmations(copy: Copy, told: str) -> list[dict[str, object]]:
    """What the patient was sent about a request, the e-mail first."""
    found = [
        message
        for message in copy.messages()
        if message["kind"] == "to_patient" and told in message["leads"]  # type: ignore[operator]
    ]
    return sorted(found, key=lambda message: str(message["channel"]))


@pytest.mark.parametrize(("language", "number"), [("en", 71), ("es", 72)])
def test_who_agreed_has_it_by_email_and_text_in_their_language_once_a_day(
    copy: Copy, language: str, number: int
) -> None:
    typed = a_form(
        location="marsden",
        language=language,
        name="Canary Name",
        message="canary sentence",
        phone=f"(661) 555-01{number}",
        email=f"canary-{language}@example.com",
        consent_text="1",
        consent_email="1",
    )
    told = reference(copy.post(CLINIC, typed))
    assert wait_until(lambda: len(confirmations(copy, told)) == 2, seconds=WITHIN_S)
    email, sms = confirmations(copy, told)
    assert (email["channel"], email["to"]) == ("email", f"canary-{language}@example.com")
    assert (sms["channel"], sms["to"]) == ("sms", f"+166155501{number}")
    received, not_booked = SAYS[language]
    for message in (email, sms):
        said = f"{message['subject']} {message['text']}"
        assert received in said.lower()
        assert f"{told[:4]} {told[4:]}" in said
        assert "anary" not in said + str(message["html"])
    assert not_booked in str(email["text"])
    again = reference(copy.post(CLINIC, typed | {"message": "canary again"}))
    assert again != told
    assert wait_until(lambda: again in copy.alerted(), seconds=WITHIN_S)
    assert confirmations(copy, again) == []


def test_who_did_not_agree_has_none(copy: Copy) -> None:
    fields = a_form(location="marsden", email="no@example.com", message="no confirmation")
    told = reference(copy.post(CLINIC, fields))
    assert wait_until(lambda: told in copy.alerted(), seconds=WITHIN_S)
    assert confirmations(copy, told) == []
