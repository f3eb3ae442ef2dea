"""At opening each person hears once how their locations stand, also when nothing was missed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contract.events import LEAD_HELD, Envelope, LeadHeld
from notify import morning
from notify.parts import Parts
from tests.notify.builders import MARIA, OMAR, a_directory, an_alert, rows, run, the_contacts

OPENS = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # Monday 8:00 in Shafter
LATER = OPENS + timedelta(minutes=10)
DESK = "https://desk.example"


def tell(engine: Engine, at: datetime = LATER) -> int:
    (clinic,) = a_directory().clinics
    with engine.begin() as connection:
        return morning.tell(connection, clinic, at, desk_url=DESK)


def mails(engine: Engine) -> list[Any]:
    return list(rows(engine, "SELECT * FROM message WHERE kind = 'digest' ORDER BY address"))


def test_a_quiet_night_is_said_to_be_one(engine: Engine) -> None:
    the_contacts(engine, MARIA, OMAR)
    assert tell(engine) == 2
    mail = mails(engine)[0]
    assert mail.subject == "Nothing was missed · this morning"
    assert "no request waits" in mail.text
    assert DESK in mail.html


def test_each_person_hears_it_once_a_day(engine: Engine) -> None:
    the_contacts(engine, MARIA)
    assert [tell(engine) for _ in range(3)] == [1, 0, 0]
    assert tell(engine, LATER + timedelta(hours=1)) == 0
    assert tell(engine, LATER + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    "at", [OPENS - timedelta(minutes=10), OPENS + timedelta(hours=3), OPENS - timedelta(days=1)]
)
def test_it_comes_at_opening_and_at_no_other_time(engine: Engine, at: datetime) -> None:
    the_contacts(engine, MARIA)
    assert tell(engine, at) == 0


def test_what_waits_is_late_failed_or_held_is_counted(engine: Engine, parts: Parts) -> None:
    for _ in range(3):
        an_alert(engine, OMAR)
    run(engine, "UPDATE alert SET received_at = '2026-11-19T16:00Z'")
    run(
        engine,
        "UPDATE alert SET state = 'failed' WHERE id = (SELECT min(id::text)::uuid FROM alert)",
    )
    an_alert(engine, OMAR)
    run(engine, "UPDATE alert SET state = 'taken' WHERE received_at > '2026-11-21'")
    parts.inbox.take(held("held"))
    assert tell(engine) == 1
    text = mails(engine)[0].text
    assert mails(engine)[0].subject == "3 requests waiting · this morning"
    for words in (
        "3 waiting",
        "3 later than promised",
        "1 of which nobody could be told",
        "1 taken, not called",
        "1 held as possible spam",
    ):
        assert words in text


def held(state: str, *, at: datetime = OPENS) -> Envelope:
    event = LeadHeld(
        lead_id="lead-1", clinic="envista", location="shafter", state=state, at=at.isoformat()
    )

    return Envelope(id=uuid4(), name=LEAD_HELD, at=at, data=event.to_json())


def test_word_that_a_held_request_was_released_may_come_first(parts: Parts, engine: Engine) -> None:
    parts.inbox.take(held("released", at=OPENS + timedelta(seconds=1)))
    parts.inbox.take(held("held"))
    assert rows(engine, "SELECT state FROM held_lead") == [("released",)]


def test_it_names_no_request_and_nobody(engine: Engine) -> None:
    an_alert(engine, OMAR)
    tell(engine)
    assert "K7QF" not in mails(engine)[0].html


def test_a_clinic_without_forms_is_left_alone(engine: Engine) -> None:
    the_contacts(engine, MARIA)
    (clinic,) = a_directory().clinics
    with engine.begin() as connection:
        quiet = replace(clinic, forms=())
        assert morning.tell(connection, quiet, LATER, desk_url=DESK) == 0
