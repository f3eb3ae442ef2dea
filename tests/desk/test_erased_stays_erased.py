"""Nothing that is sent again, waits or comes late brings an erased person back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from leads import store, tables
from leads.app import acceptor_of
from leads.drain import Drain
from plumbing.spool import Poison, Spool
from tests.builders import a_form
from tests.desk.conftest import Build, DeskUnderTest, the_directory
from tests.desk.erasing import Both, two_services
from tests.desk.test_person import PHONE, asked
from tests.desk.traces import BECAUSE, a_draft
from tests.leads.conftest import a_reader


@pytest.fixture
def both(build: Build, notify_databases: tuple[str, str], tmp_path: Path) -> Iterator[Both]:
    with two_services(build, notify_databases, tmp_path) as both:
        yield both


def test_a_form_that_a_browser_sends_again_does_not_bring_the_person_back(
    desk: DeskUnderTest,
) -> None:
    fields = a_form(submission_id="7b1d3f6e-52f7-4a6e-9d55-3d1b0a9c2e11")
    client = desk.app.test_client()

    def send() -> str:
        answer = client.post("/leads/requests", data=fields, base_url="http://envista.example")
        assert answer.status_code == 303
        return answer.location.split("ref=")[1].split("&")[0]

    first = send()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert send() == first
    assert asked(desk, "find") == "nothing is stored under it"
    # half an hour after the first one the same words are a new request
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.erased_lead).values(received_at=datetime.now(UTC) - timedelta(minutes=31))
        )
    send()
    assert "1 requests" in asked(desk, "find")


def test_a_program_that_sends_again_gets_the_same_reference_and_nothing_comes_back(
    desk: DeskUnderTest,
) -> None:
    client = desk.app.test_client()

    def send(message: str = "canary"):
        return client.post(
            "/leads/v1/requests",
            json={
                "kind": "contact",
                "location": "shafter",
                "name": "Ana",
                "reply_by": "phone",
                "phone": PHONE,
                "message": message,
            },
            headers={"Idempotency-Key": "order-1"},
            base_url="http://envista.example",
        )

    first = send()
    assert first.status_code == 201
    with desk.engine.begin() as connection:  # long after
        connection.execute(
            update(tables.lead).values(received_at=datetime.now(UTC) - timedelta(days=2))
        )
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    again = send()
    assert (again.status_code, again.json) == (201, first.json)
    assert asked(desk, "find") == "nothing is stored under it"
    assert send("other words").status_code == 422


def test_a_request_that_waits_on_disk_is_erased_too(both: Both) -> None:
    """Two hosts took it while the database was away; one had it set aside."""
    desk = both.desk
    drafts = [a_draft(desk, message=f"canary {n}") for n in range(3)]
    spool = Spool(desk.settings.spool_dir, desk.settings.seal_keys)
    acceptor = acceptor_of(desk.settings, desk.own)
    accepted = acceptor.store(drafts[0], waited=True)
    spool.write(drafts[0].to_bytes())  # was stored, and the record is still there
    spool.write(drafts[1].to_bytes())

    def refuse(_record: bytes) -> None:
        raise Poison("no-reason")

    spool.drain(refuse)
    spool.write(drafts[2].to_bytes())
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert (
        Drain(spool, acceptor, a_reader(desk.settings.state_dir, the_directory())).one_pass() == 1
    )
    both.sweep()
    standing = spool.standing()
    assert (standing.waiting, standing.aside) == (0, 0)
    assert asked(desk, "find") == "nothing is stored under it"
    with desk.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.lead)) == 0
        assert store.reference_of(connection, "envista", accepted.lead_id) == drafts[0].told


def test_what_came_after_the_erasure_is_kept(desk: DeskUnderTest) -> None:
    desk.request()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    spool = Spool(desk.settings.spool_dir, desk.settings.seal_keys)
    spool.write(a_draft(desk, message="a new plea").to_bytes())
    assert (
        Drain(
            spool,
            acceptor_of(desk.settings, desk.own),
            a_reader(desk.settings.state_dir, the_directory()),
        ).one_pass()
        == 1
    )
    assert "1 requests" in asked(desk, "find")
