"""A confirmation to a patient: only who agreed, only where it is switched on, once a day."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import Engine, select, text, update

from contract.directory import Clinic, Directory
from contract.events import LEAD_ACCEPTED, MESSAGE_REQUESTED, Envelope
from leads import rotation, tables
from leads.app import acceptor_of, build_app
from leads.commands.held import run as run_held
from leads.holds import Releaser, call_spam
from leads.promise import promise
from leads.scope import scoped
from plumbing.database import connect
from plumbing.documents import Reader
from plumbing.envelopes import open_part
from plumbing.sealing import KeyRing
from plumbing.words import words_of
from tests.builders import a_clinic, a_directory, a_form, a_location
from tests.leads.conftest import Leads, a_reader, make_settings
from tests.servers import a_key

CONFIRMS = a_clinic(confirmations=("text", "email"), languages=("en", "es"))
MONDAY_NOON = datetime(2026, 11, 30, 20, tzinfo=UTC)  # in Los Angeles
AGREED = {"consent_text": "1", "consent_email": "1", "email": "ana@example.com"}


@pytest.fixture
def leads(tmp_path: Path, engine: Engine, everything: Engine, migrated: str) -> Leads:
    """One clinic confirms by both ways, the other by none."""
    settings = make_settings(tmp_path, database_url=migrated)
    directory = a_directory(CONFIRMS, a_clinic("silent"))
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


def hold_one(leads: Leads, **changes: str) -> str:
    """A request that is held as possible spam; its reference."""
    links = " ".join(f"http://{uuid4()}.example/" for _ in range(8))
    answer = leads.post(a_form(**{"message": links, "topic_code": "x"} | AGREED | changes))
    with leads.engine.begin() as connection:
        assert connection.scalar(select(tables.lead.c.state)) == "held"
        connection.execute(update(tables.lead_hold).values(release_at=datetime.now(UTC)))
    return answer.location.split("ref=")[1].split("&")[0]


def release(leads: Leads, jobs: Engine, clinic: Clinic = CONFIRMS) -> None:
    directory = a_reader(leads.settings.state_dir, a_directory(clinic))
    confirming = acceptor_of(leads.settings, jobs).confirming
    assert Releaser(jobs, confirming, directory).one_pass() == 1


@pytest.fixture
def jobs(migrated: str) -> Iterator[Engine]:
    """The relay's role, which reads nothing that patients typed."""
    engine = connect(migrated.replace("leads_app@", "leads_jobs@"), name="tests-jobs")
    yield engine
    engine.dispose()


def test_what_is_held_as_possible_spam_is_confirmed_by_nobody(leads: Leads) -> None:
    hold_one(leads)
    assert asked(leads) == []


def test_what_is_released_is_confirmed_then_and_promises_a_call_from_then_on(
    leads: Leads, jobs: Engine
) -> None:
    told = hold_one(leads, language="es")
    with time_machine.travel(MONDAY_NOON, tick=False):
        release(leads, jobs)
    sms, email = asked(leads)
    assert (sms["channel"], sms["to"]) == ("sms", "+16615550199")
    assert (email["channel"], email["to"]) == ("email", "ana@example.com")
    assert email["language"] == "es"
    assert email["values"] == {
        "reference": told,
        "promise": promise(words_of("leads", "es"), a_location("shafter"), MONDAY_NOON, "phone"),
    }


def test_a_person_at_the_desk_who_releases_has_it_confirmed_too(leads: Leads) -> None:
    told = hold_one(leads)
    with patch("leads.commands.held.directory_reader", lambda _settings: leads_directory(leads)):
        released = argparse.Namespace(what="release", references=[told], clinic="envista")
        assert run_held(released, leads.settings) == 0
    assert sorted(message["channel"] for message in asked(leads)) == ["email", "sms"]


def leads_directory(leads: Leads) -> Reader[Directory]:
    return a_reader(leads.settings.state_dir, a_directory(CONFIRMS))


def test_what_a_person_calls_spam_is_never_confirmed(leads: Leads, engine: Engine) -> None:
    hold_one(leads)
    with scoped(engine, ["envista"]) as scope, leads.engine.connect() as connection:
        lead_id = connection.scalar(select(tables.lead.c.id))
        assert call_spam(scope, lead_id, actor="operator")
    assert asked(leads) == []


def test_a_released_request_is_confirmed_once_a_day_like_any_other(
    leads: Leads, jobs: Engine
) -> None:
    hold_one(leads)
    leads.post(a_form(message="meanwhile", **AGREED))
    assert len(asked(leads)) == 2
    release(leads, jobs)
    assert len(asked(leads)) == 2


def test_a_clinic_that_confirms_no_more_sends_none_for_what_is_released(
    leads: Leads, jobs: Engine
) -> None:
    hold_one(leads)
    release(leads, jobs, replace(CONFIRMS, confirmations=("email",)))
    assert [message["channel"] for message in asked(leads)] == ["email"]


def test_whom_to_confirm_is_sealed_while_a_request_is_held_and_follows_a_new_key(
    leads: Leads, engine: Engine, jobs: Engine
) -> None:
    hold_one(leads)
    with leads.engine.connect() as connection:
        sealed = connection.scalar(select(tables.lead_hold.c.confirm_sealed))
        assert sealed is not None
        assert b"ana@" not in sealed
    new = a_key("new")
    old = leads.settings.seal_keys
    both = KeyRing.read(new)
    both._ciphers |= old._ciphers
    list(rotation.rotate(engine, both))
    leads.settings = replace(leads.settings, seal_keys=KeyRing.read(new))
    release(leads, jobs)
    assert len(asked(leads)) == 2


def test_a_confirmation_that_cannot_be_opened_does_not_hold_back_the_alert(
    leads: Leads, jobs: Engine
) -> None:
    hold_one(leads)
    with leads.engine.begin() as connection:
        connection.execute(update(tables.lead_hold).values(confirm_sealed=b"\x01\x01k damaged"))
    release(leads, jobs)
    with leads.engine.connect() as connection:
        names = set(connection.scalars(select(tables.outbox.c.name)))
    assert LEAD_ACCEPTED in names
    assert asked(leads) == []
