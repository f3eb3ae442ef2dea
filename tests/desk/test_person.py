"""What is stored about a person is found however they are typed, and handed over whole."""

import argparse
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from contract.events import PATIENT_REPLIED, Envelope, PatientReplied
from leads import tables
from leads.commands import person as command
from leads.comments import store
from leads.comments.form import Comment
from leads.events import event_inbox
from leads.privacy.person import Person
from leads.replies import Keeping
from leads.scope import scoped
from plumbing.database import connect
from plumbing.envelopes import seal_part
from tests.desk.conftest import DeskUnderTest, the_directory

PHONE, EMAIL = "+16615550199", "ana.ruiz@mail.example"
NOTE = "note about her shoulder"


@pytest.fixture(autouse=True)
def nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """notify has a database of its own: tests/desk/test_privacy.py asks a real one."""
    monkeypatch.setattr(command, "_sent", lambda _settings, _what: [])


def asked(desk: DeskUnderTest, *arguments: str, about: str = PHONE) -> str:
    """What `python -m leads person …` prints."""
    parser = argparse.ArgumentParser()
    command.add_to(parser)
    person = Person.read(about)
    assert person is not None, about
    return command.answer(
        parser.parse_args(arguments),
        desk.own,
        desk.settings,
        person=person,
        directory=the_directory(),
    )


def a_comment(desk: DeskUnderTest, *, email: str = EMAIL, message: str = "Thank you") -> None:
    comment = Comment(article="/articles/ice/", name="Ana Ruiz", email=email, message=message)
    with scoped(desk.own, ["envista"]) as scope:
        store.add(
            scope,
            "envista",
            comment,
            keys=desk.settings.seal_keys,
            hashes=desk.settings.hash_key,
        )


def a_text(
    desk: DeskUnderTest, words: str, *, clinic: str = "envista", number: str = PHONE
) -> Envelope:
    """A text that came in, taken as the consumer takes it."""
    event_id = uuid4()
    said = PatientReplied(message_id=str(event_id), clinic=clinic, at=datetime.now(UTC).isoformat())
    envelope = Envelope(
        id=event_id,
        name=PATIENT_REPLIED,
        at=datetime.now(UTC),
        data=said.to_json(),
        sealed=seal_part(desk.settings.event_keys, event_id, {"from": number, "text": words}),
    )
    jobs = connect(desk.settings.database_url.replace("leads_app@", "leads_jobs@"), name="jobs")
    keeping = Keeping(
        event_keys=desk.settings.event_keys,
        seal_keys=desk.settings.seal_keys,
        hash_key=desk.settings.hash_key,
        clinics=lambda _connection: ["envista", "kosak"],
    )
    event_inbox(jobs, keeping, the_directory).take(envelope)
    jobs.dispose()
    return envelope


@pytest.mark.parametrize(
    "typed",
    [
        "(661) 555-0199",
        "661.555.0199",
        "6615550199",
        "+1 661 555 0199",
        "1-661-555-0199",
        "tel:+1-661-555-0199",
        " 661 555\u00a00199 \n",
        "\uff16\uff16\uff11 \uff15\uff15\uff15 \uff10\uff11\uff19\uff19",
        "(661) 555-0199 ext. 4",
        "<661-555-0199>,",
    ],
)
def test_a_number_finds_its_requests_however_it_is_typed(desk: DeskUnderTest, typed: str) -> None:
    desk.request(phone="661-555-0199")
    desk.request(phone="661-555-0198", name="Somebody Else")
    assert asked(desk, "find", about=typed).endswith("1 requests, 0 comments, 0 texts")


@pytest.mark.parametrize(
    "typed",
    [
        "ANA.Ruiz@Mail.Example",
        "  ana.ruiz@mail.example\n",
        "mailto:ana.ruiz@mail.example",
        "Ana Ruiz <ana.ruiz@MAIL.example>",
        '"ana.ruiz@mail.example",',
    ],
)
def test_an_address_finds_requests_and_comments_however_it_is_typed(
    desk: DeskUnderTest, typed: str
) -> None:
    desk.request(reply_by="email", email="Ana.Ruiz@mail.example")
    a_comment(desk, email="ana.ruiz@mail.example")
    a_comment(desk, email="other@mail.example")
    assert asked(desk, "find", about=typed).endswith("1 requests, 1 comments, 0 texts")


def test_a_tagged_address_is_another_one(desk: DeskUnderTest) -> None:
    desk.request(reply_by="email", email="ana.ruiz+clinic@mail.example")
    assert asked(desk, "find", about=EMAIL) == "nothing is stored under it"
    tagged = asked(desk, "find", about="Ana.Ruiz+Clinic@mail.example")
    assert tagged.endswith("1 requests, 0 comments, 0 texts")


