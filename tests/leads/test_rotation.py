"""A key is changed while everything runs, and is never dropped while something names it."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, text

from leads import replies, rotation, tables, vault
from leads.__main__ import MIGRATIONS, main
from leads.app import build_app
from leads.scope import scoped
from leads.start import refuse_bad_start
from plumbing.database import connect
from plumbing.migrations import migrate
from plumbing.sealing import KeyRing, key_id_of
from plumbing.spool import Spool
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings, write_release
from tests.leads.test_accept import rows, words
from tests.servers import Postgres, a_key

OLD, NEW = a_key("old"), a_key("new")


@pytest.fixture
def leads(postgres: Postgres, tmp_path) -> Iterator[Leads]:
    """On a database of its own: what other tests sealed is sealed with other keys."""
    owner, app_url = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    settings = make_settings(tmp_path, database_url=app_url)
    settings = replace(settings, seal_keys=KeyRing.read(OLD))
    write_release(settings.sites_dir, "envista.example")
    engine = connect(app_url, name="tests-app")
    app = build_app(
        settings,
        engine=engine,
        directory=a_reader(tmp_path, a_directory(a_clinic(), a_clinic("kosak"))),
    )
    everything = connect(app_url.replace("leads_app@", "postgres@"), name="tests-see")
    yield Leads(client=app.test_client(), engine=everything, settings=settings)
    engine.dispose()
    everything.dispose()


@pytest.fixture
def engine(leads: Leads) -> Iterator[Engine]:
    engine = connect(leads.settings.database_url, name="tests-rotate")
    yield engine
    engine.dispose()


def test_every_value_is_sealed_anew_and_readable_throughout(leads: Leads, engine: Engine) -> None:
    for number in range(5):
        leads.post(a_form(message=f"to rotate {number}"))
    leads.post(a_form(message="of another clinic"), host="kosak.example")
    [row] = rows(leads, "to rotate 0")
    with leads.engine.begin() as connection:
        note = vault.seal_note(KeyRing.read(OLD), "envista", row["id"], "called at noon")
        connection.execute(text("UPDATE lead_event SET note_sealed = :note"), {"note": note})
        reply_id = uuid4()
        text_of_nobody = KeyRing.read(OLD).seal(b"{}", context=replies.context("", reply_id))
        connection.execute(
            tables.reply.insert().values(
                id=reply_id, clinic="", what="text", at=func.now(), words_sealed=text_of_nobody
            )
        )
    both = KeyRing.read(f"{NEW}\n{OLD}")
    leads.settings = replace(leads.settings, seal_keys=both)
    steps = list(rotation.rotate(engine, both))
    assert (steps[0].of, steps[-1].done) == (25, 25)
    with leads.engine.connect() as connection:
        assert key_id_of(connection.scalar(select(tables.reply.c.words_sealed))) == "new"
    # five of the six notes were sealed for another lead
    assert steps[-1].unreadable == 5
    [row] = rows(leads, "to rotate 0")
    only_new = KeyRing.read(NEW)
    assert row["name_sealed"].startswith(only_new.head)
    leads.settings = replace(leads.settings, seal_keys=only_new)
    assert words(leads, row)["message"] == "to rotate 0"
    with leads.engine.connect() as connection:
        sealed = connection.scalar(
            text("SELECT note_sealed FROM lead_event WHERE lead_id = :id"), {"id": row["id"]}
        )
    assert vault.open_note(only_new, "envista", row["id"], sealed) == "called at noon"


def test_requests_come_in_and_are_read_while_it_runs(
    leads: Leads, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from a process that was not started anew yet and seals with the old key."""
    monkeypatch.setattr(rotation, "BATCH", 1)
    sent = [f"before {number}" for number in range(2)]
    for message in sent:
        leads.post(a_form(message=message))
    both = KeyRing.read(f"{NEW}\n{OLD}")
    started = replace_keys(replace(leads), both)
    app = build_app(
        started.settings,
        engine=engine,
        directory=a_reader(started.settings.state_dir, a_directory(a_clinic())),
    )
    started.client = app.test_client()
    for step, _ in enumerate(rotation.rotate(engine, both)):
        if step < 4:
            for process in (leads, started):
                sent.append(f"meanwhile {step} {both is process.settings.seal_keys}")
                assert process.post(a_form(message=sent[-1])).status_code == 303
        for message in sent:
            assert len(rows(started, message)) == 1
    list(rotation.rotate(engine, both))  # what the old process sealed since
    assert set(rotation.named(engine)) == {"new"}
    for message in sent:
        assert len(rows(replace_keys(started, KeyRing.read(NEW)), message)) == 1


