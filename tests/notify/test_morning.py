"""At opening each person hears once how their locations stand, also when nothing was missed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contract.directory import Brand, Directory
from contract.events import LEAD_HELD, Envelope, LeadHeld
from notify import contacts, morning
from notify.alertbook import ClinicAlerts
from notify.delivery import Delivery
from notify.parts import Parts
from notify.providers import ProviderError
from tests.notify.builders import (
    MARIA,
    OMAR,
    FakeProvider,
    a_directory,
    an_alert,
    rows,
    run,
    the_contacts,
)
from tests.notify.test_stuck import UNREGISTERED

OPENS = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # Monday 8:00 in Shafter
LATER = OPENS + timedelta(minutes=10)
DESK = "https://desk.example"


def tell(engine: Engine, at: datetime = LATER) -> int:
    return morning.tell(engine, a_directory(), at, desk_url=DESK)


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
    quiet = Directory(version=1, clinics=(replace(clinic, forms=()),))
    assert morning.tell(engine, quiet, LATER, desk_url=DESK) == 0


def two_clinics(*, opens_later: bool = False) -> Directory:
    """The second one, in the East, opened three hours before the first if not `opens_later`."""
    (clinic,) = a_directory().clinics
    zone = "Pacific/Honolulu" if opens_later else "America/Los_Angeles"
    other = replace(clinic.locations[0], slug="hilo", name="Hilo", zone=zone)
    second = replace(clinic, slug="kosak", name="Kosak Family", locations=(other,))
    return Directory(version=1, clinics=(clinic, second))


def the_same_person_at_both(engine: Engine) -> None:
    the_contacts(engine, MARIA, OMAR)
    mine = replace(MARIA, key="m", email="Maria@Envista.example")
    tells = ClinicAlerts(clinic="kosak", contacts=(mine,), tell={"hilo": ("m",)})
    contacts.store(engine, tells)


def test_who_holds_several_contacts_gets_one_mail_with_a_section_for_each_clinic(
    engine: Engine,
) -> None:
    the_same_person_at_both(engine)
    run(engine, "UPDATE contact SET email = lower(email)")
    an_alert_waits(engine)
    assert morning.tell(engine, two_clinics(), LATER, desk_url=DESK) == 2
    maria, omar = mails(engine)
    assert maria.subject == "1 request waiting · this morning"
    text = maria.text
    assert text.index("Envista Medical") < text.index("Shafter: 1 waiting")
    assert text.index("Shafter: 1 waiting") < text.index("Kosak Family")
    assert "Hilo: no request waits" in text
    assert "Kosak" not in omar.text
    assert morning.tell(engine, two_clinics(), LATER, desk_url=DESK) == 0


def test_spelling_of_the_address_makes_no_second_person(engine: Engine) -> None:
    the_same_person_at_both(engine)
    assert morning.tell(engine, two_clinics(), LATER, desk_url=DESK) == 2


def test_it_comes_at_the_first_opening_and_not_again_at_the_second(engine: Engine) -> None:
    the_same_person_at_both(engine)
    directory = two_clinics(opens_later=True)
    assert morning.tell(engine, directory, LATER, desk_url=DESK) == 2
    assert "Kosak Family" in mails(engine)[0].text
    assert morning.tell(engine, directory, LATER + timedelta(hours=2), desk_url=DESK) == 0


def an_alert_waits(engine: Engine) -> None:
    an_alert(engine, OMAR, MARIA)
    run(engine, "UPDATE alert SET received_at = '2026-11-23T15:00Z'")


def refuse_texts(engine: Engine, clinic: str = "envista") -> None:
    """As a provider does whose number the carriers do not know."""
    the_contacts(engine, MARIA)
    an_alert(engine, MARIA)
    fake = FakeProvider()
    fake.answers = [ProviderError(UNREGISTERED, permanent=True, only_here=True)]
    delivery = Delivery(engine=engine, providers={"sms": [fake], "email": [FakeProvider("mail")]})
    for row in rows(engine, "SELECT id FROM message WHERE state = 'queued' ORDER BY channel DESC"):
        delivery.send(row.id)
    run(engine, f"UPDATE message SET clinic = '{clinic}'")  # noqa: S608
    run(engine, "UPDATE alert SET state = 'settled'")


def test_a_number_that_is_not_registered_is_said_in_plain_words(engine: Engine) -> None:
    refuse_texts(engine)
    assert tell(engine) == 1
    mail = mails(engine)[0]
    assert mail.subject == "Something to look at · this morning"
    assert (
        "Texts were refused once in 24 hours: your SMS number is not registered with the carriers"
        in mail.text
    )
    assert "Tell whoever runs Frontdesk" in mail.html


def test_what_another_clinics_texts_met_is_not_said(engine: Engine) -> None:
    refuse_texts(engine, clinic="another")
    assert tell(engine) == 1
    assert mails(engine)[0].subject == "Nothing was missed · this morning"


def test_it_wears_the_clinics_colors(engine: Engine) -> None:
    (clinic,) = a_directory().clinics
    branded = replace(clinic, brand=Brand(color="#123456", on_color="#fefefe"))
    the_contacts(engine, MARIA)
    directory = Directory(version=1, clinics=(branded,))
    morning.tell(engine, directory, LATER, desk_url=DESK)
    assert "background: #123456; color: #fefefe" in mails(engine)[0].html
