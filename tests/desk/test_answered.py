"""A contact who answers an alert has the lead, as everybody at the desk sees."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from contract.events import (
    ALERT_CHANGED,
    PATIENT_REPLIED,
    AlertChanged,
    Envelope,
    PatientReplied,
)
from leads import tables
from leads.events import event_inbox
from leads.replies import Keeping, clinics_with_leads
from plumbing.envelopes import seal_part
from plumbing.sealing import HashKey, KeyRing
from tests.desk.conftest import Colleague, DeskUnderTest, the_directory, words
from tests.servers import a_key

KEEPING = Keeping(
    event_keys=KeyRing.read(a_key()),
    seal_keys=KeyRing.read(a_key()),
    hash_key=HashKey.read(a_key()),
    clinics=clinics_with_leads,
)


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def answer(
    jobs: Engine, lead_id: UUID, what: str = "acknowledged", *, at: datetime | None = None
) -> None:
    change = AlertChanged(
        lead_id=str(lead_id),
        clinic="envista",
        alert_id=str(uuid4()),
        what=what,
        contact="Renee Alvarado",
        at=at.isoformat() if at else "",
    )
    now = datetime.now(UTC)
    event_inbox(jobs, KEEPING, the_directory).take(
        Envelope(id=uuid4(), name=ALERT_CHANGED, at=now, data=change.to_json())
    )


def test_the_desk_shows_who_answered(desk: DeskUnderTest, jobs: Engine, ana: Colleague) -> None:
    lead_id = desk.request()
    answer(jobs, lead_id)
    assert desk.row(lead_id)["state"] == "taken"
    assert "Renee Alvarado is calling" in words(ana.page("/"))
    page = words(ana.page(f"/leads/{lead_id}"))
    assert "Renee Alvarado has this request" in page
    assert "answered the alert" in page


def test_a_colleague_can_take_over(desk: DeskUnderTest, jobs: Engine, ana: Colleague) -> None:
    lead_id = desk.request()
    answer(jobs, lead_id)
    ana.move(lead_id, "take_over")
    assert "You have this request" in words(ana.page(f"/leads/{lead_id}"))
    assert desk.row(lead_id)["answered_by"] is None


def test_an_answer_takes_nothing_from_a_colleague_who_was_first(
    desk: DeskUnderTest, jobs: Engine, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    answer(jobs, lead_id)
    assert desk.row(lead_id)["answered_by"] is None
    assert "You have this request" in words(ana.page(f"/leads/{lead_id}"))


def test_background_jobs_change_no_lead_of_a_clinic_they_did_not_name(
    desk: DeskUnderTest, jobs: Engine
) -> None:
    lead_id = desk.request()
    with jobs.begin() as connection:
        changed = connection.execute(text("UPDATE lead SET state = 'taken'")).rowcount
    assert changed == 0
    assert desk.row(lead_id)["state"] == "new"


def test_a_patients_text_is_in_the_story_with_its_words(
    desk: DeskUnderTest, jobs: Engine, ana: Colleague
) -> None:
    lead_id, settings = desk.request(), desk.settings
    keeping = Keeping(
        event_keys=settings.event_keys,
        seal_keys=settings.seal_keys,
        hash_key=settings.hash_key,
        clinics=clinics_with_leads,
    )
    event_id, now = uuid4(), datetime.now(UTC)
    said = PatientReplied(message_id="SM1", clinic="", at=now.isoformat())
    plain = {"from": "+16615550199", "text": "Please call after 5 <b>pm</b>"}
    event_inbox(jobs, keeping, the_directory).take(
        Envelope(
            id=event_id,
            name=PATIENT_REPLIED,
            at=now,
            data=said.to_json(),
            sealed=seal_part(settings.event_keys, event_id, plain),
        )
    )
    page = words(ana.page(f"/leads/{lead_id}"))
    assert "The patient texted" in page
    assert "Please call after 5 <b>pm</b>" in page


def test_a_contact_who_says_by_text_that_the_patient_was_reached_ends_it(
    desk: DeskUnderTest, jobs: Engine, ana: Colleague
) -> None:
    lead_id = desk.request()
    answer(jobs, lead_id)
    answer(jobs, lead_id, "settled")
    row = desk.row(lead_id)
    assert (row["state"], row["outcome"]) == ("done", "reached")
    assert row["handled_at"] is not None
    assert "Renee Alvarado reached the patient" in words(ana.page(f"/leads/{lead_id}"))


def test_that_the_patient_was_reached_by_then_is_the_first_contact_in_the_report(
    desk: DeskUnderTest, jobs: Engine, ana: Colleague
) -> None:
    lead_id, told_late = desk.request(), desk.request(message="another matter")
    opened = datetime(2026, 1, 13, 17, 0, tzinfo=UTC)  # Tuesday, 9:00 am in Shafter
    received = tables.lead.update().values(received_at=opened)
    with desk.engine.begin() as connection:
        connection.execute(received)
    answer(jobs, lead_id, at=opened + timedelta(minutes=5))
    assert desk.row(lead_id)["contacted_at"] is None  # who has it has not called yet
    answer(jobs, lead_id, "settled", at=opened + timedelta(minutes=12))
    answer(jobs, lead_id, "settled", at=opened + timedelta(minutes=40))
    answer(jobs, told_late, "settled", at=opened + timedelta(days=1))
    row, late = desk.row(lead_id), desk.row(told_late)
    assert row["contacted_at"] == opened + timedelta(minutes=12)
    assert (row["contact_minutes"], row["contact_late"]) == (12, False)
    assert late["contact_late"]


def test_a_call_that_was_recorded_before_stays_the_first_contact(
    desk: DeskUnderTest, jobs: Engine, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "left_message")
    before = desk.row(lead_id)["contacted_at"]
    answer(jobs, lead_id, "settled")
    assert desk.row(lead_id)["state"] == "done"
    assert desk.row(lead_id)["contacted_at"] == before
