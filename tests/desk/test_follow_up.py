"""Calling again, passing on, undoing, notes and the calendar file."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import func, select, update

from leads import tables
from tests.desk.conftest import Colleague, DeskUnderTest, words
from tests.desk.test_leads import story, told

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


@pytest.fixture
def ben(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ben@envista.example", "location_staff", "envista")


def moves(colleague: Colleague, lead_id: UUID, **fields: str):
    return colleague.post(f"/leads/{lead_id}/moves", **fields)


def sets(desk: DeskUnderTest, lead_id: UUID, **values: object) -> None:
    with desk.engine.begin() as connection:
        connection.execute(update(tables.lead).where(tables.lead.c.id == lead_id).values(**values))


def section(colleague: Colleague, name: str) -> str:
    found = colleague.page("/").find(attrs={"aria-labelledby": name})
    return words(found) if found else ""


def test_who_is_to_be_called_again_waits_under_later_until_it_is_time(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request(name="Call Me Later")
    assert "late" not in moves(ana, lead_id, move="later", **{"in": "2h"}).location
    assert "Call Me Later" in section(ana, "later")
    assert "Call Me Later" not in section(ana, "call-now")
    tally = words(ana.page("/").find(class_="tally"))
    assert tally.startswith(("1 at ", "1 tomorrow "))  # by the hour of the day
    event = told(desk, lead_id)[-1]
    assert event.state == "follow_up"
    ahead = datetime.fromisoformat(event.until) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=58) < ahead <= timedelta(hours=2)
    sets(desk, lead_id, follow_up_at=func.now() - timedelta(minutes=1))
    due = section(ana, "call-now")
    assert "Call again" in due
    assert "Ana Lopez has it" in due
    assert ana.page("/").h1.text == "1 to call now"


def test_a_day_and_time_are_meant_in_the_locations_zone(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    wall = (datetime.now(ZONE) + timedelta(days=3)).replace(hour=14, minute=15)
    moves(ana, lead_id, move="later", moment=wall.strftime("%Y-%m-%dT%H:%M"))
    assert desk.row(lead_id)["follow_up_at"].astimezone(ZONE).strftime("%H:%M") == "14:15"
    assert "2:15 pm" in words(ana.page(f"/leads/{lead_id}"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose when to call again"),
        ({"moment": "soon"}, "That is no day and time: choose both"),
        ({"moment": "2020-01-01T10:00"}, "That time has passed: choose a later one"),
        ({"moment": "2999-01-01T10:00"}, "That is more than a year ahead"),
        ({"in": "5y"}, "Choose when to call again"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_said_and_changes_nothing(
    desk: DeskUnderTest, ana: Colleague, fields: dict[str, str], said: str
) -> None:
    lead_id = desk.request()
    answer = moves(ana, lead_id, move="later", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert desk.row(lead_id)["state"] == "new"
    assert story(desk, lead_id) == ["received"]


def test_a_patient_who_was_called_at_once_needs_one_tap(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "reached")
    assert desk.row(lead_id)["outcome"] == "reached"
    assert [event.outcome for event in told(desk, lead_id)] == ["reached"]


def test_what_is_passed_on_waits_for_the_next_person(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    assert "late" in ben.move(lead_id, "pass_on").location
    ana.move(lead_id, "pass_on")
    row = desk.row(lead_id)
    assert (row["state"], row["holder"]) == ("new", None)
    assert told(desk, lead_id)[-1].state == "passed_on"
    assert "late" not in ben.move(lead_id, "take").location


def test_the_last_step_can_be_taken_back(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    before = desk.row(lead_id)
    ana.move(lead_id, "reached")
    assert "Undo my last step" in words(ana.page(f"/leads/{lead_id}"))
    ana.move(lead_id, "undo")
    after = desk.row(lead_id)
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"changed_at"}
    assert told(desk, lead_id)[-1].state == "taken"
    assert story(desk, lead_id) == ["received", "taken", "reached", "undone"]


def test_taking_back_the_taking_frees_the_lead_and_says_so(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    ana.move(lead_id, "undo")
    assert (desk.row(lead_id)["state"], desk.row(lead_id)["holder"]) == ("new", None)
    assert told(desk, lead_id)[-1].state == "reopened"


def test_only_ones_own_last_and_recent_step_can_be_taken_back(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    assert "late" in ben.move(lead_id, "undo").location
    ben.move(lead_id, "take_over")
    assert "late" in ana.move(lead_id, "undo").location
    assert "Undo" not in words(ana.page(f"/leads/{lead_id}"))
    event = tables.lead_event
    with desk.engine.begin() as connection:  # as if it had been a quarter of an hour ago
        earlier = timedelta(minutes=15)
        connection.execute(update(event).values(at=event.c.at - earlier))
        lead = tables.lead
        connection.execute(update(lead).values(changed_at=lead.c.changed_at - earlier))
    assert "late" in ben.move(lead_id, "undo").location


def test_a_note_is_in_the_story_and_sealed_in_the_row(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request()
    ana.post(f"/leads/{lead_id}/notes", note="Prefers her <b>daughter's</b> line")
    note = ben.page(f"/leads/{lead_id}").find(class_="note")
    assert note.text == "Prefers her <b>daughter's</b> line"
    event = tables.lead_event.c
    with desk.engine.connect() as connection:
        rows = connection.execute(
            select(event.note_sealed, event.detail).where(event.what == "note")
        ).one()
    assert b"daughter" not in bytes(rows.note_sealed)
    assert "daughter" not in str(rows.detail)


@pytest.mark.parametrize(
    ("note", "said"),
    [("  ", "Write the note first"), ("x" * 2001, "at most 2000 characters; this one has 2001")],
)
def test_a_note_that_cannot_be_kept_is_said_and_stays_on_the_page(
    desk: DeskUnderTest, ana: Colleague, note: str, said: str
) -> None:
    lead_id = desk.request()
    answer = ana.post(f"/leads/{lead_id}/notes", note=note)
    assert answer.status_code == 422
    assert said in answer.text
    assert note.strip() in answer.text


def test_only_what_is_booked_has_a_calendar_file(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(name="Secret Name", message="secret words")
    path = f"/leads/{lead_id}/visit.ics"
    assert ana.get(path).status_code == 404
    wall = (datetime.now(ZONE) + timedelta(days=2)).replace(hour=9, minute=30)
    moves(ana, lead_id, move="booked", moment=wall.strftime("%Y-%m-%dT%H:%M"))
    assert desk.row(lead_id)["state"] == "done"
    answer = ana.get(path)
    assert answer.mimetype == "text/calendar"
    event = Calendar.from_ical(answer.data).events[0]
    assert event.start.astimezone(ZONE).strftime("%H:%M") == "09:30"
    assert b"VTIMEZONE" in answer.data
    assert b"ecret" not in answer.data


def test_booked_without_a_time_is_booked(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "booked")
    assert desk.row(lead_id)["outcome"] == "booked"
    assert ana.get(f"/leads/{lead_id}/visit.ics").status_code == 404