@pytest.mark.parametrize("typed", ["", "Ana Ruiz", "12", "@", "a@b", "x" * 400])
def test_what_is_neither_is_said_to_be_neither(typed: str) -> None:
    assert Person.read(typed) is None


def test_a_person_of_another_clinic_is_found_there_alone(desk: DeskUnderTest) -> None:
    desk.request(host="kosak.example")
    assert asked(desk, "find", "--clinic", "envista") == "nothing is stored under it"
    assert "kosak / shafter" in asked(desk, "find")
    with pytest.raises(command.Refused, match="there are: envista, kosak"):
        asked(desk, "find", "--clinic", "spine")


def test_texts_are_found_also_where_nobody_knows_whose_they_are(desk: DeskUnderTest) -> None:
    a_text(desk, "is this the clinic?", clinic="")
    a_text(desk, "from somebody else", clinic="", number="+16615550150")
    assert asked(desk, "find").endswith("0 requests, 0 comments, 1 texts")
    assert asked(desk, "find", "--clinic", "envista") == "nothing is stored under it"


def test_rows_from_before_there_were_marks_are_found_too(desk: DeskUnderTest) -> None:
    a_comment(desk)
    a_comment(desk, email="other@mail.example")
    a_text(desk, "hello", clinic="")
    a_text(desk, "hello", clinic="", number="+16615550150")
    with desk.engine.begin() as connection:
        connection.execute(update(tables.comment).values(writer=None))
        connection.execute(update(tables.reply).values(sender=None))
    assert asked(desk, "find", about=EMAIL).endswith("0 requests, 1 comments, 0 texts")
    assert asked(desk, "find").endswith("0 requests, 0 comments, 1 texts")


def test_find_says_no_word_that_was_typed_and_is_written_down(desk: DeskUnderTest) -> None:
    desk.request(name="Quillfeather", message="a canary sentence", email=EMAIL)
    said = asked(desk, "find")
    for word in ("Quillfeather", "canary", EMAIL, "0199"):
        assert word not in said
    assert ("person: find", "envista", None) in desk.audit()


def test_the_export_holds_everything(desk: DeskUnderTest) -> None:
    """A form, a text, a note, a comment: all that was written comes back."""
    manager = desk.arrive("ana.lopez@envista.example", "manager", "envista")
    lead_id = desk.request(
        name="Ana Ruiz",
        message="canary one",
        email=EMAIL,
        consent_text="on",
        utm_source="canary-two",
        patient_name="Leo Canary",
        relationship="parent",
        **{"for": "someone_else"},
    )
    a_text(desk, "canary three")
    manager.move(lead_id, "take")
    manager.post(f"/leads/{lead_id}/notes", note=NOTE)
    a_comment(desk, message="canary four")

    contents = json.loads(asked(desk, "export"))
    [request] = contents["requests"]
    assert request["name"] == "Ana Ruiz"
    assert request["contact"]["email"] == EMAIL
    assert request["words"]["message"] == "canary one"
    assert request["words"]["patient_name"] == "Leo Canary"
    assert request["came_from"]["utm_source"] == "canary-two"
    assert [consent["what"] for consent in request["consents"]] == ["text"]
    assert NOTE in [event["note"] for event in request["story"]]
    assert [text["text"] for text in contents["texts"]] == ["canary three"]
    assert contents["comments"] == []  # another address: looked for by itself
    [comment] = json.loads(asked(desk, "export", about=EMAIL))["comments"]
    assert comment["message"] == "canary four"

    page = asked(desk, "export", "--html")
    for word in ("Ana Ruiz", "canary one", "canary-two", "canary three", "Leo Canary", NOTE):
        assert word in page
    assert ("person: export", "envista", None) in desk.audit()


def test_markup_in_what_was_typed_is_text_in_the_page(desk: DeskUnderTest) -> None:
    desk.request(name="<script>alert(1)</script>", message="<img src=x onerror=alert(2)>")
    page = asked(desk, "export", "--html")
    assert "<script" not in page
    assert "<img" not in page


def test_what_no_key_opens_is_said_to_be_unreadable(desk: DeskUnderTest) -> None:
    lead_id = desk.request()
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead).where(tables.lead.c.id == lead_id).values(words_sealed=b"\1\2k9x")
        )
    [request] = json.loads(asked(desk, "export"))["requests"]
    assert request["words"]["words"] == "cannot be opened: the key is missing"
    assert request["name"] == "Ana Ruiz"
    assert "cannot be opened" in asked(desk, "export", "--html")
    with desk.engine.connect() as connection:
        assert connection.scalar(select(tables.lead.c.id)) == lead_id