def test_a_rotation_that_was_stopped_goes_on(
    leads: Leads, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(5):
        leads.post(a_form(message=f"stopped {number}"))
    both = KeyRing.read(f"{NEW}\n{OLD}")
    steps = rotation.rotate(engine, both)
    next(steps)
    next(steps)  # two values are done, then the process ends
    steps.close()
    resumed = list(rotation.rotate(engine, both))
    assert (resumed[0].of, resumed[-1].done) == (13, 13)
    assert rotation.named(engine) == {"new": 15}


def test_what_changed_meanwhile_is_not_overwritten(
    leads: Leads, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads.post(a_form(message="before"))
    [row] = rows(leads, "before")
    both = KeyRing.read(f"{NEW}\n{OLD}")
    fresh = both.seal(b'"fresh"', context=vault.context("envista", row["id"], "name"))
    real = rotation._batch

    def changed_meanwhile(connection, sealed, *arguments):
        found = real(connection, sealed, *arguments)
        if sealed.column == "name_sealed" and found:
            with leads.engine.begin() as other:
                other.execute(text("UPDATE lead SET name_sealed = :fresh"), {"fresh": fresh})
        return found

    monkeypatch.setattr(rotation, "_batch", changed_meanwhile)
    list(rotation.rotate(engine, both))
    [row] = rows(replace_keys(leads, both), "before")
    assert row["name_sealed"] == fresh


def replace_keys(leads: Leads, keys: KeyRing) -> Leads:
    leads.settings = replace(leads.settings, seal_keys=keys)
    return leads


def test_the_command_shows_how_far_it_is_and_a_named_key_is_not_retired(
    leads: Leads, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leads.post(a_form(message="by command"))
    Spool(leads.settings.spool_dir, leads.settings.seal_keys).write(b"waits")
    refuse_bad_start(leads.settings, uses_queues=False)
    replace_keys(leads, KeyRing.read(f"{NEW}\n{OLD}"))
    monkeypatch.setattr("leads.__main__.Settings.from_env", lambda *_, **__: leads.settings)
    monkeypatch.setattr("leads.__main__.configure_logs", lambda _name: None)
    assert main(["keys", "retire", "old"]) == 1
    assert "4 values are sealed with old" in capsys.readouterr().err
    assert main(["keys", "rotate"]) == 0
    assert "] 3 of 3" in capsys.readouterr().out
    assert main(["keys", "retire", "old"]) == 1  # a record in the spool names it
    Spool(leads.settings.spool_dir, leads.settings.seal_keys).drain(lambda _record: None)
    assert main(["keys", "retire", "new"]) == 1
    assert main(["keys", "retire", "old"]) == 0
    refuse_bad_start(replace_keys(leads, KeyRing.read(NEW)).settings, uses_queues=False)


def test_a_clinic_that_is_in_no_file_any_more_is_rotated_too(leads: Leads, engine: Engine) -> None:
    leads.post(a_form(message="gone"), host="kosak.example")
    assert rotation.clinics_with_leads(engine) == ["kosak"]
    with scoped(engine, []) as scope:
        assert scope.connection.scalar(text("SELECT count(*) FROM lead")) == 0
