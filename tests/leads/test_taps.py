"""Taps on phone numbers are counted, of nobody."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, select

from contract.directory import Clinic
from leads import tables
from leads.scope import scoped
from leads.taps import PER_SENDER, Taps
from plumbing.shared_counts import SharedCounts
from tests.builders import a_clinic
from tests.leads.conftest import Leads

PAGE = "/articles/back-spasms/"
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)  # still the 24th in California


@pytest.fixture
def taps(leads: Leads, engine: Engine) -> Taps:
    counts = SharedCounts(leads.settings.state_dir / "taps", key=b"k" * 32)
    return Taps(engine, counts)


@pytest.fixture
def clinic() -> Clinic:
    """One of which no other test has stored anything."""
    return a_clinic(f"taps-{uuid4().hex[:8]}")


def stored(leads: Leads, clinic: Clinic) -> list[tuple[str, str, str, int]]:
    tap = tables.phone_tap.c
    with leads.engine.connect() as connection:
        rows = connection.execute(select(tables.phone_tap).where(tap.clinic == clinic.slug))
        return [(row.location, str(row.day), row.page, row.taps) for row in rows]


def test_s0_2_a_tap_is_counted_by_the_location_and_day_of_its_number(
    leads: Leads, taps: Taps, clinic: Clinic
) -> None:
    place = clinic.locations[0]
    for _ in range(3):
        assert taps.note(clinic, phone=place.phone, page=PAGE, sender="a", now=NOW)
    taps.write()
    assert taps.note(clinic, phone=place.phone, page=PAGE, sender="b", now=NOW)
    taps.write()
    taps.write()
    assert stored(leads, clinic) == [(place.slug, "2026-11-24", PAGE, 4)]


def test_another_number_is_not_counted(leads: Leads, taps: Taps, clinic: Clinic) -> None:
    for phone in ("911", "+15005550006", "", "x" * 500):
        assert not taps.note(clinic, phone=phone, page=PAGE, sender="a", now=NOW)
    taps.write()
    assert stored(leads, clinic) == []


def test_more_than_people_tap_are_not_counted(taps: Taps, clinic: Clinic) -> None:
    noted = [
        taps.note(clinic, phone=clinic.phone, page=PAGE, sender="a", now=NOW)
        for _ in range(PER_SENDER + 5)
    ]
    assert noted.count(True) == PER_SENDER


def test_taps_wait_while_the_database_is_away(leads: Leads, engine: Engine, clinic: Clinic) -> None:
    counts = SharedCounts(leads.settings.state_dir / "taps", key=b"k" * 32)
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    taps = Taps(away, counts)
    assert taps.note(clinic, phone=clinic.phone, page=PAGE, sender="a", now=NOW)
    taps.write()
    taps._engine = engine  # it is back
    taps.write()
    assert [row[-1] for row in stored(leads, clinic)] == [1]


def page_of(leads: Leads, address: str) -> None:
    release = leads.settings.sites_dir / "hosts" / "envista.example" / "current"
    page = Path(release, address.strip("/"), "index.html")
    page.parent.mkdir(parents=True)
    page.write_text("a page")


def test_s2_1_a_page_tells_of_a_tap_and_gets_no_answer_that_matters(leads: Leads) -> None:
    page_of(leads, PAGE)
    fields = {"page": PAGE, "phone": a_clinic().phone}
    told = leads.client.post("/leads/taps", data=fields, base_url="http://envista.example")
    assert (told.status_code, told.data) == (204, b"")
    assert told.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({"page": "/not/there/"}, {}, 204),
        ({"page": "/../../etc/"}, {}, 204),
        ({"phone": "911"}, {}, 204),
        ({}, {"Origin": "https://evil.example"}, 403),
    ],
)
def test_what_is_no_tap_of_a_page_is_not_counted(
    leads: Leads,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    page_of(leads, PAGE)
    counted: list[bool] = []
    real = Taps.note
    monkeypatch.setattr(
        Taps, "note", lambda self, *a, **k: counted.append(real(self, *a, **k)) or False
    )
    fields = {"page": PAGE, "phone": a_clinic().phone} | changes
    told = leads.client.post(
        "/leads/taps", data=fields, headers=headers, base_url="http://envista.example"
    )
    assert told.status_code == status
    assert True not in counted


def test_a_strange_host_is_refused(leads: Leads) -> None:
    told = leads.client.post("/leads/taps", data={}, base_url="http://unknown.example")
    assert told.status_code == 421


def test_a_clinic_sees_its_own_taps_alone(engine: Engine, taps: Taps, clinic: Clinic) -> None:
    taps.note(clinic, phone=clinic.phone, page=PAGE, sender="a", now=NOW)
    taps.write()
    with scoped(engine, ["kosak"]) as scope:
        assert scope.connection.execute(select(tables.phone_tap)).all() == []
    with scoped(engine, [clinic.slug]) as scope:
        assert len(scope.connection.execute(select(tables.phone_tap)).all()) == 1
