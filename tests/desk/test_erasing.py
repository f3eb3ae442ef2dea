"""A person is erased in both services, stays erased, and is not erased by mistake."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import DBAPIError

from contract.events import ALERT_CHANGED, AlertChanged
from leads import tables
from leads.commands.person import Refused
from leads.privacy import erasing
from leads.scope import scoped
from notify.records import announce
from notify.tables import outbox as notify_outbox
from tests.desk.conftest import Build, DeskUnderTest
from tests.desk.erasing import Both, two_services, waiting
from tests.desk.test_person import EMAIL, PHONE, a_comment, asked
from tests.desk.traces import BECAUSE, WORDS, a_full_request, sealed_of


@pytest.fixture
def both(build: Build, notify_databases: tuple[str, str], tmp_path: Path) -> Iterator[Both]:
    with two_services(build, notify_databases, tmp_path) as both:
        yield both


def test_after_erasing_nothing_of_the_person_is_in_either_database(both: Both) -> None:
    desk, lead_id = both.desk, a_full_request(both)
    other = desk.request(name="Somebody Else", phone="661-555-0177", message="another canary")
    a_comment(desk, message="canary comment")
    with desk.engine.begin() as connection:  # half an hour later the hash of the words goes too
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == lead_id)
            .values(received_at=datetime.now(UTC) - timedelta(hours=1))
        )
    both.carry()
    traces = sealed_of(desk, lead_id)
    before = both.stored()
    assert len(traces) > 10
    assert all(trace in before for trace in traces)
    assert PHONE in before  # notify knows whom it wrote to
    assert EMAIL in before

    asked(desk, "erase", "--yes")
    asked(desk, "erase", "--yes", about=EMAIL)
    both.carry()
    both.sweep()
    after = both.stored()
    for word in (*WORDS, PHONE, EMAIL, "canary comment"):
        assert word not in after, word
    assert [trace for trace in traces if trace in after and len(trace) > 40] == []
    assert desk.row(other)["state"] == "new"
    assert asked(desk, "find") == "nothing is stored under it"
    for path in desk.settings.state_dir.rglob("*"):
        if path.is_file():
            assert b"Quillfeather" not in path.read_bytes(), path


def test_what_stays_is_a_row_without_a_person(both: Both) -> None:
    lead_id = a_full_request(both)
    row = both.desk.row(lead_id)
    asked(both.desk, "erase", "--yes")
    with both.desk.engine.connect() as connection:
        gone = connection.execute(select(tables.erased_lead)).mappings().one()
    for name in ("id", "clinic", "location", "kind", "received_at", "contact_minutes", "state"):
        assert gone[name] == row[name], name
    assert gone["why"] == "person"


def test_the_alert_of_an_erased_request_falls_silent(both: Both) -> None:
    both.desk.request()
    both.carry()
    asked(both.desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    both.carry()
    assert both.notify.rows("SELECT state FROM alert") == [("settled",)]
    assert both.notify.rows("SELECT count(*) FROM step WHERE state = 'due'") == [(0,)]
    waits = "SELECT count(*) FROM message WHERE state IN ('queued', 'unknown')"
    assert both.notify.rows(waits) == [(0,)]


def test_what_was_under_way_is_absorbed(both: Both) -> None:
    """Every event of the request comes only after notify has heard that it is erased."""
    desk = both.desk
    manager = desk.arrive("ana.lopez@envista.example", "manager", "envista")
    lead_id = desk.request(consent_text="on", reply_by="text")
    manager.move(lead_id, "take")
    early = waiting(desk.engine, tables.outbox)
    assert len(early) == 3  # accepted, a confirmation asked for, taken
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    late = [one for one in waiting(desk.engine, tables.outbox) if one not in early]
    for envelope in [*late, *early]:
        assert both.notify.parts.inbox.take_all([envelope]) == [envelope.id]
    for table in ("alert", "message"):
        assert both.notify.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    both.sweep()
    both.carry()
    assert both.notify.rows("SELECT count(*) FROM message") == [(0,)]
    assert PHONE not in both.stored()


def test_news_of_an_erased_request_is_absorbed(both: Both) -> None:
    lead_id = both.desk.request()
    asked(both.desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    change = AlertChanged(lead_id=str(lead_id), clinic="envista", alert_id="a", what="told")
    with both.notify.parts.engine.begin() as connection:
        announce(connection, change)
    [envelope] = waiting(both.notify.parts.engine, notify_outbox)
    assert envelope.name == ALERT_CHANGED
    both.carry()  # nothing is left waiting


def test_nobody_is_erased_who_was_not_answered(desk: DeskUnderTest) -> None:
    desk.request()
    desk.request(message="another one")
    with pytest.raises(Refused, match=r"nobody has answered .* yet: call first") as refused:
        asked(desk, "erase", "--yes")
    assert str(refused.value).count(",") >= 1
    with pytest.raises(Refused, match="10 to 300 characters"):
        asked(desk, "erase", "--yes", "--unanswered-because", "because")
    assert asked(desk, "find").endswith("2 requests, 0 comments, 0 texts")
    said = asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert "Erased" in said
    assert asked(desk, "find") == "nothing is stored under it"


def test_without_yes_nothing_is_erased(desk: DeskUnderTest) -> None:
    lead_id = desk.request()
    said = asked(desk, "erase", "--unanswered-because", BECAUSE)
    assert "Nothing is erased yet" in said
    assert "1 requests" in said
    assert desk.row(lead_id)["state"] == "new"
    assert not any(what == "person: erase" for what, _, _ in desk.audit())


def test_erasing_is_written_down_without_saying_who(desk: DeskUnderTest) -> None:
    desk.request()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    event = tables.staff_event
    with desk.engine.connect() as connection:
        [detail] = connection.scalars(select(event.c.detail).where(event.c.what == "person: erase"))
    assert detail == {"leads": 1, "reason": BECAUSE}


def test_a_held_request_is_not_erased_until_it_is_released(
    desk: DeskUnderTest, engine: Engine
) -> None:
    lead_id = desk.request()
    with desk.engine.begin() as connection:
        connection.execute(
            tables.legal_hold.insert().values(clinic="envista", lead_id=lead_id, reason="a claim")
        )
    with pytest.raises(Refused, match="held by hand"):
        asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    with pytest.raises(DBAPIError, match="held by hand"), scoped(engine, ["envista"]) as scope:
        erasing.erase_leads(scope, "envista", [lead_id], why="person")
    assert desk.row(lead_id)["state"] == "new"


@pytest.mark.parametrize("role", ["leads_app", "leads_jobs"])
@pytest.mark.parametrize("name", ["lead", "consent", "lead_event"])
def test_no_row_of_a_request_goes_unless_it_is_erased_as_a_whole(
    desk: DeskUnderTest, jobs: Engine, engine: Engine, role: str, name: str
) -> None:
    desk.request(consent_text="on")
    table = tables.metadata.tables[name]
    with scoped(engine if role == "leads_app" else jobs, ["envista"]) as scope:
        gone = scope.connection.execute(delete(table).where(table.c.clinic == "envista"))
    assert gone.rowcount == 0


def test_age_alone_erases_nothing_that_nobody_answered(desk: DeskUnderTest, jobs: Engine) -> None:
    lead_id = desk.request()
    with pytest.raises(DBAPIError, match="was not answered"), scoped(jobs, ["envista"]) as scope:
        erasing.erase_leads(scope, "envista", [lead_id], why="age")
    assert desk.row(lead_id)["state"] == "new"


def test_another_clinics_request_is_not_erased(desk: DeskUnderTest, engine: Engine) -> None:
    kosak = desk.request(host="kosak.example")
    with scoped(engine, ["envista"]) as scope:
        assert erasing.erase_leads(scope, "kosak", [kosak], why="person") == 0
    assert desk.row(kosak)["state"] == "new"
