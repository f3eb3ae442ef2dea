"""Messages that leads asks for: in the reader's words, once, and nothing of what was typed."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contract.events import MESSAGE_REQUESTED, Envelope, MessageRequested
from notify.paper import KINDS
from notify.parts import Parts
from notify.settings import Settings
from plumbing.envelopes import seal_part
from plumbing.sealing import Unsealable
from tests.notify.builders import a_directory, rows

PATIENT = "ana@mail.example"
VALUES: dict[str, dict[str, str]] = {
    "confirmation": {"reference": "K7QF2MPD", "promise": "We call by 10:00 am on Monday."},
    "invitation": {"link": "https://desk.example/in/abc", "by": "June Harlan"},
    "confirm_address": {"link": "https://desk.example/confirm/abc"},
    "settings_changed": {"what": "Omar is told first in Shafter.", "by": "June Harlan"},
    "report": {"heading": "Requests in November", "lines": "12 requests\n11 reached"},
}


def asked(settings: Settings, *, to: str = PATIENT, values: object = None, **said: Any) -> Envelope:
    event_id = uuid4()
    known: dict[str, Any] = {
        "message_id": "m-1",
        "clinic": "envista",
        "location": "shafter",
        "template": "confirmation",
        "channel": "email",
    }
    event = MessageRequested(**known | said)
    given = VALUES.get(event.template, {}) if values is None else values
    return Envelope(
        id=event_id,
        name=MESSAGE_REQUESTED,
        at=datetime.now(UTC),
        data=event.to_json(),
        sealed=seal_part(settings.event_keys, event_id, {"to": to, "values": given}),
    )


@pytest.fixture
def sent(parts: Parts, settings: Settings, engine: Engine) -> Any:
    parts.reader.current = a_directory()

    def send(**said: Any) -> Any:
        """The captured message."""
        parts.inbox.take(asked(settings, **said))
        parts.delivery.send(rows(engine, "SELECT id FROM message")[0].id)
        return rows(engine, "SELECT * FROM captured")[0]

    return send


def test_a_patient_gets_a_confirmation_that_promises_no_appointment(sent: Any) -> None:
    mail = sent()
    assert (mail.kind, mail.address, mail.leads) == ("to_patient", PATIENT, ["K7QF2MPD"])
    assert mail.subject == "We have your request · Envista Medical"
    for words in ("K7QF 2MPD", "by 10:00 am on Monday", "not a booked", "(559) 555-0110", "911"):
        assert words in mail.text
        assert words in mail.html


def test_the_phone_is_one_tap_away_and_never_parted_at_the_end_of_a_line(sent: Any) -> None:
    html = sent().html
    (link,) = re.findall(r"<a [^>]*>\(559\) 555-0110</a>", html)
    assert 'href="tel:+15595550110"' in link
    assert "white-space: nowrap" in link


def test_a_confirmation_speaks_spanish(sent: Any) -> None:
    mail = sent(language="es", values={"reference": "K7QF2MPD"})
    assert mail.subject == "Recibimos su solicitud · Envista Medical"
    assert "no una cita" in mail.text
    assert '<html lang="es">' in mail.html


def test_a_confirmation_by_text_is_short(sent: Any) -> None:
    text = sent(channel="sms", to="+15595550142")
    assert text.text == (
        "Envista Medical: we have your request K7QF 2MPD."
        " We call by 10:00 am on Monday. Call (559) 555-0110"
    )
    assert len(text.text) <= 160


@pytest.mark.parametrize("template", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_every_template_is_sent_in_every_way(
    sent: Any, template: str, language: str, channel: str
) -> None:
    to = PATIENT if channel == "email" else "+15595550142"
    message = sent(template=template, language=language, channel=channel, to=to)
    assert message.kind == KINDS[template]
    assert message.text


def test_what_was_typed_has_no_place_in_a_confirmation(sent: Any) -> None:
    typed = {"name": "Xyzzy", "message": "Xyzzy", "reason": "Xyzzy"}
    assert "Xyzzy" not in str(sent(values=VALUES["confirmation"] | typed))


def test_values_are_words_and_never_markup(sent: Any) -> None:
    mail = sent(template="report", values={"heading": "<b>x</b>", "lines": "<script>"})
    assert "<b>" not in mail.html
    assert "<script>" not in mail.html


def test_the_same_message_is_sent_once(parts: Parts, settings: Settings, engine: Engine) -> None:
    for _ in range(3):  # three events, as leads may say it again
        parts.inbox.take(asked(settings))
    assert len(rows(engine, "SELECT 1 FROM message")) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"template": "poem"}, "no template 'poem'"),
        ({"channel": "pigeon"}, "no channel 'pigeon'"),
        ({"to": "nobody"}, "the e-mail address cannot be used"),
        ({"to": "+18765550123", "channel": "sms"}, "is abroad"),
        ({"values": {}}, "the value 'reference' is missing"),
        (
            {"template": "invitation", "values": {"link": "javascript:alert(1)"}},
            "the value 'link' is missing",
        ),
    ],
)
def test_what_cannot_be_sent_stays_with_leads_and_says_why(
    parts: Parts, settings: Settings, engine: Engine, said: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        parts.inbox.take(asked(settings, **said))
    assert not rows(engine, "SELECT 1 FROM message")


def test_an_address_from_another_event_does_not_open(parts: Parts, settings: Settings) -> None:
    first, second = asked(settings), asked(settings)
    mixed = Envelope(
        id=second.id, name=second.name, at=second.at, data=second.data, sealed=first.sealed
    )
    with pytest.raises(Unsealable):
        parts.inbox.take(mixed)


def test_the_address_is_in_no_audit_entry(parts: Parts, settings: Settings, engine: Engine) -> None:
    parts.inbox.take(asked(settings))
    assert PATIENT not in str(rows(engine, "SELECT * FROM audit"))
