"""A report says the same before and after a request was erased: it was a request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text, update

from contract.directory import Keep
from leads import tables
from leads.desk.counting import counts
from leads.desk.queue import Narrow
from leads.desk.report import Report, report
from leads.privacy import retention
from leads.scope import scoped
from tests.builders import a_clinic, a_directory
from tests.desk.conftest import Colleague, DeskUnderTest
from tests.desk.test_person import asked
from tests.leads.conftest import a_reader

ZONE = "America/Los_Angeles"
PLACES = (
    Narrow(),
    Narrow(clinic="envista", location="shafter"),
    Narrow(clinic="envista", location="bakersfield"),
)


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def by_wish(desk: DeskUnderTest, _jobs: Engine, _folder: Path) -> None:
    asked(desk, "erase", "--yes")


def by_age(_desk: DeskUnderTest, jobs: Engine, folder: Path) -> None:
    """As the relay does it, for a clinic that keeps requests for 20 days."""
    keep = Keep(contact_days=20, appointment_days=20, spam_days=20, comment_days=20)
    directory = a_directory(a_clinic(keep=keep), a_clinic("kosak", hosts=("kosak.example",)))
    assert retention.Retention(jobs, a_reader(folder, directory)).one_pass()


def some_requests(desk: DeskUnderTest, ana: Colleague) -> None:
    """One of each fate, of a month ago and of weeks ago, all of one person."""
    for number, (days, move, kind, location) in enumerate(
        (
            (31, "reached", "contact", "shafter"),
            (31, "booked", "appointment", "bakersfield"),
            (30, "left_message", "contact", "bakersfield"),
            (28, "close", "contact", "shafter"),
            (28, "spam", "contact", "shafter"),
            (3, "reached", "appointment", "shafter"),
        )
    ):
        page = "/articles/" + "x" * 300 + "/" if number == 0 else f"/articles/{kind}/"
        lead_id = desk.request(message=f"{number}", location=location, **{"from": page})
        if move != "spam":
            ana.move(lead_id, move)
        at = datetime.now(UTC) - timedelta(days=days)
        waited = {}
        if move in {"reached", "booked", "left_message"}:
            late = number % 2 == 0
            waited = {
                "contacted_at": at + timedelta(hours=number),
                "contact_minutes": 12.3 * (number + 1),
                "contact_late": late,
            }
        state = {"spam": "spam"}.get(move, "done")
        with desk.engine.begin() as connection:
            connection.execute(
                update(tables.lead)
                .where(tables.lead.c.id == lead_id)
                .values(received_at=at, changed_at=at, state=state, kind=kind, **waited)
            )


def the_report(desk: DeskUnderTest, narrow: Narrow) -> Report:
    today = datetime.now(UTC).date()
    with scoped(desk.own, ["envista"]) as scope:
        return report(scope, narrow, first=today - timedelta(days=59), last=today, zone=ZONE)


@pytest.mark.parametrize("erase", [by_wish, by_age])
def test_a_report_says_the_same_after_an_erasure(
    desk: DeskUnderTest,
    ana: Colleague,
    jobs: Engine,
    tmp_path: Path,
    erase: Callable[[DeskUnderTest, Engine, Path], None],
) -> None:
    some_requests(desk, ana)
    desk.request(message="somebody else", phone="(661) 555-0142", name="Bo", email="")
    before = [the_report(desk, narrow) for narrow in PLACES]
    assert before[0].total == 6  # the spam is none
    assert before[0].contacts.count == 4
    erase(desk, jobs, tmp_path)
    with desk.engine.connect() as connection:
        assert len(connection.execute(select(tables.erased_lead)).all()) >= 5
    assert [the_report(desk, narrow) for narrow in PLACES] == before


def test_another_clinic_counts_nothing_of_it(desk: DeskUnderTest, ana: Colleague) -> None:
    some_requests(desk, ana)
    asked(desk, "erase", "--yes")
    today = datetime.now(UTC).date()
    with scoped(desk.own, ["kosak"]) as scope:
        found = report(scope, Narrow(), first=date(2020, 1, 1), last=today, zone=ZONE)
        staff = replace(scope, places=frozenset({("envista", "shafter")}))
        theirs = report(staff, Narrow(), first=date(2020, 1, 1), last=today, zone=ZONE)
    assert found.total == theirs.total == 0


def test_staff_of_a_location_see_its_erased_requests_counted_alone(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    some_requests(desk, ana)
    asked(desk, "erase", "--yes")
    today = datetime.now(UTC).date()
    with scoped(desk.own, ["envista"], places=frozenset({("envista", "bakersfield")})) as scope:
        found = report(scope, Narrow(), first=today - timedelta(days=59), last=today, zone=ZONE)
    assert found.by_location == [(("envista", "bakersfield"), 2)]


def test_a_report_reads_indexes_alone(desk: DeskUnderTest, ana: Colleague) -> None:
    """Of a million requests it would otherwise read every row."""
    some_requests(desk, ana)
    with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE lead, erased_lead"))  # as it is after a while
    statements: list[tuple[str, object]] = []

    def seen(_connection: object, cursor: object, statement: str, parameters: object, *_: object):
        statements.append((statement, parameters))

    now = datetime.now(UTC)
    with scoped(desk.own, ["envista", "kosak"]) as scope:
        event.listen(desk.own, "before_cursor_execute", seen)
        counts(scope, Narrow(), [now - timedelta(days=1), now])
        event.remove(desk.own, "before_cursor_execute", seen)
        for other in ("seqscan", "bitmapscan"):  # cheaper where rows are few
            scope.connection.execute(text(f"SET LOCAL enable_{other} = off"))
        plans = [
            "\n".join(
                scope.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
            )
            for statement, parameters in statements
            if "GROUPING SETS" in statement
        ]
    assert len(plans) == 2
    assert "Index Only Scan using lead_reported" in plans[0]
    assert "Index Only Scan using erased_lead_reported" in plans[1]
