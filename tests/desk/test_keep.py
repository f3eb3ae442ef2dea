"""How long a clinic keeps what it was sent, as managers and operators see it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from contract.directory import Keep
from leads.metrics import KeepMetrics
from leads.privacy import holding
from leads.privacy.retention import Retention
from leads.scope import scoped
from tests.builders import a_clinic, a_directory
from tests.desk.conftest import Build, DeskUnderTest, words
from tests.desk.test_retention import CLINIC, aged, left, sweep
from tests.leads.conftest import a_reader


@pytest.fixture
def desk(build: Build) -> DeskUnderTest:
    return build(demo=True, directory=a_directory(CLINIC, a_clinic("kosak", hosts=("k.example",))))


def shown(desk: DeskUnderTest, role: str = "manager") -> str:
    return words(desk.arrive(f"{role}@envista.example", role, "envista").page("/keep"))


def test_an_empty_clinic_says_how_long_and_that_none_is_due(desk: DeskUnderTest) -> None:
    said = shown(desk)
    assert "Contact requests Kept 100 days · 0 stored None is due" in said
    assert "Rejected comments Kept 50 days · 0 stored None is due" in said
    assert "Nothing has been deleted by age." in said


def test_what_is_next_what_stays_and_why(desk: DeskUnderTest) -> None:
    aged(desk, 40, state="done")
    aged(desk, 60, state="done")
    aged(desk, 150, state="new")
    aged(desk, 160, state="taken")
    held = aged(desk, 4000, state="done")
    with scoped(desk.own, ["envista"]) as scope:
        holding.hold(scope, clinic="envista", lead_id=held, reason="a claim of an insurer")
    said = shown(desk)
    due = (datetime.now(UTC) + timedelta(days=40)).astimezone(ZoneInfo("America/Los_Angeles"))
    assert "Contact requests Kept 100 days · 5 stored Next one goes" in said
    assert f"Next one goes {due:%b} {due.day}, " in said
    assert f", {due.year}, " in said or due.year == datetime.now(due.tzinfo).year
    assert "2 older ones stay: nobody has answered" in said
    assert "1 older one stays: it is held by hand" in said


def test_what_is_due_goes_and_is_listed_by_count(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path
) -> None:
    aged(desk, 300, state="done")
    aged(desk, 301, state="done")
    assert "2 past their time: they go within the hour" in shown(desk)
    assert sweep(jobs, tmp_path) == 2
    said = shown(desk)
    assert "past their time" not in said
    assert ": 2 (contact, kept 100 days)" in said


def test_kept_for_ever_is_said(build: Build) -> None:
    keep = Keep(contact_days=0, appointment_days=1, spam_days=0, comment_days=0)
    said = shown(build(demo=True, directory=a_directory(a_clinic(keep=keep))))
    assert "Contact requests Kept until somebody erases it · 0 stored None is due" in said
    assert "Appointment requests Kept 1 day ·" in said


def test_a_clinic_that_is_not_ones_own_is_not_shown(desk: DeskUnderTest) -> None:
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    assert ana.get("/keep?clinic=kosak").text == ana.get("/keep").text


def test_an_owner_of_several_chooses_one(desk: DeskUnderTest) -> None:
    aged(desk, 40, state="done")
    owner = desk.arrive("owner@group.example", "owner", "envista", "kosak")
    assert "Kept 100 days · 1 stored" in words(owner.page("/keep?clinic=envista"))
    assert "· 1 stored" not in words(owner.page("/keep?clinic=kosak"))


def test_an_operator_sees_when_it_ran_and_what_is_left(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path
) -> None:
    aged(desk, 300, state="done")
    aged(desk, 301, state="done", kind="appointment")
    aged(desk, 12, state="spam")
    aged(desk, 300, state="new")
    held = aged(desk, 300, state="spam")
    with scoped(desk.own, ["envista"]) as scope:
        holding.hold(scope, clinic="envista", lead_id=held, reason="a claim of an insurer")
    retention = Retention(jobs, a_reader(tmp_path, a_directory(CLINIC)))

    def told() -> dict[str, float]:
        metrics = KeepMetrics(jobs, retention).collect()
        return {metric.name: metric.samples[0].value for metric in metrics}

    assert told() == {
        "leads_retention_last_run_timestamp_seconds": 0,
        "leads_retention_deleted": 0,
        "leads_retention_due": 3,
    }
    before = len(left(desk))
    retention.one_pass()
    after = told()
    assert after["leads_retention_due"] == 0
    assert after["leads_retention_deleted"] == before - len(left(desk)) == 3
    ran = datetime.fromtimestamp(after["leads_retention_last_run_timestamp_seconds"], UTC)
    assert datetime.now(UTC) - ran < timedelta(minutes=1)
