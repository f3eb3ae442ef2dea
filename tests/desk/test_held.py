"""Possible spam at the desk: why, and one tap to say what it is."""

from uuid import UUID

import pytest
from sqlalchemy import select

from contract.events import LEAD_ACCEPTED, MESSAGE_REQUESTED
from leads import tables
from leads.desk import held_routes
from tests.builders import a_clinic, a_directory
from tests.desk.conftest import Build, Colleague, DeskUnderTest, soup, words

SPAM = "Buy backlinks and SEO: https://a.example https://b.example https://c.example click here"


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


@pytest.fixture
def held(desk: DeskUnderTest) -> UUID:
    lead_id = desk.request(name="Max Offer", message=SPAM, topic_code="x")
    assert desk.row(lead_id)["state"] == "held"
    return lead_id


def accepted(desk: DeskUnderTest, lead_id: UUID) -> list[dict]:
    """Its alerts."""
    return _told(desk, lead_id, LEAD_ACCEPTED)


def requested(desk: DeskUnderTest, lead_id: UUID) -> list[dict]:
    """Messages to its patient."""
    return _told(desk, lead_id, MESSAGE_REQUESTED)


def _told(desk: DeskUnderTest, lead_id: UUID, event: str) -> list[dict]:
    outbox = tables.outbox.c
    with desk.engine.connect() as connection:
        return list(
            connection.scalars(
                select(outbox.data).where(
                    outbox.name == event,
                    outbox.data["lead_id"].astext == str(lead_id),
                )
            )
        )


def test_what_is_held_is_apart_and_says_why(
    desk: DeskUnderTest, ana: Colleague, held: UUID
) -> None:
    assert ana.page("/").h1.text == "Nobody is waiting"
    page = ana.page("/held")
    assert page.h1.text == "1 held as possible spam"
    shown = words(page)
    for expected in ("Max Offer", SPAM, "several web addresses", "Goes to the team"):
        assert expected in shown


def test_the_heading_counts_what_does_not_fit_on_the_page_too(
    desk: DeskUnderTest, ana: Colleague, held: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        desk.request(name=f"Max Offer {number}", message=SPAM, topic_code="x")
    desk.request(host="kosak.example", name="Of another clinic", message=SPAM, topic_code="x")
    monkeypatch.setattr(held_routes, "SHOWN", 2)
    page = ana.page("/held")
    assert page.h1.text == "3 held as possible spam"
    assert len(page.select("ol.cards > li")) == 2
    assert "Shown are the 2 that would go soonest" in words(page)


def test_one_tap_tells_the_team(desk: DeskUnderTest, ana: Colleague, held: UUID) -> None:
    assert accepted(desk, held) == []
    answer = ana.post(f"/leads/{held}/held", judged="real")
    assert answer.location == f"/leads/{held}"
    assert [event["released"] for event in accepted(desk, held)] == [True]
    assert ana.page("/").h1.text == "1 to call now"
    ana.post(f"/leads/{held}/held", judged="real")
    assert len(accepted(desk, held)) == 1


def test_one_tap_calls_it_spam(desk: DeskUnderTest, ana: Colleague, held: UUID) -> None:
    ana.post(f"/leads/{held}/held", judged="spam")
    assert desk.row(held)["state"] == "spam"
    assert accepted(desk, held) == []
    assert ana.page("/held").h1.text == "Nothing is held as possible spam"
    assert ana.page("/").h1.text == "Nobody is waiting"
    assert "0 requests in 30 days" in words(ana.page("/report"))


def test_a_slip_of_the_thumb_is_put_right_and_the_team_is_told(
    desk: DeskUnderTest, ana: Colleague, held: UUID
) -> None:
    back = ana.post(f"/leads/{held}/held", judged="spam")
    opened = soup(ana.get(back.location)).find("a", string="Open it again")
    assert opened is not None
    page = soup(ana.get(str(opened["href"])))
    assert "Called spam" in page.text
    assert page.find("button", attrs={"value": "spam"}) is None
    assert page.find("button", attrs={"value": "real"}) is not None
    for _ in range(2):
        ana.post(f"/leads/{held}/held", judged="real")
    assert [event["released"] for event in accepted(desk, held)] == [True]
    assert ana.page("/").h1.text == "1 to call now"
    story = words(soup(ana.get(f"/leads/{held}")))
    assert story.index("Ana Lopez called it spam") < story.index("Ana Lopez told the team")


def test_who_agreed_to_a_confirmation_has_it_once_the_slip_is_put_right(build: Build) -> None:
    desk = build(
        demo=True, directory=a_directory(a_clinic(confirmations=("email",)), a_clinic("kosak"))
    )
    ana = desk.arrive("ana.lopez@envista.example", "manager", "envista")
    held = desk.request(message=SPAM, topic_code="x", email="ana@example.com", consent_email="on")
    ana.post(f"/leads/{held}/held", judged="spam")
    assert requested(desk, held) == []
    for _ in range(2):
        ana.post(f"/leads/{held}/held", judged="real")
    [confirmation] = requested(desk, held)
    assert (confirmation["template"], confirmation["channel"]) == ("confirmation", "email")


def test_what_was_called_spam_is_released_by_no_clock(
    desk: DeskUnderTest, ana: Colleague, held: UUID
) -> None:
    hold = tables.lead_hold.c
    ana.post(f"/leads/{held}/held", judged="spam")
    ana.post(f"/leads/{held}/held", judged="spam")
    with desk.engine.connect() as connection:
        query = select(hold.release_at).where(hold.lead_id == held)
        assert list(connection.scalars(query)) == [None]


def test_another_word_is_refused(desk: DeskUnderTest, ana: Colleague, held: UUID) -> None:
    assert ana.post(f"/leads/{held}/held", judged="maybe").status_code == 400
    assert desk.row(held)["state"] == "held"


def test_a_held_request_can_be_read_and_answered_by_judging_alone(
    desk: DeskUnderTest, ana: Colleague, held: UUID
) -> None:
    page = soup(ana.get(f"/leads/{held}"))
    assert page.find("button", attrs={"name": "move"}) is None
    assert page.find("button", attrs={"value": "real"})
