"""What is older than its clinic keeps it goes, and never what somebody still waits for."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update

from contract.directory import Clinic, Keep
from leads import tables
from leads.commands import retention as command
from leads.privacy import holding, retention
from leads.scope import scoped
from tests.builders import a_clinic, a_directory
from tests.desk.conftest import DeskUnderTest
from tests.desk.test_person import a_comment
from tests.leads.conftest import a_reader

KEEP = Keep(contact_days=100, appointment_days=200, spam_days=10, comment_days=50)
CLINIC = a_clinic(keep=KEEP)


def aged(desk: DeskUnderTest, days: float, **values: object) -> UUID:
    """A request about which nothing has happened for so long."""
    lead_id = desk.request(message=f"canary {days} {values}", kind="contact")
    at = datetime.now(UTC) - timedelta(days=days)
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == lead_id)
            .values(received_at=at, changed_at=at, **values)
        )
    return lead_id


def left(desk: DeskUnderTest) -> set[UUID]:
    with desk.engine.connect() as connection:
        return set(connection.scalars(select(tables.lead.c.id)))


def sweep(jobs: Engine, tmp_path: Path, clinic: Clinic = CLINIC) -> int:
    """One pass of the relay's, as its own role."""
    directory = a_directory(clinic, a_clinic("kosak", hosts=("kosak.example",)))
    return retention.Retention(jobs, a_reader(tmp_path, directory)).one_pass()


def test_each_kind_is_kept_as_long_as_the_clinic_says(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path
) -> None:
    kept = {
        aged(desk, 99, state="done"),
        aged(desk, 101, state="done", kind="appointment"),
        aged(desk, 9, state="spam"),
    }
    for values in (
        {"state": "done"},
        {"state": "done", "kind": "appointment"},
        {"state": "spam"},
    ):
        aged(desk, 201, **values)
    assert sweep(jobs, tmp_path) == 3
    assert left(desk) == kept
    assert sweep(jobs, tmp_path) == 0


@pytest.mark.parametrize("state", ["new", "held", "taken", "waiting"])
def test_what_nobody_has_answered_stays_however_old_it_is(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path, state: str
) -> None:
    """Nobody opened it, its alert reached nobody, or somebody still has to call."""
    lead_id = aged(desk, 4000, state=state)
    assert sweep(jobs, tmp_path) == 0
    assert left(desk) == {lead_id}
    stays = "0 are older; 1 stay because nobody has answered them"
    assert shown(desk)[0] == f"envista  contact: kept 100 days; {stays}"


def test_what_is_held_by_hand_stays_until_it_is_released(
    desk: DeskUnderTest, jobs: Engine, engine: Engine, tmp_path: Path
) -> None:
    lead_id = aged(desk, 4000, state="done")
    with scoped(engine, ["envista"]) as scope:
        holding.hold(scope, clinic="envista", lead_id=lead_id, reason="a claim of an insurer")
    assert sweep(jobs, tmp_path) == 0
    assert "1 stay because they are held" in shown(desk)[0]
    with scoped(engine, ["envista"]) as scope:
        holding.release(scope, lead_id)
    assert sweep(jobs, tmp_path) == 1


def test_what_happened_lately_is_not_old(desk: DeskUnderTest, jobs: Engine, tmp_path: Path) -> None:
    lead_id = aged(desk, 4000, state="done")
    with desk.engine.begin() as connection:
        connection.execute(update(tables.lead).values(changed_at=datetime.now(UTC)))
    assert sweep(jobs, tmp_path) == 0
    assert left(desk) == {lead_id}


def test_nought_keeps_for_ever(desk: DeskUnderTest, jobs: Engine, tmp_path: Path) -> None:
    lead_id = aged(desk, 4000, state="done")
    for_ever = Keep(contact_days=0, appointment_days=0, spam_days=0, comment_days=0)
    assert sweep(jobs, tmp_path, a_clinic(keep=for_ever)) == 0
    assert left(desk) == {lead_id}


def test_rejected_comments_go_and_others_stay(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path
) -> None:
    for state in ("waiting", "rejected"):
        a_comment(desk, message=state)
        with desk.engine.begin() as connection:
            comment = tables.comment
            newest = select(func.max(comment.c.received_at)).scalar_subquery()
            old = datetime.now(UTC) - timedelta(days=60 if state == "waiting" else 61)
            connection.execute(
                update(comment)
                .where(comment.c.received_at == newest)
                .values(state=state, decided_at=old, received_at=old)
            )
    assert sweep(jobs, tmp_path) == 1
    with desk.engine.connect() as connection:
        assert connection.scalars(select(tables.comment.c.state)).all() == ["waiting"]


def test_a_sweep_that_is_stopped_goes_on_where_it_was(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        aged(desk, 300 + number, state="done")
    batches = retention.delete_old(jobs, CLINIC)
    assert next(batches)[1] == 2
    batches.close()
    assert len(left(desk)) == 3
    assert sweep(jobs, tmp_path) == 3
    assert left(desk) == set()


def test_it_is_written_down_by_count_alone(
    desk: DeskUnderTest, jobs: Engine, tmp_path: Path
) -> None:
    aged(desk, 300, state="done")
    sweep(jobs, tmp_path)
    event, gone = tables.staff_event, tables.erased_lead
    with desk.engine.connect() as connection:
        [detail] = connection.scalars(
            select(event.c.detail).where(event.c.what == "deleted by age")
        )
        assert connection.scalars(select(gone.c.why)).all() == ["age"]
    assert detail == {"leads": 1, "reason": "contact, kept 100 days"}


def test_an_operator_sees_and_runs_it(desk: DeskUnderTest) -> None:
    aged(desk, 300, state="done")
    assert shown(desk)[0] == "envista  contact: kept 100 days; 1 are older"
    said = shown(desk, "run")
    assert said[0] == "envista  contact: 1 deleted, 1 so far"
    assert left(desk) == set()


def shown(desk: DeskUnderTest, what: str = "show") -> list[str]:
    parser = argparse.ArgumentParser()
    command.add_to(parser)
    return list(command.lines(parser.parse_args([what]), desk.own, a_directory(CLINIC)))
