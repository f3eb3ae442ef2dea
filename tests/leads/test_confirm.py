"""A confirmation to a patient: only who agreed, only where it is switched on, once a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, text, update

from contract.events import MESSAGE_REQUESTED, Envelope
from leads import tables
from leads.app import build_app
from plumbing.envelopes import open_part
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings

AGREED = {"consent_text": "1", "consent_email": "1", "email": "ana@example.com"}


@pytest.fixture
def leads(tmp_path: Path, engine: Engine, everything: Engine, migrated: str) -> Leads:
    """One clinic confirms by both ways, the other by none."""
    settings = make_settings(tmp_path, database_url=migrated)
    directory = a_directory(
        a_clinic(confirmations=("text", "email"), languages=("en", "es")), a_clinic("silent")
    )
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, directory))
    with everything.begin() as connection:
        connection.execute(text("TRUNCATE lead, outbox, confirmation CASCADE"))
    return Leads(client=app.test_client(), engine=everything, settings=settings)


def asked(leads: Leads) -> list[dict[str, object]]:
    """What notify is asked to send, opened."""
    box = tables.outbox.c
    with leads.engine.connect() as connection:
        rows = connection.execute(select(box).where(box.name == MESSAGE_REQUESTED).order_by(box.at))
        return [
            row.data
            | open_part(
                leads.settings.event_keys,
                Envelope(id=row.id, name=row.name, at=row.at, data=row.data, sealed=row.sealed),
            )
            for row in rows
        ]


def test_who_agreed_is_sent_the_reference_and_the_promise_and_nothing_typed(leads: Leads) -> None:
    answer = leads.post(a_form(message="canary words", name="Canary Name", **AGREED))
    told = answer.location.split("ref=")[1].split("&")[0]
    sms, email = asked(leads)
    assert (sms["channel"], sms["to"]) == ("sms", "+16615550199")
    assert (email["channel"], email["to"]) == ("email", "ana@example.com")
    for message in (sms, email):
        assert message["template"] == "confirmation"
        assert message["values"]["reference"] == told  # type: ignore[index]
        assert "not a booked appointment" in message["values"]["promise"]  # type: ignore[index]
        assert "anary" not in str(message)


def test_the_address_is_sealed_on_its_way(leads: Leads) -> None:
    leads.post(a_form(message="sealed", **AGREED))
    with leads.engine.connect() as connection:
        rows = connection.execute(select(tables.outbox)).mappings()
        assert not [row for row in rows if "ana@" in str(dict(row)) or "5550199" in str(dict(row))]


@pytest.mark.parametrize(
    ("form", "host"),
    [
        ({}, "envista.example"),
        ({"email": "ana@example.com", "consent_voicemail": "1"}, "envista.example"),
        (AGREED, "silent.example"),
        ({"phone": "+1 876 555 0123", "consent_text": "1"}, "envista.example"),
        ({"phone": "(800) 555-0199", "consent_text": "1"}, "envista.example"),
    ],
)
def test_nobody_else_is_sent_one(leads: Leads, form: dict[str, str], host: str) -> None:
    assert leads.post(a_form(message="none", **form), host=host).status_code == 303
    assert asked(leads) == []


def test_an_address_is_sent_one_a_day_however_often_it_is_written(leads: Leads) -> None:
    for number in range(5):
        email = "ana@example.com" if number % 2 else "ANA@example.com"
        leads.post(a_form(message=f"flood {number}", **AGREED | {"email": email}))
    assert sorted(message["channel"] for message in asked(leads)) == ["email", "sms"]
    with leads.engine.begin() as connection:
        connection.execute(
            update(tables.confirmation).values(asked_at=datetime.now(UTC) - timedelta(hours=25))
        )
    leads.post(a_form(message="next day", **AGREED))
    assert len(asked(leads)) == 4


def test_the_same_request_twice_is_confirmed_once(leads: Leads) -> None:
    for _ in range(2):
        leads.post(a_form(message="twice", **AGREED))
    assert len(asked(leads)) == 2


def test_a_confirmation_is_in_the_language_of_the_form(leads: Leads) -> None:
    leads.post(a_form(message="es", language="es", **AGREED))
    assert asked(leads)[0]["language"] == "es"
    assert "no una cita confirmada" in asked(leads)[0]["values"]["promise"]  # type: ignore[index]


def test_consent_is_kept_with_the_version_of_its_wording(leads: Leads) -> None:
    leads.post(a_form(message="consents", form="wording-9", **AGREED))
    with leads.engine.connect() as connection:
        rows = connection.execute(select(tables.consent.c.what, tables.consent.c.wording))
        assert sorted(map(tuple, rows)) == [("email", "wording-9"), ("text", "wording-9")]


def test_what_is_held_as_possible_spam_is_confirmed_by_nobody(leads: Leads) -> None:
    links = " ".join(f"http://{uuid4()}.example/" for _ in range(8))
    leads.post(a_form(message=links, topic_code="x", **AGREED))
    with leads.engine.connect() as connection:
        assert connection.scalar(select(tables.lead.c.state)) == "held"
    assert asked(leads) == []
