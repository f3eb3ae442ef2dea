"""A request is stored exactly once, sealed, with its event."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import ProgrammingError

from contract.events import Envelope
from leads import tables, vault
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from plumbing.database import connect
from plumbing.envelopes import open_part
from plumbing.migrations import migrate
from plumbing.sealing import Unsealable
from tests.builders import a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings
from tests.servers import Postgres


def rows(leads: Leads, message: str) -> list[dict]:
    """The leads whose message is `message`, oldest first."""
    with leads.engine.connect() as connection:
        found = connection.execute(select(tables.lead).order_by(tables.lead.c.received_at))
        every = [dict(row) for row in found.mappings()]
    return [row for row in every if words(leads, row).get("message") == message]


def words(leads: Leads, row: dict) -> dict:
    try:
        return vault.open_column(
            leads.settings.seal_keys, row["clinic"], row["id"], "words", row["words_sealed"]
        )
    except Unsealable:
        return {}  # sealed by another test's key


def reference(answer) -> str:
    assert answer.status_code == 303, answer.text
    return answer.location.split("ref=")[1].split("&")[0]


def age(leads: Leads, row: dict, by: timedelta) -> None:
    with leads.engine.begin() as connection:
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == row["id"])
            .values(received_at=tables.lead.c.received_at - by)
        )


def test_a_stored_request_has_its_event_and_its_outbox_row(leads: Leads) -> None:
    told = reference(leads.post(a_form(message="one")))
    [row] = rows(leads, "one")
    assert row["reference"] == told
    with leads.engine.connect() as connection:
        lead_id = str(row["id"])
        events = connection.scalars(
            select(tables.lead_event.c.what).where(tables.lead_event.c.lead_id == row["id"])
        ).all()
        data = connection.scalars(
            select(tables.outbox.c.data).where(tables.outbox.c.data["lead_id"].astext == lead_id)
        ).all()
    assert events == ["received"]
    assert [event["reference"] for event in data] == [told]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Ana Ruiz", "Ana"),
        ("  jean-luc  Picard", "jean-luc"),
        ("O\u2019Brien", "O\u2019Brien"),
        ("www.example.com Ana", None),
        ("Call+15595550199", None),
        ("X" * 21, None),
    ],
)
def test_the_first_name_alone_travels_and_only_sealed(
    leads: Leads, typed: str, told: str | None
) -> None:
    message = f"name {typed}"
    reference(leads.post(a_form(message=message, name=typed)))
    [row] = rows(leads, message)
    outbox = tables.outbox.c
    with leads.engine.connect() as connection:
        event = connection.execute(
            select(tables.outbox).where(outbox.data["lead_id"].astext == str(row["id"]))
        ).one()
    assert "Ana" not in str(event.data)
    envelope = Envelope(id=event.id, name=event.name, at=event.at, data={}, sealed=event.sealed)
    opened = open_part(leads.settings.event_keys, envelope) if event.sealed else {}
    assert opened == ({"first_name": told} if told else {})


def test_the_same_request_twice_is_one_lead(leads: Leads) -> None:
    first = reference(leads.post(a_form(message="twice")))
    second = reference(leads.post(a_form(message=" twice ", submission_id="second-tab")))
    assert first == second
    assert len(rows(leads, "twice")) == 1


def test_twenty_at_once_are_one_lead(leads: Leads) -> None:
    start, told = threading.Barrier(20), []

    def send() -> None:
        client = leads.client.application.test_client()
        start.wait()
        answer = client.post(
            "/leads/requests", data=a_form(message="all"), base_url="http://envista.example"
        )
        told.append(reference(answer))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 20
    assert len(set(told)) == 1
    assert len(rows(leads, "all")) == 1


def test_without_the_unique_key_the_same_request_would_be_many(
    postgres: Postgres, tmp_path: Path
) -> None:
    """The guard of the tests above: nothing but the key holds requests back."""
    owner, app_url = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    everything = connect(app_url.replace("leads_app@", "postgres@"), name="tests-see")
    with everything.begin() as connection:
        connection.execute(
            text(
                "ALTER TABLE lead DROP CONSTRAINT lead_once,"
                " ADD CONSTRAINT lead_once UNIQUE (clinic, fingerprint, n, id)"
            )
        )
    engine = connect(app_url, name="tests")
    settings = make_settings(tmp_path, database_url=app_url)
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, a_directory()))
    unguarded = Leads(client=app.test_client(), engine=everything, settings=settings)
    told = {reference(unguarded.post(a_form(message="unguarded"))) for _ in range(3)}
    assert len(told) == len(rows(unguarded, "unguarded")) == 3
    everything.dispose()
    engine.dispose()


def test_the_same_after_half_an_hour_is_a_second_plea(leads: Leads) -> None:
    first = reference(leads.post(a_form(message="again")))
    [row] = rows(leads, "again")
    age(leads, row, timedelta(minutes=31))
    second = reference(leads.post(a_form(message="again")))
    older, newer = rows(leads, "again")
    assert first != second
    assert (newer["linked_to"], newer["again"], newer["n"]) == (older["id"], True, 1)


def test_the_same_once_handled_is_a_second_plea(leads: Leads) -> None:
    leads.post(a_form(message="handled"))
    [row] = rows(leads, "handled")
    with leads.engine.begin() as connection:
        connection.execute(
            update(tables.lead).where(tables.lead.c.id == row["id"]).values(handled_at=func.now())
        )
    leads.post(a_form(message="handled"))
    assert len(rows(leads, "handled")) == 2


def test_changed_words_under_one_submission_id_are_a_linked_lead(leads: Leads) -> None:
    leads.post(a_form(message="before", submission_id="abcdefgh"))
    leads.post(a_form(message="after", submission_id="abcdefgh"))
    [before], [after] = rows(leads, "before"), rows(leads, "after")
    assert (after["linked_to"], after["again"]) == (before["id"], False)


def test_two_children_of_one_parent_are_two_leads(leads: Leads) -> None:
    child = {"for": "someone_else", "relationship": "parent", "message": "fever"}
    leads.post(a_form(**child, patient_name="Leo"))
    leads.post(a_form(**child, patient_name="Mia"))
    assert len(rows(leads, "fever")) == 2


def test_nothing_that_was_typed_is_readable_in_the_database(leads: Leads) -> None:
    leads.post(
        a_form(name="Canary Person", message="canary words", email="canary@example.com")
        | {"phone": "661 555 0177", "consent_text": "on"}
    )
    with leads.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                stored = repr(tuple(row)).lower()
                assert "canary" not in stored, table.name
                assert "5550177" not in stored, table.name


def test_a_sealed_value_does_not_open_in_another_row(leads: Leads) -> None:
    leads.post(a_form(message="here"))
    leads.post(a_form(message="there"))
    [here], [there] = rows(leads, "here"), rows(leads, "there")
    with pytest.raises(Unsealable):
        vault.open_column(
            leads.settings.seal_keys, "envista", there["id"], "words", here["words_sealed"]
        )


def test_a_consent_is_kept_with_the_version_of_its_wording(leads: Leads) -> None:
    leads.post(a_form(message="consent", consent_text="on", form="wording-7"))
    [row] = rows(leads, "consent")
    with leads.engine.connect() as connection:
        stored = connection.execute(
            select(tables.consent.c.what, tables.consent.c.wording).where(
                tables.consent.c.lead_id == row["id"]
            )
        ).all()
    assert [tuple(consent) for consent in stored] == [("text", "wording-7")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lead_event SET what = 'x'",
        "DROP TABLE lead",
        "UPDATE consent SET wording = 'x'",
    ],
)
def test_the_apps_role_cannot_rewrite_history(engine: Engine, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text(statement))
