"""What the relay's readiness says in words: each line is something that a person must look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from leads import tables
from leads.processes import relay_checks
from plumbing import outbox
from plumbing.database import connect
from plumbing.health import health_routes
from plumbing.sealing import KeyRing
from plumbing.spool import Spool
from tests.leads.conftest import Leads
from tests.servers import a_key, free_port


def asking(engine: Engine, spool: Spool) -> FlaskClient:
    app = Flask("health")
    health_routes(app, relay_checks(engine, spool))
    return app.test_client()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", KeyRing.read(a_key()))


@pytest.fixture
def refused(leads: Leads) -> Iterator[None]:
    """notify was asked to take one event and cannot; gone again afterwards."""
    with leads.engine.begin() as connection:
        of_it = {"id": "00000000-0000-4000-8000-000000000009", "name": "of.a.later.release.v1"}
        connection.execute(
            text("INSERT INTO outbox (id, name, at, data) VALUES (:id, :name, now(), '{}')"), of_it
        )
        outbox.refuse(connection, tables.outbox, [of_it["id"]])
    yield
    with leads.engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox WHERE id = :id"), of_it)


def test_when_nothing_is_wrong_it_names_nothing(leads: Leads, spool: Spool) -> None:
    answer = asking(leads.engine, spool).get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (200, {})


@pytest.mark.usefixtures("refused")
def test_an_event_that_notify_refuses_is_named_with_where_to_look(
    leads: Leads, spool: Spool
) -> None:
    answer = asking(leads.engine, spool).get("/readyz")
    said = answer.json["missing"]["events"]
    assert answer.status_code == 503
    assert said.startswith("1 events of.a.later.release.v1 are refused, the oldest of ")
    assert said.endswith(": see notify's log")


def test_a_request_on_disk_that_cannot_be_stored_is_said_with_the_command(
    leads: Leads, tmp_path: Path, spool: Spool
) -> None:
    (tmp_path / "spool" / "aside").mkdir(parents=True)
    (tmp_path / "spool" / "aside" / "1-x.record").write_bytes(b"torn")
    said = asking(leads.engine, spool).get("/readyz").json["missing"]["spool"]
    assert said == "1 requests on disk could not be stored: see python -m leads spool list"


def test_without_a_database_that_alone_is_said(spool: Spool) -> None:
    nowhere = connect(f"postgresql://nobody@127.0.0.1:{free_port()}/none", name="nobody")
    answer = asking(nowhere, spool).get("/readyz")
    assert list(answer.json["missing"]) == ["database"]
