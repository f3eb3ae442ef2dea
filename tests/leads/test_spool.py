"""While the database is away requests wait on disk, and each becomes the right lead afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text, update

from contract.directory import Directory
from leads import search, tables
from leads.app import acceptor_of, build_app
from leads.drain import Drain
from leads.intake import DATABASE_S
from leads.settings import Settings
from plumbing.database import connect
from plumbing.spool import Spool
from tests.builders import a_clinic, a_directory, a_form, a_location
from tests.leads.conftest import Leads, a_reader
from tests.leads.test_accept import age, reference, rows
from tests.leads.test_views import NOBODY


@pytest.fixture
def away(leads: Leads, tmp_path: Path) -> FlaskClient:
    """The same service while no database answers."""
    app = build_app(
        leads.settings,
        engine=connect(NOBODY, name="nobody"),
        directory=a_reader(tmp_path, a_directory(a_clinic())),
    )
    return app.test_client()


@pytest.fixture
def jobs(migrated: str) -> Iterator[Engine]:
    engine = connect(migrated.replace("leads_app@", "leads_jobs@"), name="tests-jobs")
    yield engine
    engine.dispose()


def send(client: FlaskClient, **changes: str) -> str:
    return reference(
        client.post("/leads/requests", data=a_form(**changes), base_url="http://envista.example")
    )


@pytest.fixture
def drain(leads: Leads, jobs: Engine, tmp_path: Path) -> Callable[..., int]:
    """Carries over what waits, as the relay does: with the role of background jobs."""

    def carry(directory: Directory | None = None) -> int:
        reader = a_reader(tmp_path, directory or a_directory(a_clinic(), version=2))
        return Drain(spool_of(leads), acceptor_of(leads.settings, jobs), reader).one_pass()

    return carry


def spool_of(leads: Leads) -> Spool:
    return Spool(leads.settings.spool_dir, leads.settings.seal_keys)


def aliases(leads: Leads, told: str) -> list:
    with leads.engine.connect() as connection:
        query = select(tables.lead_alias.c.lead_id).where(tables.lead_alias.c.reference == told)
        return list(connection.scalars(query))


def test_a_request_is_kept_and_becomes_the_lead_it_would_have_been(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    told = send(away, message="kept on disk", consent_text="on")
    assert rows(leads, "kept on disk") == []
    assert drain() == 1
    [row] = rows(leads, "kept on disk")
    assert row["reference"] == told
    with leads.engine.connect() as connection:
        data = connection.scalars(
            select(tables.outbox.c.data).where(
                tables.outbox.c.data["lead_id"].astext == str(row["id"])
            )
        ).all()
        consents = connection.scalar(
            select(func.count())
            .select_from(tables.consent)
            .where(tables.consent.c.lead_id == row["id"])
        )
    assert [event["reference"] for event in data] == [told]
    assert consents == 1
    assert send(leads.client, message="kept on disk", consent_text="on") == told


def test_the_same_reference_is_told_whether_the_database_is_there_or_not(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    first = send(leads.client, message="either way")
    assert send(away, message="either way") == first
    drain()
    assert len(rows(leads, "either way")) == 1


def test_a_double_click_while_the_database_is_away_is_one_lead(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    assert send(away, message="two clicks") == send(away, message="two clicks")
    assert drain() == 2
    assert len(rows(leads, "two clicks")) == 1


def test_a_request_that_is_drained_twice_is_one_lead(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    send(away, message="drained twice")
    [path] = leads.settings.spool_dir.glob("*.record")
    record = path.read_bytes()
    drain()
    [row] = rows(leads, "drained twice")
    age(leads, row, timedelta(hours=2))
    path.write_bytes(record)
    drain()
    assert len(rows(leads, "drained twice")) == 1


def test_a_second_plea_is_a_new_linked_lead_found_by_the_told_reference(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    send(leads.client, message="plea")
    [first] = rows(leads, "plea")
    age(leads, first, timedelta(hours=1))
    told = send(away, message="plea")
    assert told == first["reference"]  # n is 0 while nobody can be asked
    drain()
    older, newer = rows(leads, "plea")
    assert (newer["linked_to"], newer["again"]) == (older["id"], True)
    assert newer["reference"] != told
    assert aliases(leads, told) == [newer["id"]]


def test_what_was_sent_before_the_first_was_handled_is_the_same_request(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    send(leads.client, message="before handled")
    send(away, message="before handled")
    [row] = rows(leads, "before handled")
    with leads.engine.begin() as connection:
        connection.execute(
            update(tables.lead).where(tables.lead.c.id == row["id"]).values(handled_at=func.now())
        )
    drain()
    assert len(rows(leads, "before handled")) == 1


def test_another_tabs_reference_is_kept_as_an_alias(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    first = send(leads.client, message="two tabs", submission_id="first-tab")
    second = send(away, message="two tabs", submission_id="second-tab")
    assert first != second
    drain()
    [row] = rows(leads, "two tabs")
    assert aliases(leads, second) == [row["id"]]


def test_each_host_carries_over_what_is_on_its_own_disk_oldest_first(
    leads: Leads, away: FlaskClient, jobs: Engine, tmp_path: Path
) -> None:
    reader = a_reader(tmp_path, a_directory(a_clinic()))
    there = replace(leads.settings, spool_dir=tmp_path / "another host")
    elsewhere = build_app(there, engine=connect(NOBODY, name="nobody"), directory=reader)
    told = [send(away, message="first here")]
    assert send(elsewhere.test_client(), message="first here") == told[0]
    only_there = send(elsewhere.test_client(), message="there alone")
    told += [send(away, message=f"then {number}") for number in range(3)]

    def carry(settings: Settings) -> list[str]:
        acceptor = acceptor_of(settings, jobs)
        store = acceptor.store
        with patch.object(acceptor, "store", wraps=store) as stored:
            spool = Spool(settings.spool_dir, settings.seal_keys)
            Drain(spool, acceptor, reader).one_pass()
        return [call.args[0].told for call in stored.call_args_list]

    assert carry(leads.settings) == told
    assert rows(leads, "there alone") == []
    assert carry(there) == [told[0], only_there]
    assert len(rows(leads, "first here")) == len(rows(leads, "there alone")) == 1


def test_a_location_that_is_gone_meanwhile_becomes_the_clinics_first(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    send(away, message="moved", location="shafter")
    drain(a_directory(a_clinic(locations=(a_location("bakersfield"),)), version=3))
    [row] = rows(leads, "moved")
    assert row["location"] == "bakersfield"


def test_a_record_that_is_no_request_is_set_aside_and_told(
    leads: Leads, away: FlaskClient, drain: Callable[..., int]
) -> None:
    spool_of(leads).write(b"{}")
    send(away, message="behind the poison")
    assert drain() == 1
    assert len(rows(leads, "behind the poison")) == 1
    assert spool_of(leads).standing().aside == 1


def test_a_read_only_database_is_as_good_as_none(
    leads: Leads, engine: Engine, drain: Callable[..., int]
) -> None:
    with leads.engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    engine.dispose()
    try:
        send(leads.client, message="read-only")
    finally:
        with leads.engine.begin() as connection:
            connection.execute(text("SET transaction_read_only = off"))
            connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
        engine.dispose()
    assert drain() == 1
    assert len(rows(leads, "read-only")) == 1


def test_a_database_without_a_free_connection_is_as_good_as_none(
    leads: Leads, engine: Engine, drain: Callable[..., int]
) -> None:
    with leads.engine.begin() as connection:
        connection.execute(text("ALTER ROLE leads_app CONNECTION LIMIT 0"))
    engine.dispose()
    try:
        told = send(leads.client, message="crowded")
    finally:
        with leads.engine.begin() as connection:
            connection.execute(text("ALTER ROLE leads_app CONNECTION LIMIT -1"))
    assert spool_of(leads).standing().waiting == 1
    assert drain() == 1
    assert [row["reference"] for row in rows(leads, "crowded")] == [told]


def test_a_database_that_holds_a_lock_for_long_is_not_waited_for(
    leads: Leads, drain: Callable[..., int]
) -> None:
    with leads.engine.begin() as connection:
        connection.execute(text("LOCK TABLE lead IN ACCESS EXCLUSIVE MODE"))
        told = [send(leads.client, message=f"locked {number}") for number in range(3)]
        assert spool_of(leads).standing().waiting == 3
    assert DATABASE_S < 5
    drain()
    stored = [row["reference"] for number in range(3) for row in rows(leads, f"locked {number}")]
    assert stored == told


def test_readiness_tells_of_requests_that_wait_for_long(leads: Leads, away: FlaskClient) -> None:
    send(away, message="waits")
    [path] = leads.settings.spool_dir.glob("*.record")
    assert "spool" not in leads.client.get("/readyz").json["missing"]
    path.rename(path.with_name(f"{1:020d}-{path.name.partition('-')[2]}"))
    missing = leads.client.get("/readyz").json["missing"]
    assert "1 requests wait on disk" in missing["spool"]


def test_what_waits_on_disk_says_nothing_to_who_reads_the_disk(
    leads: Leads, away: FlaskClient
) -> None:
    send(away, name="Canary Person", message="canary words", phone="661 555 0177")
    [path] = leads.settings.spool_dir.glob("*.record")
    assert b"anary" not in path.read_bytes()
    assert b"envista" not in path.read_bytes()


@pytest.mark.parametrize("query", ["muñoz", "MUNOZ", "mun", "(661) 555-0188", "ZOE@example.com"])
def test_a_lead_is_found_by_what_people_remember(
    leads: Leads, drain: Callable[..., int], query: str
) -> None:
    message = f"found by {query}"
    send(
        leads.client,
        name="Zoë Muñoz",
        message=message,
        phone="661.555.0188",
        email="zoe@example.com",
    )
    drain()  # a database that is slow for a moment counts as away
    [row] = rows(leads, message)
    [mark] = search.asked(leads.settings.hash_key, "envista", query)
    with leads.engine.connect() as connection:
        found = connection.scalars(
            select(tables.lead_search.c.lead_id).where(tables.lead_search.c.mark == mark)
        ).all()
    assert row["id"] in found
    assert search.asked(leads.settings.hash_key, "spine", query) != [mark]
