"""From an event to an alert: one for a lead, and never silently nobody."""

import logging
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from notify.alertbook import ClinicAlerts
from notify.alerts import tell_waiting
from notify.contacts import store
from notify.parts import Parts
from plumbing.inbox import Inbox, UnknownEvent
from tests.notify.builders import MARIA, OMAR, a_lead, an_event, rows, the_contacts


@pytest.fixture
def inbox(parts: Parts) -> Inbox:
    return parts.inbox


def test_the_same_event_five_times_makes_one_alert(engine: Engine, inbox: Inbox) -> None:
    the_contacts(engine, MARIA)
    event = an_event()
    with ThreadPoolExecutor(5) as pool:
        first = list(pool.map(inbox.take, [event] * 5))
    assert sorted(first) == [False, False, False, False, True]
    assert len(rows(engine, "SELECT 1 FROM alert")) == 1
    assert len(rows(engine, "SELECT 1 FROM message")) == 2


def test_the_same_lead_in_two_events_makes_one_alert(engine: Engine, inbox: Inbox) -> None:
    the_contacts(engine, MARIA)
    lead = a_lead()
    for _ in range(2):
        inbox.take(an_event(lead))
    assert len(rows(engine, "SELECT 1 FROM alert")) == 1
    assert len(rows(engine, "SELECT 1 FROM message")) == 2
    assert len(rows(engine, "SELECT 1 FROM outbox")) == 1


def test_the_first_contact_of_the_location_is_told_on_each_channel(
    engine: Engine, inbox: Inbox
) -> None:
    tell = {"shafter": ("maria", "omar"), "*": ("omar",)}
    store(engine, ClinicAlerts(clinic="envista", contacts=(MARIA, OMAR), tell=tell))
    inbox.take(an_event())
    assert rows(engine, "SELECT channel, address, state FROM message ORDER BY 1") == [
        ("email", MARIA.email, "queued"),
        ("sms", MARIA.sms, "queued"),
    ]
    reason = rows(engine, "SELECT reason FROM alert")[0].reason
    assert reason == {"entry": "shafter", "contacts": ["maria", "omar"]}
    told = rows(engine, "SELECT data FROM outbox")[0].data
    assert told["what"] == "opened"


def test_another_location_goes_to_the_default_contact(engine: Engine, inbox: Inbox) -> None:
    tell = {"shafter": ("maria",), "*": ("omar",)}
    store(engine, ClinicAlerts(clinic="envista", contacts=(MARIA, OMAR), tell=tell))
    inbox.take(an_event(a_lead(location="bakersfield")))
    assert rows(engine, "SELECT address FROM message") == [(OMAR.email,)]


def test_another_clinics_contact_is_never_told(engine: Engine, inbox: Inbox) -> None:
    the_contacts(engine, MARIA)
    inbox.take(an_event(a_lead(clinic="kosak")))
    assert rows(engine, "SELECT address FROM message") == []


def test_a_lead_for_nobody_is_said_loudly(
    engine: Engine, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.take(an_event())
    assert rows(engine, "SELECT state, reason FROM alert") == [
        ("failed", {"nobody": "no contact for this location"})
    ]
    assert [record.levelno for record in caplog.records if "nobody" in record.message] == [
        logging.ERROR
    ]
    assert ("nobody to tell",) in rows(engine, "SELECT what FROM audit")
    told = {row.data["what"]: row.data["reason"] for row in rows(engine, "SELECT data FROM outbox")}
    assert told == {"opened": "", "failed": "no contact for this location"}


def test_a_lead_for_nobody_is_told_once_there_is_a_contact(engine: Engine, inbox: Inbox) -> None:
    inbox.take(an_event())
    the_contacts(engine, OMAR)
    for _ in range(2):
        with engine.begin() as connection:
            tell_waiting(connection, "envista", None)
    assert rows(engine, "SELECT address FROM message") == [(OMAR.email,)]
    assert rows(engine, "SELECT state FROM alert") == [("open",)]


def test_without_a_directory_the_alert_goes_out_with_slugs(engine: Engine, inbox: Inbox) -> None:
    the_contacts(engine, OMAR)
    inbox.take(an_event())
    assert rows(engine, "SELECT subject FROM message") == [
        ("New appointment request · shafter · K7QF 2MPD",)
    ]


def test_an_event_that_nobody_handles_stays_with_the_sender(engine: Engine, inbox: Inbox) -> None:
    event = an_event()
    with pytest.raises(UnknownEvent):
        inbox.take(type(event)(id=uuid4(), name="lead.sang.v1", at=event.at, data={}))
    assert rows(engine, "SELECT 1 FROM inbox") == []
