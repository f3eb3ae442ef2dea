"""Possible spam at the desk: why, and one tap to say what it is."""

from uuid import UUID

import pytest
from sqlalchemy import select

from leads import tables
from tests.desk.conftest import Colleague, DeskUnderTest, soup, words

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
    outbox = tables.outbox.c
    with desk.engine.connect() as connection:
        return list(
            connection.scalars(
                select(outbox.data).where(
                    outbox.name == "lead.accepted.v1",
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
