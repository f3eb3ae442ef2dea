"""Who is told, in which order, on which channels, and why."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import Engine

from notify.alertbook import Absence, Contact, Quiet
from tests.notify.builders import MARIA, OMAR, rows, run
from tests.notify.clockwork import Clockwork, local

ROSA = Contact(
    key="rosa", name="Rosa", email="rosa@envista.example", sms="+15595550103", speaks=("en", "es")
)
NIGHT = local("2026-11-23 22:00")  # a Monday
OPENING = local("2026-11-24 08:00")


@pytest.fixture
def clock(engine: Engine) -> Clockwork:
    return Clockwork(engine, local("2026-11-23 09:00"))


def but(person: Contact, **changes: object) -> Contact:
    values = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return Contact(**values | changes)


def why(engine: Engine) -> list[list[str]]:
    return [row.why for row in rows(engine, "SELECT why FROM step WHERE state = 'done' ORDER BY n")]


def off(first: int, last: int, cover: str = "") -> tuple[Absence, ...]:
    return (Absence(first=date(2026, 11, first), last=date(2026, 11, last), cover=cover),)


def test_who_is_off_is_covered_and_the_reason_is_kept(clock: Clockwork) -> None:
    clock.contacts(but(MARIA, off=off(22, 23, "rosa")), OMAR, ROSA, tell=("maria", "omar"))
    lead = clock.lead()
    assert clock.told(lead) == ["alert rosa email sms"]
    assert why(clock.engine) == [["Maria is off through Monday, November 23, Rosa covers"]]
    clock.at(local("2026-11-24 09:00"))  # Maria is back
    assert clock.told(clock.lead()) == ["alert maria email sms"]


def test_whoever_is_no_contact_any_more_neither_covers_nor_is_told(clock: Clockwork) -> None:
    maria = but(MARIA, off=off(22, 23, "rosa"))
    clock.contacts(maria, OMAR, ROSA, tell=("rosa", "maria", "omar"))
    run(clock.engine, "UPDATE contact SET removed_at = now() WHERE key = 'rosa'")
    assert clock.told(clock.lead()) == ["alert omar email"]


def test_who_is_off_without_cover_is_passed_over(clock: Clockwork) -> None:
    clock.contacts(but(MARIA, off=off(23, 23)), OMAR)
    assert clock.told(clock.lead()) == ["alert omar email"]
    assert why(clock.engine) == [["Maria is off through Monday, November 23, nobody covers"]]


def test_covers_that_are_off_too_are_followed_and_never_in_a_circle(clock: Clockwork) -> None:
    maria, omar = but(MARIA, off=off(23, 23, "omar")), but(OMAR, off=off(23, 23, "maria"))
    clock.contacts(maria, omar, ROSA)
    assert clock.told(clock.lead()) == ["alert rosa email sms"]


def test_when_everybody_is_off_nobody_is_passed_over(clock: Clockwork) -> None:
    clock.contacts(but(MARIA, off=off(23, 23)), but(OMAR, off=off(23, 23)))
    assert clock.told(clock.lead()) == ["alert maria email sms"]
    assert why(clock.engine) == [["everybody is off, so nobody is passed over"]]


def test_who_speaks_the_patients_language_comes_first(clock: Clockwork) -> None:
    clock.contacts(MARIA, OMAR, ROSA)
    lead = clock.lead(speaks="es-MX")
    assert clock.told(lead) == ["alert rosa email sms"]
    assert why(clock.engine) == [["Spanish is wanted, and Rosa speaks it"]]
    clock.after(minutes=10)
    assert clock.told(lead)[1:] == ["escalation maria email sms"]


def test_a_language_that_nobody_speaks_delays_nothing(clock: Clockwork) -> None:
    clock.contacts(MARIA, ROSA)
    assert clock.told(clock.lead(speaks="fr")) == ["alert maria email sms"]
    assert why(clock.engine) == [["fr is wanted, nobody here speaks it"]]


def test_in_quiet_hours_nobody_is_texted(clock: Clockwork) -> None:
    quiet = (Quiet(starts=time(21), ends=time(7)),)
    texts = Contact(key="tom", name="Tom", email=None, sms="+15595550104", quiet=quiet)
    clock.now = NIGHT
    clock.contacts(but(MARIA, quiet=quiet))
    assert clock.told(clock.lead()) == ["alert maria email"]
    clock.contacts(texts)
    lead = clock.lead()
    assert clock.told(lead) == []
    assert clock.due(lead) == ("alert", local("2026-11-24 07:00"))
    clock.at(local("2026-11-24 07:00"))
    assert clock.told(lead) == ["alert tom sms"]


@pytest.mark.parametrize(
    ("now", "quiet", "told_at"),
    [
        # at 2:00 it is 1:00 again, half an hour before the quiet hours begin once more
        ("2026-11-01T08:42Z", (time(1, 30), time(3)), "2026-11-01T09:00Z"),
        ("2026-11-01T09:30Z", (time(1, 30), time(3)), "2026-11-01T11:00Z"),
        ("2026-11-01T08:42Z", (time(0), time(1, 45)), "2026-11-01T08:45Z"),
        ("2026-11-01T08:42:30Z", (time(22), time(7)), "2026-11-01T15:00Z"),
        # after 1:59 it is 3:00: what ends at 2:30 has ended
        ("2027-03-14T09:45Z", (time(1, 30), time(2, 30)), "2027-03-14T10:00Z"),
        ("2027-03-14T09:45Z", (time(1, 30), time(7)), "2027-03-14T14:00Z"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_nights_when_it_is_changed(
    clock: Clockwork, now: str, quiet: tuple[time, time], told_at: str
) -> None:
    starts, ends = quiet
    clock.now = datetime.fromisoformat(now)
    clock.contacts(but(MARIA, email=None, quiet=(Quiet(starts=starts, ends=ends),)))
    assert clock.due(clock.lead()) == ("alert", datetime.fromisoformat(told_at))


def test_who_can_be_told_now_goes_before_who_cannot(clock: Clockwork) -> None:
    texts = but(MARIA, email=None, quiet=(Quiet(starts=time(21), ends=time(7)),))
    clock.now = NIGHT
    clock.contacts(texts, OMAR)
    assert clock.told(clock.lead()) == ["alert omar email"]


def test_what_is_held_goes_out_at_opening_in_one_message_for_each_person(
    clock: Clockwork,
) -> None:
    clock.now = NIGHT
    clock.contacts(MARIA, OMAR, after_hours="hold")
    leads = [clock.lead(reference=f"K7QF2MP{n}") for n in range(1, 5)]
    assert [clock.told(lead) for lead in leads] == [[]] * 4
    clock.at(OPENING)
    held = rows(clock.engine, "SELECT channel, subject, text, html FROM message ORDER BY channel")
    assert [row.channel for row in held] == ["email", "sms"]
    assert held[0].subject == "4 requests since closing · Shafter"
    for lead in leads:
        spaced = f"{lead.reference[:4]} {lead.reference[4:]}"
        assert all(spaced in text for text in (held[0].text, held[0].html, held[1].text))
    assert len(held[1].text) <= 160
    clock.after(minutes=10)  # nobody answers: each goes on by itself
    assert [clock.told(lead) for lead in leads] == [["escalation omar email"]] * 4


def test_a_bundle_with_an_answered_request_is_not_sent_and_the_others_are_told_alone(
    clock: Clockwork,
) -> None:
    clock.now = NIGHT
    clock.contacts(MARIA, after_hours="hold")
    first, second, third = (clock.lead() for _ in range(3))
    clock.at(OPENING)
    clock.takes(second, "maria")
    states = rows(clock.engine, "SELECT state FROM message WHERE kind = 'digest'")
    assert {row.state for row in states} == {"cancelled"}
    clock.work()
    assert [len(clock.told(lead)) for lead in (first, second, third)] == [1, 0, 1]
    clock.work()
    assert len(clock.told(first)) == 1  # and once


def test_one_that_is_held_alone_is_an_alert_like_any_other(clock: Clockwork) -> None:
    clock.now = NIGHT
    clock.contacts(MARIA, after_hours="hold")
    lead = clock.lead()
    clock.at(OPENING)
    assert clock.told(lead) == ["alert maria email sms"]


def test_what_the_desk_takes_in_the_night_is_told_to_nobody_at_opening(clock: Clockwork) -> None:
    clock.now = NIGHT
    clock.contacts(MARIA, after_hours="hold")
    lead = clock.lead()
    clock.desk(lead, "outcome", outcome="reached")
    clock.at(OPENING)
    assert clock.told(lead) == []


def test_e_mail_now_and_the_text_at_opening(clock: Clockwork) -> None:
    clock.now = NIGHT
    clock.contacts(MARIA, OMAR, after_hours="email_now")
    lead = clock.lead()
    assert clock.told(lead) == ["alert maria email"]
    clock.at(OPENING)
    assert clock.told(lead)[1:] == ["text maria sms"]
    clock.after(minutes=10)
    assert clock.told(lead)[2:] == ["escalation omar email"]


def test_on_call_is_told_now_by_the_clock_and_the_others_from_the_opening_on(
    clock: Clockwork,
) -> None:
    clock.now = NIGHT
    dina = Contact(key="dina", name="Dina", email=None, sms="+15595550105")
    clock.contacts(MARIA, OMAR, on_call=(ROSA, dina), after_hours="on_call")
    lead = clock.lead()
    assert clock.told(lead) == ["alert rosa email sms"]
    clock.after(minutes=10)
    assert clock.told(lead)[1:] == ["escalation dina sms"]
    clock.at(local("2026-11-24 07:59"))
    assert len(clock.told(lead)) == 2
    clock.after(minutes=1)
    assert clock.told(lead)[2:] == ["escalation maria email sms"]
    open_lead = clock.lead()
    assert clock.told(open_lead) == ["alert maria email sms"]
