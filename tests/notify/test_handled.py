"""An alert falls silent when somebody at the clinic has answered."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contract.events import LEAD_HANDLED, Envelope, LeadAccepted, LeadHandled
from notify.handled import TooEarly
from notify.parts import Parts
from tests.notify.builders import MARIA, a_lead, an_event, rows, the_contacts


def an_answer(lead: LeadAccepted, **changes: str) -> Envelope:
    values = {"state": "taken", "by": "Renee", "at": datetime.now(UTC).isoformat()} | changes
    event = LeadHandled(lead_id=lead.lead_id, clinic=lead.clinic, **values)
    return Envelope(id=uuid4(), name=LEAD_HANDLED, at=datetime.now(UTC), data=event.to_json())


def a_told_lead(engine: Engine, parts: Parts) -> LeadAccepted:
    the_contacts(engine, MARIA)
    lead = a_lead()
    parts.inbox.take(an_event(lead))
    return lead


def states(engine: Engine, lead: LeadAccepted) -> list[str]:
    found = rows(engine, "SELECT lead_id, state FROM alert")
    return [row.state for row in found if row.lead_id == lead.lead_id]


def test_what_was_not_sent_yet_is_not_sent_once_somebody_has_it(
    engine: Engine, parts: Parts
) -> None:
    lead = a_told_lead(engine, parts)
    parts.inbox.take(an_answer(lead))
    assert states(engine, lead) == ["taken"]
    for message in rows(engine, "SELECT id, state FROM message"):
        assert message.state == "cancelled"
        parts.delivery.send(message.id)
    assert rows(engine, "SELECT 1 FROM captured") == []


def test_a_late_result_does_not_open_the_alert_again(engine: Engine, parts: Parts) -> None:
    lead = a_told_lead(engine, parts)
    [first, second] = rows(engine, "SELECT id FROM message")
    parts.delivery.send(first.id)
    parts.inbox.take(an_answer(lead, state="outcome", outcome="reached"))
    parts.delivery.send(second.id)
    assert states(engine, lead) == ["settled"]


def test_a_message_on_the_machine_settles_nothing(engine: Engine, parts: Parts) -> None:
    lead = a_told_lead(engine, parts)
    parts.inbox.take(an_answer(lead, state="outcome", outcome="left_message"))
    assert states(engine, lead) == ["taken"]


def test_an_answer_that_overtakes_its_lead_comes_again(engine: Engine, parts: Parts) -> None:
    lead = a_lead()
    answer = an_answer(lead)
    with pytest.raises(TooEarly):
        parts.inbox.take(answer)
    the_contacts(engine, MARIA)
    parts.inbox.take(an_event(lead))
    assert parts.inbox.take(answer)
    assert states(engine, lead) == ["taken"]
