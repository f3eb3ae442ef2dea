"""An alert is answered by text: a number, and nothing to learn by heart."""

import pytest
from sqlalchemy import Engine

from notify import contacts, replies
from notify.alertbook import ClinicAlerts, Contact
from notify.words import GSM_7
from tests.notify.builders import MARIA, rows
from tests.notify.clockwork import Clockwork, local

ROSA = Contact(key="rosa", name="Rosa", email=None, sms="+15595550103")


@pytest.fixture
def clock(engine: Engine) -> Clockwork:
    clock = Clockwork(engine, local("2026-11-23 09:00"))
    clock.contacts(MARIA, ROSA)
    return clock


def segment(answer: str | None) -> str:
    assert answer is not None
    assert len(answer) <= 160
    assert set(answer) <= GSM_7
    return answer


@pytest.mark.parametrize("text", ["1", " 1.", "#1", "01", "1 ok", "1 yes", "1!", "1 \U0001f44d"])
def test_the_number_takes_it(clock: Clockwork, text: str) -> None:
    lead = clock.lead()
    assert segment(clock.reply("maria", text)).startswith("You have it: Shafter, K7QF 2MPD.")
    assert (clock.row(lead).state, clock.row(lead).taken_by) == ("taken", "Maria")


@pytest.mark.parametrize("text", ["ok", "Yes", "I have it", "got it.", "y", "OK \U0001f642"])
def test_with_one_open_request_a_yes_will_do(clock: Clockwork, text: str) -> None:
    lead = clock.lead()
    assert "You have it" in segment(clock.reply("maria", text))
    assert clock.row(lead).state == "taken"


@pytest.mark.parametrize("text", ["1N", "1n", "1 n", "1 no", "1 not mine"])
def test_not_mine_goes_to_the_next_contact(clock: Clockwork, text: str) -> None:
    lead = clock.lead()
    assert "not yours" in segment(clock.reply("maria", text))
    clock.work()
    assert clock.told(lead)[1:] == ["escalation rosa sms"]


@pytest.mark.parametrize("text", ["1Y", "1y", "1 Y", "1 reached"])
def test_reached_settles_it_and_leads_hears_so(clock: Clockwork, text: str) -> None:
    lead = clock.lead()
    clock.reply("maria", "1")
    assert "the patient was reached" in segment(clock.reply("maria", text))
    assert clock.row(lead).state == "settled"
    told = rows(clock.engine, "SELECT data FROM outbox WHERE data->>'what' = 'settled'")
    assert told[0].data["contact"] == "Maria"
    clock.after(days=2)
    assert clock.told(lead) == ["alert maria email sms"]


def test_each_open_request_has_its_own_number_free_again_a_day_after_it_is_settled(
    clock: Clockwork,
) -> None:
    first, second = clock.lead(reference="AAAA2222"), clock.lead(reference="BBBB3333")
    texts = [row.text for row in rows(clock.engine, "SELECT text FROM message WHERE channel='sms'")]
    assert ["Reply 1:" in texts[0], "Reply 2:" in texts[1]] == [True, True]
    assert "BBBB 3333" in segment(clock.reply("maria", "2"))
    assert (clock.row(first).state, clock.row(second).state) == ("open", "taken")
    clock.reply("maria", "1Y")
    third = clock.lead(reference="CCCC4444")
    assert "CCCC 4444" in segment(clock.reply("maria", "3"))
    clock.after(hours=23)
    clock.lead(reference="EEEE6666")
    assert "EEEE 6666" in segment(clock.reply("maria", "4"))
    clock.after(hours=2)
    clock.lead(reference="DDDD5555")
    assert "DDDD 5555" in segment(clock.reply("maria", "1"))
    assert clock.row(third).state != "open"


def test_the_second_is_told_who_has_it_and_since_when(clock: Clockwork) -> None:
    lead = clock.lead()
    clock.after(minutes=10)
    clock.reply("maria", "1")
    said = segment(clock.reply("rosa", "1"))
    assert "Maria has it since Mon 9:10 AM. Nothing is left for you to do." in said
    assert clock.row(lead).taken_by == "Maria"
    clock.desk(lead, "outcome", outcome="booked")
    assert "this request is done" in segment(clock.reply("rosa", "1"))


@pytest.mark.parametrize("junk", ["hello?", "where is that", "4x", "\U0001f937", "", "999999"])
def test_junk_gets_one_help_text_and_then_silence(clock: Clockwork, junk: str) -> None:
    lead = clock.lead()
    assert "1 = I have it, 1N = not mine, 1Y = reached" in segment(clock.reply("maria", junk))
    assert clock.reply("maria", junk) is None
    assert clock.row(lead).state == "open"
    assert "You have it" in segment(clock.reply("maria", "1"))
    assert segment(clock.reply("maria", junk))  # understood meanwhile: help once more


def test_two_open_requests_need_a_number(clock: Clockwork) -> None:
    first, second = clock.lead(), clock.lead()
    assert "Waiting: 1 K7QF 2MPD, 2 K7QF 2MPD" in segment(clock.reply("maria", "yes"))
    assert {clock.row(first).state, clock.row(second).state} == {"open"}


def test_a_number_that_is_not_theirs_changes_nothing(clock: Clockwork) -> None:
    """Another clinic's contact answers with the same number; a number that was never given."""
    other = Contact(key="kim", name="Kim", email=None, sms="+15595550109")
    contacts.store(
        clock.engine, ClinicAlerts(clinic="kosak", contacts=(other,), tell={"*": ("kim",)})
    )
    lead = clock.lead()
    [kim] = rows(clock.engine, "SELECT id FROM contact WHERE key = 'kim'")
    with clock.engine.begin() as connection:
        said = replies.take(connection, contact=kim.id, text="1", now=clock.now)
    assert "No request of that number" in segment(said)
    assert "No request of that number" in segment(clock.reply("maria", "7"))
    assert clock.row(lead).state == "open"


def test_one_phone_at_two_clinics_gets_no_number_twice(clock: Clockwork) -> None:
    contacts.store(
        clock.engine, ClinicAlerts(clinic="kosak", contacts=(MARIA,), tell={"*": ("maria",)})
    )
    here, there = clock.lead(), clock.lead(clinic="kosak", reference="BBBB3333")
    assert "BBBB 3333" in segment(clock.reply("maria", "2"))
    assert (clock.row(here).state, clock.row(there).state) == ("open", "taken")


def test_when_all_99_numbers_are_in_use_the_text_has_its_link_alone(clock: Clockwork) -> None:
    leads = [clock.lead() for _ in range(100)]
    last = next(
        row
        for row in rows(clock.engine, "SELECT alert_id, text FROM message WHERE channel = 'sms'")
        if row.alert_id == clock.row(leads[-1]).id
    )
    assert "Reply" not in last.text
    assert "/alerts/a/" in last.text
