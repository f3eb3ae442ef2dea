"""What each role sees first, people of one location, and the broken glass."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, update

from leads import tables
from leads.staff import commands
from tests.desk.conftest import Colleague, DeskUnderTest, words


@pytest.mark.parametrize("role", ["editor", "auditor"])
def test_who_answers_no_requests_starts_with_the_report(desk: DeskUnderTest, role: str) -> None:
    desk.request(name="Secret Name")
    answer = desk.arrive("one@envista.example", role, "envista").get("/", follow_redirects=True)
    assert "How it goes" in answer.text
    assert "Secret" not in answer.text


def test_people_of_one_location_see_its_requests_alone(desk: DeskUnderTest) -> None:
    own = desk.request(name="At Shafter", message="a")
    other = desk.request(name="At Bakersfield", location="bakersfield", message="b")
    link = desk.link(
        *("add", "--email", "s@envista.example", "--role", "location_staff"),
        *("--clinic", "envista", "--location", "envista/shafter"),
    )
    colleague = Colleague(desk.app.test_client())
    colleague.get(link.removeprefix(desk.settings.desk_url))
    page = colleague.page("/")
    assert page.h1.text == "1 to call now"
    assert "Bakersfield" not in words(page)
    assert colleague.get(f"/leads/{own}").status_code == 200
    assert colleague.get(f"/leads/{other}").status_code == 404
    assert colleague.move(other, "take").status_code == 404
    assert "Nothing found" in colleague.post("/search", **{"for": "bakersfield"}).text
    assert "1 request in 30 days" in words(colleague.page("/report"))
    assert list(colleague.get("/live").json["ages"]) == [str(own)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("manager", "--clinic", "envista", "--location", "envista/shafter"), "location_staff"),
        (("location_staff", "--clinic", "envista", "--location", "kosak/shafter"), "not in a"),
        (("location_staff", "--clinic", "envista", "--location", "envista/mars"), "there are:"),
    ],
)
def test_a_location_that_cannot_be_meant_is_refused_in_words(
    desk: DeskUnderTest, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(commands.Refused, match=said):
        desk.link("add", "--email", "a@b.example", "--role", *arguments)


@pytest.fixture
def operator(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("op@group.example", "operator")


@pytest.fixture
def lead_id(desk: DeskUnderTest) -> UUID:
    return desk.request(name="Ana Ruiz")


REASON = "The clinic is snowed in and the patient called us"


def test_broken_glass_shows_one_clinic_for_a_while_changes_nothing_and_is_seen(
    desk: DeskUnderTest, operator: Colleague, lead_id: UUID
) -> None:
    foreign = desk.request(host="kosak.example")
    assert operator.get(f"/leads/{lead_id}").status_code == 404
    assert operator.post("/glass", clinic="envista", reason=REASON).status_code == 303
    page = operator.page(f"/leads/{lead_id}")
    assert "Ana Ruiz" in words(page)
    ends = page.select_one("[role=status] time")["datetime"]
    left = datetime.fromisoformat(ends) - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    assert ends.endswith(("-07:00", "-08:00"))  # as it is at the clinic
    assert page.find("button", attrs={"name": "move"}) is None
    assert operator.get(f"/leads/{foreign}").status_code == 404
    for path, fields in (("moves", {"move": "take"}), ("notes", {"note": "x"})):
        assert operator.post(f"/leads/{lead_id}/{path}", **fields).status_code == 404
    owner = desk.arrive("owner@envista.example", "owner", "envista")
    trail = words(owner.page("/audit"))
    assert f"glass broken: {REASON}" in trail
    assert "Op lead opened" in trail
    with desk.engine.begin() as connection:
        session = tables.staff_session
        connection.execute(update(session).values(glass_until=func.now() - timedelta(seconds=1)))
    assert operator.get(f"/leads/{lead_id}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"clinic": "nowhere", "reason": REASON}, "Choose a clinic"),
        ({"clinic": "envista", "reason": "because"}, "Say why, in 10 to 300 characters"),
        ({"clinic": "envista", "reason": "x" * 301}, "Say why, in 10 to 300 characters"),
    ],
)
def test_glass_without_a_clinic_or_a_reason_stays_whole(
    operator: Colleague, lead_id: UUID, fields: dict[str, str], said: str
) -> None:
    answer = operator.post("/glass", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert operator.get(f"/leads/{lead_id}").status_code == 404


def test_the_audit_is_walked_page_by_page(desk: DeskUnderTest, lead_id: UUID) -> None:
    owner = desk.arrive("owner@envista.example", "owner", "envista")
    for _ in range(105):
        owner.get(f"/leads/{lead_id}")
    page = owner.page("/audit")
    assert len(page.select("tbody tr")) == 100
    earlier = owner.page(page.select_one(".more a")["href"])
    assert 5 <= len(earlier.select("tbody tr")) < 20
    assert owner.get("/audit?before=x';--").status_code == 200
    assert owner.get(f"/audit?before={'9' * 40}").status_code == 200
