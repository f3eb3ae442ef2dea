"""Texts that fit no request wait at the desk for somebody who may see them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from contract.events import PATIENT_REPLIED, Envelope, PatientReplied
from leads import tables
from leads.events import event_inbox
from leads.replies import Keeping, clinics_with_leads, open_reply
from leads.staff import roles
from leads.staff.roles import Ability
from plumbing.database import connect
from plumbing.envelopes import seal_part
from tests.desk.conftest import Colleague, DeskUnderTest, nobody, soup, words

Texts = Callable[..., UUID]


@pytest.fixture
def texts(desk: DeskUnderTest, database: str) -> Iterator[Texts]:
    """A patient texts: `clinic`: whose number it was, "" where several share one."""
    jobs, settings = (
        connect(database.replace("leads_app@", "leads_jobs@"), name="jobs"),
        desk.settings,
    )
    keeping = Keeping(
        event_keys=settings.event_keys,
        seal_keys=settings.seal_keys,
        hash_key=settings.hash_key,
        clinics=clinics_with_leads,
    )

    def sent(
        said: str, *, clinic: str = "envista", number: str = "+16615550123", what: str = "text"
    ) -> UUID:
        event_id, now = uuid4(), datetime.now(UTC)
        replied = PatientReplied(
            message_id=f"SM{event_id}", clinic=clinic, at=now.isoformat(), what=what
        )
        plain = {"from": number, "text": said}
        sealed = seal_part(settings.event_keys, event_id, plain)
        event_inbox(jobs, keeping, lambda: None).take(
            Envelope(
                id=event_id, name=PATIENT_REPLIED, at=now, data=replied.to_json(), sealed=sealed
            )
        )
        return event_id

    yield sent
    jobs.dispose()


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def stored(desk: DeskUnderTest, reply_id: UUID) -> dict:
    with desk.engine.connect() as connection:
        found = connection.execute(select(tables.reply).where(tables.reply.c.id == reply_id))
        return dict(found.mappings().one())


def test_a_text_from_an_unknown_number_waits_until_somebody_is_done_with_it(
    desk: DeskUnderTest, texts: Texts, ana: Colleague
) -> None:
    assert "Every text has found its request" in words(ana.page("/texts"))
    reply_id = texts("Is it open on <b>Friday</b>?")
    texts("STOP", what="stop")  # is seen to by itself
    assert "1 text message from patients fits no request" in words(ana.page("/"))
    page = ana.page("/texts")
    assert page.h1.text == "1 message that fits no request"
    assert page.select_one("h2 a").text == "(661) 555-0123"
    assert page.select_one("h2 a")["href"] == "tel:+16615550123"
    assert page.select_one(".message").text == "Is it open on <b>Friday</b>?"
    assert ana.post(f"/texts/{reply_id}", do="done").location == "/texts"
    assert "Every text" in words(ana.page("/texts"))
    assert "fits no request" not in words(ana.page("/"))
    assert stored(desk, reply_id)["done_by"] is not None
    assert ana.post(f"/texts/{reply_id}", do="done").status_code == 404
    noted = [what for what, _, _ in desk.audit()]
    assert "texts opened" in noted
    assert "text: done" in noted


def test_a_text_about_a_request_that_is_done_is_put_there_with_one_press(
    desk: DeskUnderTest, texts: Texts, ana: Colleague
) -> None:
    lead_id = desk.request(name="Rosa Done", phone="(661) 555-0123")
    ana.move(lead_id, "reached")
    reply_id = texts("Can I come an hour later?")
    page = ana.page("/texts")
    assert "Rosa Done" in words(page)
    lead = page.find("input", attrs={"name": "lead"})["value"]
    answer = ana.post(f"/texts/{reply_id}", do="give", lead=lead)
    assert answer.location == f"/leads/{lead_id}#story"
    story = words(ana.page(f"/leads/{lead_id}"))
    assert "The patient texted" in story
    assert "Can I come an hour later?" in story
    assert "Every text" in words(ana.page("/texts"))
    assert ana.post(f"/texts/{reply_id}", do="give", lead=lead).status_code == 404


def test_a_text_is_put_to_the_request_whose_reference_is_typed(
    desk: DeskUnderTest, texts: Texts, ana: Colleague
) -> None:
    lead_id = desk.request()
    reply_id = texts("From my daughter's phone")
    for typed in ("no such", "", "x" * 300, "'; DROP TABLE reply; --"):
        answer = ana.post(f"/texts/{reply_id}", do="give", reference=typed)
        assert answer.status_code == 422
        assert "No request of that clinic has this reference" in answer.text
    reference = desk.row(lead_id)["reference"].lower()
    answer = ana.post(f"/texts/{reply_id}", do="give", reference=f"{reference[:4]} {reference[4:]}")
    assert answer.location == f"/leads/{lead_id}#story"
    assert stored(desk, reply_id)["lead_id"] == lead_id
    assert ana.post(f"/texts/{texts('More')}", do="something else").status_code == 400


@pytest.mark.parametrize("role", roles.ROLES)
def test_another_clinics_texts_are_not_there(desk: DeskUnderTest, texts: Texts, role: str) -> None:
    foreign, own = texts("foreign", clinic="kosak"), texts("own")
    theirs = desk.request(host="kosak.example")
    clinics = () if role == "operator" else ("envista",)
    colleague = desk.arrive(f"{role}@envista.example", role, *clinics)
    key = soup(colleague.get("/", follow_redirects=True)).find("input", attrs={"name": "form_key"})[
        "value"
    ]

    def post(reply_id: UUID, **fields: str) -> int:
        return colleague.post(f"/texts/{reply_id}", form_key=key, **fields).status_code

    assert post(foreign, do="done") == post(nobody(), do="done") == 404
    assert post(foreign, do="give", lead=str(theirs)) == 404
    may = roles.can(role, Ability.LEADS)
    assert colleague.get("/texts").status_code == (200 if may else 404)
    assert "foreign" not in colleague.get("/texts").text
    assert post(own, do="give", lead=str(theirs)) == (422 if may else 404)
    assert stored(desk, foreign)["done_at"] is None
    assert stored(desk, foreign)["lead_id"] is stored(desk, own)["lead_id"] is None
    assert post(own, do="done") == (303 if may else 404)


def test_a_text_to_a_number_that_all_share_is_shown_to_who_works_for_all(
    desk: DeskUnderTest, texts: Texts, ana: Colleague
) -> None:
    desk.request(host="kosak.example")
    lead_id = desk.request(name="Whose Text")
    reply_id = texts("Which clinic is this?", clinic="")
    assert stored(desk, reply_id)["clinic"] == ""
    assert "Which clinic" not in ana.get("/texts").text
    assert ana.post(f"/texts/{reply_id}", do="done").status_code == 404
    everybody = desk.arrive("owner@group.example", "owner")
    assert "Which clinic is this?" in everybody.get("/texts").text
    everybody.post(f"/texts/{reply_id}", do="give", reference=desk.row(lead_id)["reference"])
    row = stored(desk, reply_id)
    assert (row["clinic"], row["lead_id"]) == ("envista", lead_id)
    plain = open_reply(desk.settings.seal_keys, "envista", reply_id, row["words_sealed"])
    assert plain["text"] == "Which clinic is this?"
    assert "Which clinic is this?" in words(ana.page(f"/leads/{lead_id}"))


def test_who_is_kept_to_a_location_sees_no_text(desk: DeskUnderTest, texts: Texts) -> None:
    reply_id = texts("Hello")
    link = desk.link(
        "add", "--email", "ben@envista.example", "--role", "location_staff",
        "--clinic", "envista", "--location", "envista/shafter",
    )  # fmt: skip
    ben = Colleague(desk.app.test_client())
    ben.get(link.removeprefix(desk.settings.desk_url))
    assert ben.get("/texts").status_code == 404
    assert "text message" not in words(ben.page("/"))
    assert ben.post(f"/texts/{reply_id}", do="done").status_code == 404


def test_behind_broken_glass_texts_are_read_and_not_seen_to(
    desk: DeskUnderTest, texts: Texts
) -> None:
    reply_id = texts("Help")
    operator = desk.arrive("op@group.example", "operator")
    operator.post("/glass", clinic="envista", reason="nobody at the clinic answers")
    page = operator.page("/texts")
    assert "Help" in words(page)
    assert not page.select("main form")
    assert operator.post(f"/texts/{reply_id}", do="done").status_code == 404


def test_without_a_clinic_set_the_database_shows_no_text(desk: DeskUnderTest, texts: Texts) -> None:
    texts("a")
    texts("b", clinic="")
    with desk.own.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM reply")).scalar() == 0
        assert connection.execute(text("UPDATE reply SET done_at = now()")).rowcount == 0
