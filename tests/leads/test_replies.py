"""What a patient texts reaches the lead that it is about, and nobody else's desk."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from contract.directory import Directory
from contract.events import PATIENT_REPLIED, Envelope, PatientReplied
from leads.events import event_inbox
from leads.replies import Keeping, clinics_with_leads, open_reply
from plumbing.database import connect
from plumbing.envelopes import seal_part
from plumbing.sealing import Unsealable
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads

pytestmark = pytest.mark.integration

PHONE = "(559) 555-0199"
NUMBER = "+15595550199"


@pytest.fixture(autouse=True)
def nothing_from_earlier(everything: Engine) -> None:
    with everything.begin() as connection:
        connection.execute(text("TRUNCATE lead, reply CASCADE"))


@pytest.fixture
def jobs(migrated: str) -> Iterator[Engine]:
    engine = connect(migrated.replace("leads_app@", "leads_jobs@"), name="jobs")
    yield engine
    engine.dispose()


def a_reply(leads: Leads, *, number: str = NUMBER, clinic: str = "envista") -> Envelope:
    event_id, now = uuid4(), datetime.now(UTC)
    said = PatientReplied(message_id=f"SM{event_id}", clinic=clinic, at=now.isoformat())
    sealed = seal_part(
        leads.settings.event_keys, event_id, {"from": number, "text": "better, canary"}
    )
    return Envelope(id=event_id, name=PATIENT_REPLIED, at=now, data=said.to_json(), sealed=sealed)


def the_directory() -> Directory:
    return a_directory(a_clinic())


def keeping(leads: Leads) -> Keeping:
    return Keeping(
        event_keys=leads.settings.event_keys,
        seal_keys=leads.settings.seal_keys,
        hash_key=leads.settings.hash_key,
        clinics=clinics_with_leads,
    )


def a_lead(leads: Leads) -> UUID:
    leads.post(a_form(phone=PHONE))
    with leads.engine.connect() as connection:
        return connection.execute(text("SELECT id FROM lead")).scalar_one()


@pytest.mark.parametrize("clinic", ["envista", ""])
def test_a_text_from_a_leads_phone_is_part_of_its_story(
    leads: Leads, jobs: Engine, clinic: str
) -> None:
    lead_id, envelope = a_lead(leads), a_reply(leads, clinic=clinic)
    inbox = event_inbox(jobs, keeping(leads), the_directory)
    assert inbox.take(envelope)
    assert not inbox.take(envelope)
    with leads.engine.connect() as connection:
        reply = connection.execute(text("SELECT * FROM reply")).one()
        story = connection.execute(text("SELECT what FROM lead_event WHERE what LIKE 'patient%'"))
        assert story.scalars().all() == ["patient sent text"]
    assert (reply.clinic, reply.lead_id) == ("envista", lead_id)
    assert b"canary" not in bytes(reply.words_sealed)
    keys = leads.settings.seal_keys
    opened = open_reply(keys, "envista", reply.id, bytes(reply.words_sealed))
    assert opened == {"from": NUMBER, "text": "better, canary"}
    with pytest.raises(Unsealable):
        open_reply(keys, "another", reply.id, bytes(reply.words_sealed))


def test_a_text_from_an_unknown_phone_is_kept_for_the_desk(leads: Leads, jobs: Engine) -> None:
    a_lead(leads)
    event_inbox(jobs, keeping(leads), the_directory).take(a_reply(leads, number="+15595550111"))
    with leads.engine.connect() as connection:
        rows = connection.execute(text("SELECT clinic, lead_id FROM reply")).all()
    assert rows == [("envista", None)]


def test_what_a_lead_is_done_with_is_not_opened_again(leads: Leads, jobs: Engine) -> None:
    a_lead(leads)
    with leads.engine.begin() as connection:
        connection.execute(text("UPDATE lead SET state = 'done'"))
    event_inbox(jobs, keeping(leads), the_directory).take(a_reply(leads))
    with leads.engine.connect() as connection:
        assert connection.execute(text("SELECT lead_id FROM reply")).scalar_one() is None


def test_the_web_process_takes_it_too_when_redis_is_away(leads: Leads) -> None:
    lead_id, envelope = a_lead(leads), a_reply(leads, clinic="")
    answer = leads.client.post(
        "/internal/events",
        json=[envelope.to_json()],
        headers={"Authorization": f"Bearer {leads.settings.service_token}"},
    )
    assert answer.json == {"confirmed": [str(envelope.id)], "refused": []}
    with leads.engine.connect() as connection:
        assert connection.execute(text("SELECT lead_id FROM reply")).scalar_one() == lead_id


def test_an_event_that_was_sealed_for_another_stays_with_notify(leads: Leads, jobs: Engine) -> None:
    envelope = a_reply(leads)
    moved = Envelope(
        id=uuid4(),
        name=envelope.name,
        at=envelope.at,
        data=envelope.data,
        sealed=envelope.sealed,
    )
    with pytest.raises(Unsealable):
        event_inbox(jobs, keeping(leads), the_directory).take(moved)
    with leads.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM reply")).scalar_one() == 0
