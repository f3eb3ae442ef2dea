"""An alert goes on until the patient has been reached, and not a message longer."""

from datetime import date, time

import pytest
from sqlalchemy import Engine, text

from contract.directory import Closure, Directory, Span
from notify.alertbook import Contact
from tests.notify.builders import MARIA, OMAR, a_directory, rows
from tests.notify.clockwork import Clockwork, local

ROSA = Contact(key="rosa", name="Rosa", email="rosa@envista.example", sms="+15595550103")
MONDAY_NINE = local("2026-11-23 09:00")


@pytest.fixture
def clock(engine: Engine) -> Clockwork:
    clock = Clockwork(engine, MONDAY_NINE)
    clock.contacts(MARIA, OMAR, ROSA)
    return clock


def changed(*closures: Closure, opens: int = 8, closes: int = 17) -> Directory:
    directory = a_directory()
    [clinic] = directory.clinics
    [place] = clinic.locations
    day = (Span(opens=time(opens), closes=time(closes)),)
    values = {name: getattr(place, name) for name in place.__dataclass_fields__}
    values |= {"hours": (*[day] * 5, (), ()), "closures": closures}
    of_clinic = {name: getattr(clinic, name) for name in clinic.__dataclass_fields__}
    of_clinic["locations"] = (type(place)(**values),)
    return Directory(version=2, clinics=(type(clinic)(**of_clinic),))


def events(engine: Engine, lead_id: str) -> list[str]:
    found = rows(engine, "SELECT data FROM outbox ORDER BY at, id")
    return [row.data["what"] for row in found if row.data["lead_id"] == lead_id]


def test_the_next_contact_is_told_after_ten_open_minutes_and_the_next_after_ten_more(
    clock: Clockwork,
) -> None:
    lead = clock.lead()
    assert clock.told(lead) == ["alert maria email sms"]
    clock.after(minutes=9)
    assert clock.told(lead) == ["alert maria email sms"]
    clock.after(minutes=1)
    assert clock.told(lead)[1:] == ["escalation omar email"]
    clock.after(minutes=10)
    assert clock.told(lead)[2:] == ["escalation rosa email sms"]


def test_the_minutes_stand_still_while_it_is_closed(clock: Clockwork) -> None:
    clock.at(local("2026-11-20 16:56"))  # a Friday, four minutes before closing
    lead = clock.lead()
    assert clock.due(lead) == ("escalation", local("2026-11-23 08:06"))
    clock.at(local("2026-11-23 08:05"))
    assert len(clock.told(lead)) == 1
    clock.after(minutes=1)
    assert clock.told(lead)[1:] == ["escalation omar email"]


