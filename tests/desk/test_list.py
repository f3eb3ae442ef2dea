"""The to-do list: groups, narrowing, pages, and what an open page asks for."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update

from contract.events import SYNTHETIC
from leads import tables
from tests.desk.conftest import Colleague, DeskUnderTest, words

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def many(desk: DeskUnderTest, count: int, state: str = "done") -> None:
    """Copies of one request, a minute apart."""
    lead_id = desk.request(name="One Of Many")
    with desk.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO lead (id, clinic, location, kind, reference, received_at, fingerprint,"
                " n, again, state, changed_at, language, form_version, attribution, suspicions,"
                " name_sealed, contact_sealed, words_sealed)"
                " SELECT gen_random_uuid(), clinic, location, kind, 'R' || i,"
                " received_at - i * interval '1 minute', fingerprint, i, false, :state,"
                " now() - i * interval '1 second', language, form_version, attribution,"
                " suspicions, name_sealed, contact_sealed, words_sealed"
                " FROM lead, generate_series(1, :count) AS i WHERE id = :id"
            ),
            {"state": state, "count": count, "id": lead_id},
        )


def test_everything_done_can_be_walked_page_by_page_once(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    many(desk, 120)
    page = ana.page("/")
    assert len(page.select("#done + .rows .row")) == 20
    seen, path = [], page.select_one("section[aria-labelledby=done] .more a")["href"]
    seen += [link["href"] for link in page.select("#done + .rows h3 a")]
    while path:
        page = ana.page(path)
        seen += [link["href"] for link in page.select("#done + .rows h3 a")]
        more = page.select_one(".more a")
        path = more["href"] if more else ""
    assert len(seen) == 120
    assert len(set(seen)) == 120


@pytest.mark.parametrize(
    "query",
    [
        "after=xxx&group=done",
        "after=W10&group=done",
        "after=WyJ4IiwieSJd&group=done",
        "group=nothing",
        "group=done'--",
        "person=00000000-0000-0000-0000-000000000000",
        "person=%00",
        "location=a/b/c",
    ],
)
def test_an_address_that_somebody_bent_shows_the_list(
    desk: DeskUnderTest, ana: Colleague, query: str
) -> None:
    many(desk, 3)
    assert len(ana.page(f"/?{query}").select(".row")) in {3, 4}


def test_the_list_can_be_narrowed_to_a_person(desk: DeskUnderTest, ana: Colleague) -> None:
    ben = desk.arrive("ben@envista.example", "location_staff", "envista")
    desk.arrive("eve@kosak.example", "manager", "kosak")
    ben.move(desk.request(name="For Ben", message="a"), "take")
    ana.move(desk.request(name="For Ana", message="b"), "take")
    desk.request(name="For Nobody", message="c")
    page = ana.page("/")
    choices = {option.text: option["value"] for option in page.select("#person option")}
    assert list(choices) == ["Everybody", "Nobody's yet", "Mine", "Ben"]
    for choice, shown in (("Mine", "For Ana"), ("Ben", "For Ben"), ("Nobody's yet", "For Nobody")):
        page = ana.page(f"/?person={choices[choice]}")
        assert {link.text for link in page.select("h3 a")} == {shown}
        assert page.select_one("#person option[selected]")["value"] == choices[choice]
    assert {link.text for link in ana.page("/?person=me").select("h3 a")} == {"For Ana"}


def test_a_caregiver_is_called_about_the_patient(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(
        name="Ana Ruiz", patient_name="Leo", relationship="parent", **{"for": "someone_else"}
    )
    assert "Ana Ruiz about Leo (parent)" in words(ana.page("/"))


def test_what_was_promised_and_has_passed_is_missed(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request()
    assert "0 missed" in words(ana.page("/").find(class_="tally"))
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == lead_id)
            .values(received_at=tables.lead.c.received_at - timedelta(days=9))
        )
    page = ana.page("/")
    assert "1 missed" in words(page.find(class_="tally"))
    assert "Missed: nobody called by the promised time" in words(page)


def test_an_open_page_hears_of_changes_and_no_name(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(name="Secret Name")
    version = ana.page("/").find(attrs={"data-version": True})["data-version"]
    live = ana.get("/live")
    assert live.json == {"version": version, "ages": {str(lead_id): "0 min"}}
    assert "Secret" not in live.text
    before = len(desk.audit())
    ana.get("/live")
    assert len(desk.audit()) == before
    ana.move(lead_id, "take")
    assert ana.get("/live").json["version"] != version


def test_an_open_page_does_not_keep_a_session_alive(desk: DeskUnderTest, ana: Colleague) -> None:
    def idle(minutes: int) -> None:
        with desk.engine.begin() as connection:
            session = tables.staff_session
            connection.execute(
                update(session).values(
                    last_seen_at=session.c.last_seen_at - timedelta(minutes=minutes)
                )
            )

    idle(29)
    assert ana.get("/live").status_code == 200
    idle(2)
    assert ana.get("/live").status_code == 303
    assert ana.get("/").status_code == 303


def test_a_desk_where_nobody_waits_says_that_alerts_were_tested(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "reached")
    assert "Alerts tested" not in words(ana.page("/"))
    tested_at = datetime.now(UTC).replace(microsecond=0)
    row = desk.row(lead_id) | {"id": uuid4(), "clinic": SYNTHETIC}
    del row["article"]
    with desk.engine.begin() as connection:
        connection.execute(tables.lead.insert().values(**row))
        connection.execute(
            tables.lead_event.insert().values(
                clinic=SYNTHETIC,
                lead_id=row["id"],
                at=tested_at,
                actor="notify",
                what="alert told",
                detail={},
            )
        )
    clock = f"{tested_at.astimezone(ZONE):%-I:%M %p}".lower()
    page = ana.page("/")
    assert page.h1.text == "Nobody is waiting"
    assert f"answered in 0 min. Alerts tested today {clock}." in words(page.find(class_="glad"))
    desk.request(message="another")
    assert "Alerts tested" not in words(ana.page("/"))


def test_a_desk_where_nobody_waits_says_how_soon_the_last_one_was_answered(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request()
    ana.move(lead_id, "reached")
    day = datetime.now(ZONE) - timedelta(days=1)
    while day.weekday() >= 5:  # closed
        day -= timedelta(days=1)
    received_at = day.replace(hour=16, minute=12, second=0, microsecond=0)
    called_at = received_at + timedelta(minutes=9, seconds=30)
    lead, event = tables.lead, tables.lead_event
    with desk.engine.begin() as connection:
        connection.execute(update(lead).values(received_at=received_at))
        connection.execute(update(event).where(event.c.what == "reached").values(at=called_at))
    said = words(ana.page("/").find(class_="glad"))
    assert f"Last request {day:%a} 4:12 pm, answered in 9 min." in said
