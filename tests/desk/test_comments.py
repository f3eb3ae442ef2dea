"""Comments at the desk: read, decided, or seen to ask for care."""

from uuid import UUID

import pytest
from sqlalchemy import select

from leads import tables
from leads.comments import store
from leads.comments.form import Comment
from leads.scope import scoped
from tests.desk.conftest import Colleague, DeskUnderTest, nobody, words

ARTICLE = "/articles/back-spasms/"


@pytest.fixture
def editor(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ed@envista.example", "editor", "envista")


def write(desk: DeskUnderTest, clinic: str = "envista", message: str = "This helped.") -> UUID:
    comment = Comment(article=ARTICLE, name="Lee Reader", email="lee@example.com", message=message)
    settings = desk.settings
    with scoped(desk.own, [clinic]) as scope:
        store.add(scope, clinic, comment, keys=settings.seal_keys, hashes=settings.hash_key)
    with desk.engine.connect() as connection:
        newest = select(tables.comment.c.id).order_by(tables.comment.c.received_at.desc()).limit(1)
        found = connection.scalar(newest)
    assert isinstance(found, UUID)
    return found


def state(desk: DeskUnderTest, comment_id: UUID) -> str:
    with desk.engine.connect() as connection:
        comment = tables.comment.c
        return connection.scalar(select(comment.state).where(comment.id == comment_id)) or ""


def decide(colleague: Colleague, comment_id: UUID, decision: str):
    key = colleague.page("/comments").find("input", attrs={"name": "form_key"})["value"]
    return colleague.post(f"/comments/{comment_id}", decision=decision, form_key=key)


def test_what_waits_is_read_and_approved_or_rejected(
    desk: DeskUnderTest, editor: Colleague
) -> None:
    first, second = write(desk), write(desk, message="Buy this")
    page = editor.page("/comments")
    assert page.h1.text == "2 comments to read"
    assert "Lee Reader" in words(page)
    assert "lee@example.com" not in words(page)
    decide(editor, first, "approve")
    decide(editor, second, "reject")
    assert (state(desk, first), state(desk, second)) == ("approved", "rejected")
    assert "Nothing waits" in words(editor.page("/comments"))


def test_s4_2_who_asks_for_care_becomes_a_request_that_is_alerted(desk: DeskUnderTest) -> None:
    manager = desk.arrive("ana@envista.example", "manager", "envista")
    comment_id = write(desk, message="My legs went numb since your exercise, what do I do")
    lead = decide(manager, comment_id, "care").location
    page = manager.page(lead)
    assert "Lee Reader" in words(page)
    assert page.find(class_="number")["href"] == "mailto:lee%40example.com"
    assert ARTICLE in words(page)
    assert state(desk, comment_id) == "rejected"
    with desk.engine.connect() as connection:
        told = select(tables.outbox.c.data).where(tables.outbox.c.name == "lead.accepted.v1")
        assert [event["lead_id"] for event in connection.scalars(told)] == [lead.split("/")[-1]]


def test_an_editor_makes_a_request_and_does_not_see_it(
    desk: DeskUnderTest, editor: Colleague
) -> None:
    assert decide(editor, write(desk), "care").location == "/comments"


@pytest.mark.parametrize("decision", ["approve", "reject", "care"])
def test_another_clinics_comment_is_not_there(
    desk: DeskUnderTest, editor: Colleague, decision: str
) -> None:
    foreign = write(desk, "kosak")
    assert "Lee Reader" not in words(editor.page("/comments"))
    assert decide(editor, foreign, decision).status_code == 404
    assert decide(editor, nobody(), decision).status_code == 404
    assert state(desk, foreign) == "waiting"


def test_another_decision_is_refused(desk: DeskUnderTest, editor: Colleague) -> None:
    comment_id = write(desk)
    assert decide(editor, comment_id, "publish").status_code == 400
    assert state(desk, comment_id) == "waiting"