def test_nobody_answered_is_said_to_everybody_once_and_to_leads(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.after(minutes=30)
    assert clock.told(lead)[3:] == [
        "missed maria email sms", "missed omar email", "missed rosa email sms"
    ]  # fmt: skip
    assert clock.row(lead).missed_at == clock.now
    assert events(clock.engine, lead.lead_id).count("missed") == 1
    clock.after(days=3)
    assert len(clock.told(lead)) == 6
    assert clock.takes(lead, "rosa")  # and it can still be taken


def test_an_answer_ends_it_and_cancels_what_is_queued(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.after(minutes=10)
    assert clock.takes(lead, "omar")
    states = rows(clock.engine, "SELECT DISTINCT state FROM message WHERE kind <> 'staff'")
    assert states == [("cancelled",)]
    clock.after(minutes=29)
    assert clock.told(lead)[2:] == ["notice maria email"]  # who was told learns who has it
    assert (
        "Omar has it"
        in rows(clock.engine, "SELECT subject || html AS said FROM message WHERE kind = 'staff'")[
            0
        ].said
    )


def test_without_an_outcome_the_holder_is_reminded_and_then_the_chain_goes_on(
    clock: Clockwork,
) -> None:
    lead = clock.lead()
    clock.takes(lead, "maria")
    clock.after(minutes=30)
    assert clock.told(lead)[1:] == ["reminder maria email sms"]
    clock.after(minutes=9)
    assert clock.row(lead).state == "taken"
    clock.after(minutes=1)
    assert clock.told(lead)[2:] == ["escalation omar email"]
    assert clock.row(lead).state == "told"
    assert (
        "Maria said"
        in rows(clock.engine, "SELECT text FROM message WHERE kind = 'escalation'")[0].text
    )
    said = events(clock.engine, lead.lead_id)
    assert [what for what in said if what != "noted"] == [
        "opened", "acknowledged", "reminded", "escalated"
    ]  # fmt: skip
    assert clock.takes(lead, "maria")  # and Maria may take it again


@pytest.mark.parametrize("outcome", ["reached", "booked", "closed"])
def test_an_outcome_ends_everything(clock: Clockwork, outcome: str) -> None:
    lead = clock.lead()
    clock.takes(lead, "maria")
    clock.desk(lead, "outcome", outcome=outcome)
    clock.after(days=7)
    assert len(clock.told(lead)) == 1
    assert clock.due(lead) == ("", None)
    assert clock.row(lead).settled_at is not None


def test_after_a_message_on_the_machine_somebody_still_has_to_call(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.desk(lead, "taken", by="Maria")
    clock.desk(lead, "outcome", outcome="left_message", by="Maria")
    assert clock.due(lead) == ("reminder", local("2026-11-23 13:00"))


def test_who_wants_to_call_again_at_a_time_is_reminded_then(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.takes(lead, "maria")
    clock.desk(lead, "follow_up", by="Maria", until=local("2026-11-23 14:15").isoformat())
    clock.at(local("2026-11-23 14:14"))
    assert len(clock.told(lead)) == 1
    clock.after(minutes=1)
    assert clock.told(lead)[1:] == ["follow_up maria email sms"]
    clock.after(minutes=10)
    assert clock.told(lead)[2:] == ["escalation omar email"]


def test_not_mine_tells_the_next_at_once(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.after(minutes=1)
    assert clock.declines(lead, "maria")
    clock.work()
    assert clock.told(lead)[1:] == ["escalation omar email"]
    assert clock.takes(lead, "omar")
    assert not clock.declines(lead, "maria")  # it is Omar's now
    assert clock.declines(lead, "omar")
    clock.work()
    assert clock.told(lead)[-1:] == ["escalation rosa email sms"]


def test_what_is_passed_on_reaches_that_contact_or_the_next(clock: Clockwork) -> None:
    lead, other = clock.lead(), clock.lead()
    for one, to in ((lead, "rosa"), (other, "")):
        clock.desk(one, "taken")
        clock.desk(one, "passed_on", contact=to)
    clock.work()
    assert clock.told(lead)[1:] == ["escalation rosa email sms"]
    assert clock.told(other)[1:] == ["escalation omar email"]


def test_what_is_opened_again_starts_with_the_first(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.after(minutes=10)
    clock.reaches(lead, "omar")
    clock.after(minutes=30)
    clock.desk(lead, "reopened")
    clock.work()
    assert clock.told(lead)[2:] == ["escalation maria email sms"]
    clock.after(minutes=10)
    assert clock.told(lead)[3:] == ["escalation omar email"]


def test_word_from_the_desk_that_was_overtaken_changes_nothing(clock: Clockwork) -> None:
    lead = clock.lead()
    earlier = clock.now.isoformat()
    clock.after(minutes=2)
    clock.desk(lead, "outcome", outcome="reached")
    clock.desk(lead, "taken", at=earlier)
    assert clock.row(lead).state == "settled"


def test_a_second_plea_starts_one_step_higher(clock: Clockwork) -> None:
    first = clock.lead()
    again = clock.lead(again=True, first_lead_id=first.lead_id)
    assert clock.told(again) == ["alert omar email"]
    clock.after(minutes=10)
    clock.after(minutes=10)
    assert clock.told(again)[1:] == ["escalation rosa email sms", "escalation maria email sms"]
    higher = clock.lead(again=True, first_lead_id=first.lead_id)  # the first has come to Rosa
    assert clock.told(higher) == ["alert rosa email sms"]


def test_new_hours_and_closures_are_counted_again(clock: Clockwork) -> None:
    clock.at(local("2026-11-20 16:56"))
    lead = clock.lead()
    clock.reader.current = changed(opens=10)
    assert clock.due(lead) == ("escalation", local("2026-11-23 10:06"))
    monday = Closure(first=date(2026, 11, 23), last=date(2026, 11, 23), reason="Snow")
    clock.reader.current = changed(monday)
    assert clock.due(lead) == ("escalation", local("2026-11-24 08:06"))


def test_without_a_directory_the_clock_counts(engine: Engine) -> None:
    clock = Clockwork(engine, MONDAY_NINE)
    clock.contacts(MARIA, OMAR)
    clock.reader.current = None
    lead = clock.lead()
    clock.after(minutes=10)
    assert clock.told(lead)[1:] == ["escalation omar email"]


def test_a_step_that_cannot_be_done_holds_up_no_other(
    clock: Clockwork, caplog: pytest.LogCaptureFixture
) -> None:
    poison, lead = clock.lead(location="shafter"), clock.lead()
    with clock.engine.begin() as connection:
        connection.execute(
            text("UPDATE alert SET zone = 'x', received_at = 'infinity' WHERE lead_id = :lead"),
            {"lead": poison.lead_id},
        )
    clock.after(minutes=10)
    assert clock.told(lead)[1:] == ["escalation omar email"]
    assert any("step failed" in record.message for record in caplog.records)


def test_nobody_gets_a_second_message_about_a_request_within_five_minutes(
    clock: Clockwork,
) -> None:
    lead = clock.lead()
    clock.desk(lead, "passed_on", contact="maria")
    clock.work()
    found = rows(
        clock.engine,
        "SELECT min(due_at) AS a, max(due_at) AS b FROM message"
        " WHERE channel = 'sms' AND state <> 'cancelled' OR kind = 'escalation'",
    )
    assert found[0].b is not None
    gap = rows(
        clock.engine,
        "SELECT due_at - created_at AS gap FROM message WHERE kind = 'escalation'",
    )
    assert {row.gap.total_seconds() for row in gap} <= {0.0, 300.0}
