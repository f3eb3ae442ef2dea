"""The list, one lead, and what can be done with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contract.events import LeadHandled
from leads import tables
from leads.desk.moves import CALL_NOW, DONE, MOVES, TAKEN, WAITING, possible
from tests.builders import a_form
from tests.desk.conftest import Colleague, DeskUnderTest, words


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


@pytest.fixture
def ben(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ben@envista.example", "location_staff", "envista")


def age(desk: DeskUnderTest, lead_id: UUID, by: timedelta) -> None:
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == lead_id)
            .values(received_at=tables.lead.c.received_at - by)
        )


def story(desk: DeskUnderTest, lead_id: UUID) -> list[str]:
    event = tables.lead_event.c
    with desk.engine.connect() as connection:
        query = select(event.what).where(event.lead_id == lead_id).order_by(event.id)
        return list(connection.scalars(query))


def told(desk: DeskUnderTest, lead_id: UUID) -> list[LeadHandled]:
    outbox = tables.outbox.c
    with desk.engine.connect() as connection:
        rows = connection.scalars(
            select(outbox.data)
            .where(outbox.name == "lead.handled.v1", outbox.data["lead_id"].astext == str(lead_id))
            .order_by(outbox.at)
        )
        return [LeadHandled.from_json(row) for row in rows]


def test_an_empty_desk_makes_one_glad(ana: Colleague) -> None:
    page = ana.page("/")
    assert page.h1.text == "Nobody is waiting"
    assert "No request has come yet." in words(page)


def test_the_longest_waiting_is_first_and_the_loudest(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(name="Young Request", message="a")
    age(desk, desk.request(name="Old Request", message="b"), timedelta(days=2))
    page = ana.page("/")
    assert page.h1.text == "2 to call now"
    rows = page.select("#call-now + .rows .row")
    assert [row.h3.text for row in rows] == ["Old Request", "Young Request"]
    assert "loudest" in rows[0]["class"]
    assert len(page.select(".primary")) == 1
    assert "open time" in words(rows[0])
    assert rows[0].find("time")["title"].endswith(("PST", "PDT"))


def test_the_list_says_kind_place_language_and_who_has_it(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request(speaks="es")
    shown = words(ana.page("/"))
    assert "Contact request · Shafter" in shown
    assert "Spanish" in shown
    ben.move(lead_id, "take")
    assert "Ben is calling" in words(ana.page("/"))
    ben.move(lead_id, "left_message")
    assert "Message left by Ben" in words(ana.page("/"))
    ben.move(lead_id, "booked")
    page = ana.page("/")
    assert page.h1.text == "Nobody is waiting"
    assert "Every request has been answered. Last request" in words(page)
    assert "answered in 0 min" in words(page)
    assert "Booked Ben" in words(page)


def test_the_list_can_be_narrowed_to_one_location(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(name="At Shafter", message="a")
    desk.request(name="At Bakersfield", location="bakersfield", message="b")
    narrowed = words(ana.page("/?location=envista/shafter"))
    assert "At Shafter" in narrowed
    assert "At Bakersfield" not in narrowed
    assert "At Bakersfield" in words(ana.page("/?location=kosak/shafter"))  # not hers: no filter
    assert "At Bakersfield" in words(ana.page("/?location='--"))


def test_a_lead_shows_whom_to_call_what_was_agreed_and_what_was_written(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request(
        **a_form(
            kind="appointment",
            phone="(661) 555-0199 x12",
            message="Since Monday.\nWorse at night.",
            reason="back-pain",
            patient="new",
            when="days",
            preferred_date_1=next_monday(),
            preferred_part_1="morning",
            patient_name="Leo",
            relationship="parent",
            email="ana@example.com",
            consent_text="on",
        )
        | {"for": "someone_else", "from": "/articles/back-spasms/"}
    )
    page = ana.page(f"/leads/{lead_id}")
    assert page.find(class_="number")["href"] == "tel:+16615550199;ext=12"
    shown = words(page)
    for expected in (
        "Ana Ruiz",
        "About Leo (parent)",
        "Asked for a call. Agreed to text messages. On voicemail leave only your name and number.",
        "Back pain",
        "No, new patient",
        ", morning",
        "/articles/back-spasms/",
        "Request received",
    ):
        assert expected in shown
    assert page.find(class_="message").text == "Since Monday.\nWorse at night."
    assert ("lead opened", "envista", lead_id) in desk.audit()


def next_monday() -> str:
    today = datetime.now(UTC).date()
    return (today + timedelta(days=14 - today.weekday())).isoformat()


def test_who_wants_an_email_is_written_to(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(reply_by="email", email="o'hara@example.com", phone="")
    link = ana.page(f"/leads/{lead_id}").find(class_="number")
    assert link["href"] == "mailto:o%27hara%40example.com"


def test_every_reading_of_names_is_an_audit_row(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request()
    before = len(desk.audit())
    ana.get("/")
    assert desk.audit()[before:] == [("list opened", "envista", None)]


def test_taking_and_recording_is_a_story_and_is_told_to_notify(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    assert ana.move(lead_id, "take").location == f"/leads/{lead_id}"
    assert "You have this request" in words(ana.page(f"/leads/{lead_id}"))
    assert desk.row(lead_id)["handled_at"] is None
    ana.move(lead_id, "left_message")
    assert desk.row(lead_id)["handled_at"] is None
    ana.move(lead_id, "reached")
    assert desk.row(lead_id)["handled_at"] is not None
    assert story(desk, lead_id) == ["received", "taken", "left a message", "reached"]
    events = told(desk, lead_id)
    assert [(event.state, event.outcome) for event in events] == [
        ("taken", ""),
        ("outcome", "left_message"),
        ("outcome", "reached"),
    ]
    assert {event.by for event in events} == {"Ana Lopez"}
    shown = words(ana.page(f"/leads/{lead_id}"))
    assert "Ana Lopez is calling this patient" in shown
    assert "Ana Lopez reached the patient" in shown


def test_the_second_person_is_told_who_has_it(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    late = ben.move(lead_id, "take")
    assert late.location == f"/leads/{lead_id}?late=take"
    assert "Ana Lopez was faster." in words(ben.page(late.location))
    assert desk.row(lead_id)["state"] == TAKEN
    assert story(desk, lead_id) == ["received", "taken"]


def test_of_eight_at_once_one_takes_it(desk: DeskUnderTest) -> None:
    lead_id = desk.request()
    people = [desk.arrive(f"p{n}@envista.example", "manager", "envista") for n in range(8)]
    keys = [person.form_key() for person in people]

    def take(n: int) -> str:
        path = f"/leads/{lead_id}/moves"
        return people[n].post(path, move="take", form_key=keys[n]).location

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(take, range(8)))
    assert len([place for place in places if "late" not in place]) == 1
    assert story(desk, lead_id) == ["received", "taken"]
    assert len(told(desk, lead_id)) == 1


def test_only_the_holder_says_how_it_went_and_others_can_take_over(
    desk: DeskUnderTest, ana: Colleague, ben: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "take")
    assert "late" in ben.move(lead_id, "reached").location
    assert "late" not in ben.move(lead_id, "take_over").location
    assert "late" in ana.move(lead_id, "reached").location
    ben.move(lead_id, "close")
    assert desk.row(lead_id)["state"] == DONE
    ana.move(lead_id, "reopen")
    assert (desk.row(lead_id)["state"], desk.row(lead_id)["handled_at"]) == (TAKEN, None)


def test_a_move_that_is_none_is_refused(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    assert ana.move(lead_id, "delete").status_code == 400
    assert "late" in ana.move(lead_id, "pass_on").location
    assert desk.row(lead_id)["state"] == CALL_NOW


def test_columns_that_are_posted_along_change_nothing(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    before = desk.row(lead_id)
    extra = {name: "x" for name in before if name != "id"} | {"clinic": "kosak"}
    ana.post(f"/leads/{lead_id}/moves", move="take", **extra)
    changed = {name for name, value in desk.row(lead_id).items() if value != before[name]}
    assert changed == {"state", "holder", "changed_at"}


def test_every_move_leads_to_a_state_that_has_a_way_on() -> None:
    states = {CALL_NOW, TAKEN, WAITING, DONE}
    assert {move.to for move in MOVES.values()} == states
    for state in states:
        assert possible(state, held_by_me=True)
        assert possible(state, held_by_me=False)


def test_what_notify_said_is_in_the_story(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    envelope = {
        "id": "3b241101-e2bb-4255-8caf-4136c566a962",
        "name": "alert.changed.v1",
        "at": "2026-11-20T18:05:00+00:00",
        "data": {
            "lead_id": str(lead_id),
            "clinic": "envista",
            "alert_id": "a",
            "what": "told",
            "channel": "sms",
            "contact": "Carla",
        },
    }
    answer = desk.app.test_client().post(
        "/internal/events", json=[envelope], headers={"Authorization": "Bearer token"}
    )
    assert answer.json["confirmed"] == [envelope["id"]]
    assert "Carla was told by text" in words(ana.page(f"/leads/{lead_id}"))


def test_a_second_plea_is_marked_and_linked(desk: DeskUnderTest, ana: Colleague) -> None:
    first = desk.request(message="again")
    ana.move(first, "take")
    ana.move(first, "close")
    second = desk.request(message="again")
    assert second != first
    assert "Wrote again" in words(ana.page("/"))
    assert ana.page(f"/leads/{second}").find(href=f"/leads/{first}")
    assert ana.page(f"/leads/{first}").find(href=f"/leads/{second}")


MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def test_markup_in_every_field_is_shown_as_text(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(
        **a_form(
            kind="appointment",
            name=MARKUP,
            message=MARKUP,
            reason="back-pain",
            patient="new",
            patient_name=MARKUP,
            relationship=MARKUP[:60],
            town=MARKUP,
            speaks=MARKUP[:60],
            utm_source=MARKUP,
            utm_campaign=MARKUP,
        )
        | {"for": "someone_else"}
    )
    for path in ("/", f"/leads/{lead_id}"):
        page = ana.page(path)
        assert all(script["src"].startswith("/assets/") for script in page.find_all("script"))
        assert page.find("img") is None
        assert "49" not in page.get_text().replace(MARKUP, "").split()
        assert MARKUP in page.get_text()
    policy = ana.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_lead_whose_key_is_missing_can_still_be_taken(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead).values(
                name_sealed=b"\x01\x02k9" + bytes(40), words_sealed=b"x", contact_sealed=b"x"
            )
        )
    assert "Cannot be opened" in words(ana.page("/"))
    assert ana.get(f"/leads/{lead_id}").status_code == 200
    assert "late" not in ana.move(lead_id, "take").location
