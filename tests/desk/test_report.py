"""How it goes: the numbers of a time, against a slow count of our own over both clock changes."""

import random
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from leads import tables
from leads.desk import making
from leads.desk.moves import MOVES
from leads.desk.queue import Narrow
from leads.desk.report import report
from leads.scope import scoped
from leads.staff import people
from tests.builders import a_location
from tests.desk.conftest import Colleague, DeskUnderTest, words

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def open_at(at: datetime) -> bool:
    """Weekdays nine to five, asked of the wall clock alone."""
    local = at.astimezone(ZONE)
    return local.weekday() < 5 and 9 <= local.hour < 17


def minutes_counted(start: datetime, end: datetime) -> int:
    """Minute by minute."""
    return sum(
        open_at(start + timedelta(minutes=n))
        for n in range(int((end - start).total_seconds() // 60))
    )


def a_history(desk: DeskUnderTest, choose: random.Random, around: datetime) -> list[dict]:
    """Leads that came in the weeks around a clock change, some of them called."""
    template = desk.row(desk.request(message=str(uuid4())))
    del template["article"]  # the database makes it of the attribution
    with desk.engine.begin() as connection:
        person = people.by_email(connection, "ana.lopez@envista.example")
    assert person is not None
    told = []
    for n in range(40):
        minutes = choose.randrange(-14 * 1440, 14 * 1440)
        received_at = around + timedelta(minutes=minutes)
        values = template | {
            "id": uuid4(),
            "reference": f"T{around:%m}{n}",
            "n": n + 1,
            "received_at": received_at,
            "location": choose.choice(["shafter", "bakersfield"]),
            "kind": choose.choice(["contact", "appointment"]),
            "attribution": choose.choice([{}, {"path": "/articles/a/"}, {"path": "/articles/b/"}]),
        }
        with desk.engine.begin() as connection:
            connection.execute(tables.lead.insert().values(**values))
        called_at = received_at + timedelta(minutes=choose.randrange(1, 4000))
        outcome = choose.choice(["reached", "left_message", "booked", "close", ""])
        if outcome:
            with scoped(desk.own, ["envista"]) as scope:
                row = (
                    scope.connection.execute(
                        select(tables.lead).where(tables.lead.c.id == values["id"])
                    )
                    .mappings()
                    .one()
                )
                assert making.make_move(
                    scope,
                    row,
                    MOVES[outcome],
                    person,
                    now=called_at,
                    location=a_location(values["location"]),
                )
        told.append(values | {"called_at": called_at, "outcome": outcome})
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == template["id"])
            .values(received_at=datetime(2020, 1, 1, tzinfo=UTC))
        )
    return told


@pytest.mark.parametrize(
    ("around", "first", "last"),
    [
        (datetime(2026, 3, 8, 10, tzinfo=UTC), date(2026, 2, 25), date(2026, 3, 20)),
        (datetime(2026, 11, 1, 9, tzinfo=UTC), date(2026, 10, 20), date(2026, 11, 13)),
    ],
    ids=["spring", "autumn"],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_report_says_what_a_slow_count_says(
    desk: DeskUnderTest, ana: Colleague, around: datetime, first: date, last: date, seed: int
) -> None:
    history = a_history(desk, random.Random(seed), around)
    with scoped(desk.own, ["envista"]) as scope:
        found = report(scope, Narrow(), first=first, last=last, zone=ZONE.key)
    seen = [
        lead for lead in history if first <= lead["received_at"].astimezone(ZONE).date() <= last
    ]
    assert found.total == len(seen)
    assert found.by_day == Counter(lead["received_at"].astimezone(ZONE).date() for lead in seen)
    assert dict(found.by_kind) == Counter(lead["kind"] for lead in seen)
    assert dict(found.by_location) == Counter(("envista", lead["location"]) for lead in seen)
    assert dict(found.by_article) == Counter(lead["attribution"].get("path", "") for lead in seen)
    waits = [
        minutes_counted(lead["received_at"], lead["called_at"])
        for lead in seen
        if lead["outcome"] in {"reached", "left_message", "booked"}
    ]
    assert found.contacts.count == len(waits)
    # a call inside a minute that the slow count takes whole: one minute of difference
    assert found.contacts.median == pytest.approx(statistics.median(waits), abs=1)
    ninth = statistics.quantiles(waits, n=10, method="inclusive")[-1]
    assert found.contacts.p90 == pytest.approx(ninth, abs=1)
    sure = [wait for wait in waits if abs(wait - 60) > 1]
    late = sum(wait > 60 for wait in sure)
    doubtful = len(waits) - len(sure)
    assert late <= len(waits) - found.contacts.within_promise <= late + doubtful


def test_the_page_says_how_many_wrote_and_how_soon_they_were_called(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    ana.move(desk.request(message="a", **{"from": "/articles/back-spasms/"}), "reached")
    ana.move(desk.request(message="b", location="bakersfield"), "take")
    desk.request(message="c", name="Secret Name")
    page = ana.page("/report")
    shown = words(page)
    assert "3 requests in 30 days · 1 unanswered now · 1 taken, not called" in shown
    assert "Half were called within 0 min" in shown
    assert "100% (1 of 1)" in shown
    assert "/articles/back-spasms/" in shown
    assert "Secret" not in shown
    assert page.find("svg", role="img").title.text.startswith("Requests on each of 30 days")
    assert "1 request in 7 days" in words(ana.page("/report?days=7&location=envista/bakersfield"))
    assert "in 30 days" in words(ana.page("/report?days=12';--"))


def test_a_quiet_time_is_said(ana: Colleague) -> None:
    assert "No request came in this time." in words(ana.page("/report"))


def test_s0_2_taps_on_a_phone_number_are_told_by_page(desk: DeskUnderTest, ana: Colleague) -> None:
    assert "Nobody tapped a phone number" in words(ana.page("/report"))
    today = datetime.now(ZONE).date()
    rows = [
        ("envista", "shafter", today, "/", 2),
        ("envista", "", today, "/articles/back-spasms/", 5),
        ("envista", "shafter", today - timedelta(days=40), "/", 100),
        ("kosak", "shafter", today, "/", 1000),
    ]
    with desk.engine.begin() as connection:
        columns = ("clinic", "location", "day", "page", "taps")
        connection.execute(
            insert(tables.phone_tap), [dict(zip(columns, row, strict=True)) for row in rows]
        )
    shown = words(ana.page("/report"))
    assert "7 in 30 days. Most of these people called instead of writing" in shown
    assert "/articles/back-spasms/ 5 / 2" in shown
    assert "2 in 30 days." in words(ana.page("/report?location=envista/shafter"))


def test_the_report_counts_ones_own_clinics_alone(desk: DeskUnderTest) -> None:
    desk.request(host="kosak.example")
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    assert "0 requests" in words(ana.page("/report"))
    assert "0 requests" in words(ana.page("/report?location=kosak/shafter"))


def test_what_was_undone_was_no_call(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id: UUID = desk.request()
    ana.move(lead_id, "reached")
    ana.move(lead_id, "undo")
    assert desk.row(lead_id)["contacted_at"] is None
    ana.move(lead_id, "left_message")
    first = desk.row(lead_id)["contacted_at"]
    ana.move(lead_id, "reached")
    assert desk.row(lead_id)["contacted_at"] == first
