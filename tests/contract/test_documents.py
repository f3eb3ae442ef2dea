"""The formats that services promise each other, byte for byte."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest

from contract.alert_settings import (
    Change,
    Changed,
    ContactShown,
    Foreseen,
    LastTest,
    PolicyShown,
    Question,
    Shown,
    TurnForeseen,
    Waiting,
)
from contract.comments import ApprovedComment, Comments
from contract.directory import Brand, Choice, Closure, Directory, Span, normal_host
from contract.events import (
    LEAD_ACCEPTED,
    AlertChanged,
    Envelope,
    Facts,
    LeadAccepted,
    LeadHandled,
    LeadHeld,
    LeadsErased,
    MessageRequested,
    PatientReplied,
)
from tests.builders import a_clinic, a_directory, a_location

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def a_full_directory() -> Directory:
    night = (Span(opens=time(22), closes=time(2)),)
    closure = Closure(first=date(2027, 7, 5), last=date(2027, 7, 5), reason="Independence Day")
    location = a_location(hours=(night, *((),) * 6), closures=(closure,), reply_minutes=45)
    people = (Choice(value="rivera", label="Dr. Rivera"),)
    brand = Brand(color="#1d4a36", on_color="#ffffff")
    clinic = a_clinic(locations=(location,), practitioners=people, brand=brand)
    return a_directory(clinic, version=7)


def test_the_directory_is_written_as_promised() -> None:
    written = json.dumps(a_full_directory().to_json(), indent=2) + "\n"
    assert written == golden("directory.v1.json")


def test_the_directory_is_read_back_as_it_was() -> None:
    assert Directory.from_json(json.loads(golden("directory.v1.json"))) == a_full_directory()


def test_another_format_of_the_directory_is_refused() -> None:
    with pytest.raises(ValueError, match="format 2"):
        Directory.from_json({"format": 2})


def test_approved_comments_are_written_as_promised() -> None:
    comment = ApprovedComment(
        id="5b0d3c1e-0000-4000-8000-000000000001",
        clinic="north",
        article="/articles/sore-back/",
        name="Ana",
        text="Walking helped me.",
        on="2026-11-24",
    )
    comments = Comments(version=7, comments=(comment,))
    assert json.dumps(comments.to_json(), indent=1) + "\n" == golden("comments.v1.json")
    assert Comments.from_json(json.loads(golden("comments.v1.json"))) == comments
    with pytest.raises(ValueError, match="format 2"):
        Comments.from_json({"format": 2})


def test_alert_settings_travel_as_promised() -> None:
    maria = ContactShown(
        key="maria",
        name="Maria",
        email="maria@envista.example",
        sms="+15595550101",
        speaks=("en", "es"),
        quiet=(("21:00", "07:00"),),
        off=(("2026-12-01", "2026-12-04", "rosa"),),
        tests=(
            LastTest(
                channel="sms",
                state="delivered",
                said="delivered",
                at="2026-11-25T16:00:00+00:00",
            ),
        ),
        waiting=(
            Waiting(
                channel="email",
                address="m@envista.example",
                since="2026-11-25T16:00:00+00:00",
                until="2026-11-28T16:00:00+00:00",
                lapsed=False,
                said="accepted by the provider",
            ),
        ),
    )
    turn = TurnForeseen(
        key="maria",
        name="Maria",
        when="told at once",
        ways=(("sms", "+15595550101", True),),
        why=("Spanish is wanted, and Maria speaks it",),
    )
    told = Foreseen(
        moment="Friday, November 27, 2026, 6:05 PM PST",
        hours="closed, opens Monday 8:00 AM",
        entry="shafter",
        on_desk=False,
        after_hours="told at once, as in open hours",
        turns=(turn,),
        reachable=1,
        next_after=10,
    )
    shown = Shown(
        version="0f3a",
        entry="shafter",
        on_desk=False,
        tell=("maria",),
        on_call=(),
        policy=PolicyShown(after_hours="now", next_after=10, remind_after=30, call_again_after=240),
        contacts=(maria,),
        channels=("email", "sms"),
        difference=("contact maria name: Maria O. in the file, Maria in the tables",),
        file_problems=(),
        told=told,
    )
    asked = Question(clinic="envista", location="shafter", at="Friday 18:05")
    change = Change(
        clinic="envista",
        location="shafter",
        do="edit",
        by="Ana",
        by_id="5f0c1a52-5c1c-4c1e-9b60-0d5b8a1f8f10",
        seen="0f3a",
        contact="maria",
        typed={"name": "Maria", "phone": "(559) 555-0101"},
        tell=("kim@group.example",),
    )
    changed = Changed(problems=(("phone", "The phone number is toll-free"),))
    said = {"asked": asked, "shown": shown, "change": change, "changed": changed}
    written = json.dumps({name: one.to_json() for name, one in said.items()}, indent=1) + "\n"
    assert written == golden("alert-settings.v1.json")
    read = json.loads(written)
    assert Question.from_json(read["asked"]) == asked
    assert Shown.from_json(read["shown"] | {"added_later": 1}) == shown
    assert Change.from_json(read["change"]) == change
    assert Changed.from_json(read["changed"]) == changed


def test_lead_accepted_travels_as_promised() -> None:
    event = LeadAccepted(
        lead_id="5f0c1a52-5c1c-4c1e-9b60-0d5b8a1f8f10",
        clinic="envista",
        location="shafter",
        kind="contact",
        reference="7F3K9QXM",
        received_at="2026-11-22T10:00:00+00:00",
    )
    envelope = Envelope(
        id=UUID("7b1d3f6e-52f7-4a6e-9d55-3d1b0a9c2e11"),
        name=LEAD_ACCEPTED,
        at=datetime(2026, 11, 22, 10, tzinfo=UTC),
        data=event.to_json(),
    )
    assert json.dumps(envelope.to_json(), indent=2) + "\n" == golden("lead.accepted.v1.json")
    read = Envelope.from_json(json.loads(golden("lead.accepted.v1.json")))
    assert read == envelope
    assert LeadAccepted.from_json(read.data) == event


LEAD_ID = "5f0c1a52-5c1c-4c1e-9b60-0d5b8a1f8f10"
AT = "2026-11-22T10:05:00+00:00"
FACTS: dict[str, Facts] = {
    "lead.handled.v1": LeadHandled(
        lead_id=LEAD_ID,
        clinic="envista",
        state="outcome",
        by="Renee Alvarado",
        at=AT,
        outcome="reached",
    ),
    "lead.held.v1": LeadHeld(
        lead_id=LEAD_ID, clinic="envista", location="shafter", state="held", at=AT
    ),
    "leads.erased.v1": LeadsErased(
        clinic="envista", at=AT, leads=[LEAD_ID], texts=["7b1d3f6e-52f7-4a6e-9d55-3d1b0a9c2e11"]
    ),
    "message.requested.v1": MessageRequested(
        message_id="0d0f2f6f-6f7e-4f57-8f8b-0b1b9a0c7a11",
        clinic="envista",
        location="shafter",
        template="confirmation",
        channel="email",
        language="es",
        lead_id=LEAD_ID,
    ),
    "alert.changed.v1": AlertChanged(
        lead_id=LEAD_ID,
        clinic="envista",
        alert_id="c7c7f6a8-40c1-4c5b-8a49-0a9f3b8d2e10",
        what="escalated",
        channel="sms",
        contact="Renee Alvarado",
        reason="nobody answered in 10 open minutes",
        at=AT,
        step=2,
    ),
    "patient.replied.v1": PatientReplied(message_id="SM1", clinic="envista", at=AT, what="stop"),
}


@pytest.mark.parametrize("name", FACTS)
def test_what_an_event_says_travels_as_promised(name: str) -> None:
    facts = FACTS[name]
    assert json.dumps(facts.to_json(), indent=2) + "\n" == golden(f"{name}.json")
    assert type(facts).from_json(json.loads(golden(f"{name}.json"))) == facts


def test_a_field_of_a_newer_sender_is_ignored() -> None:
    raw = AlertChanged(lead_id="a", clinic="b", alert_id="c", what="told").to_json()
    assert AlertChanged.from_json(raw | {"later": 1}).what == "told"


@pytest.mark.parametrize(
    "spelling", ["envista.example", "ENVISTA.example", "envista.example.", "envista.example:8000"]
)
def test_a_host_is_found_in_every_spelling(spelling: str) -> None:
    clinic = a_directory().clinic_at(spelling)
    assert clinic is not None
    assert clinic.slug == "envista"


@pytest.mark.parametrize("host", ["..", ".", "", "example", "envista.example.evil", "envista"])
def test_a_host_that_is_not_listed_is_nobody(host: str) -> None:
    assert a_directory().clinic_at(host) is None


def test_two_trailing_dots_are_another_host() -> None:
    assert normal_host("envista.example..") == "envista.example."
