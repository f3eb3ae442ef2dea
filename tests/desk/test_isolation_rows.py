"""The second wall: what PostgreSQL itself shows and takes of a clinic's rows."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from leads import store, tables
from leads.api import keys
from leads.scope import scoped
from plumbing.database import connect
from plumbing.sealing import HashKey
from tests.desk.conftest import DeskUnderTest, nobody
from tests.desk.test_isolation import arrive

CLINIC_TABLES = [table for table in tables.metadata.sorted_tables if "clinic" in table.c]


def rows(engine: Engine, table: object, clinics: list[str] | None) -> int:
    with engine.begin() as connection:
        if clinics is not None:
            setting = ",".join(clinics)
            connection.execute(select(func.set_config("leads.clinics", setting, True)))
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("table", CLINIC_TABLES, ids=lambda table: table.name)
def test_sql_without_a_clinic_or_with_another_one_finds_nothing(
    desk: DeskUnderTest, stored: dict[str, UUID], engine: Engine, table: object
) -> None:
    arrive(desk, "manager", "envista").get(f"/leads/{stored['envista']}")
    with scoped(engine, ["envista"]) as scope:
        store.add_alias(
            scope.connection, clinic="envista", reference="2345ABCD", lead_id=stored["envista"]
        )
        scope.connection.execute(
            tables.lead_hold.insert().values(
                clinic="envista", lead_id=stored["envista"], release_at=func.now(), event={}
            )
        )
        scope.connection.execute(
            tables.reply.insert().values(
                id=uuid4(), clinic="envista", what="text", at=func.now(), words_sealed=b"x"
            )
        )
        scope.connection.execute(
            tables.phone_tap.insert().values(
                clinic="envista", location="", day=func.current_date(), page="/", taps=1
            )
        )
        scope.connection.execute(
            tables.comment.insert().values(
                id=uuid4(),
                clinic="envista",
                article="/articles/a/",
                fingerprint=b"f",
                suspicions=[],
                words_sealed=b"x",
            )
        )
        keys.make(scope, HashKey(b"k"), clinic="envista", origins=())
        scope.connection.execute(
            tables.api_request.insert().values(
                clinic="envista", lead_id=stored["envista"], key_hash=b"k", fingerprint=b"f"
            )
        )
        for hashed in (tables.confirmation, tables.erasure):
            scope.connection.execute(
                hashed.insert().values(clinic="envista", mark=stored["envista"].bytes)
            )
        scope.connection.execute(
            tables.legal_hold.insert().values(
                clinic="envista", lead_id=stored["envista"], reason="a claim"
            )
        )
        gone = {"id": nobody(), "location": "shafter", "kind": "contact", "reference": "2345ABCE"}
        scope.connection.execute(
            tables.erased_lead.insert().values(
                clinic="envista",
                state="done",
                article="",
                n=0,
                received_at=func.now(),
                why="person",
            ),
            gone,
        )
    assert rows(engine, table, ["envista"]) > 0
    for clinics in (None, [], [""], ["spine"], ["*"], ["envist"], ["ENVISTA"]):
        assert rows(engine, table, clinics) == 0, clinics


def test_a_setting_does_not_outlive_its_transaction(
    desk: DeskUnderTest, stored: dict[str, UUID], engine: Engine
) -> None:
    with engine.connect() as connection:  # one and the same connection
        with connection.begin():
            connection.execute(select(func.set_config("leads.clinics", "envista", True)))
        with connection.begin():
            assert connection.scalar(select(func.count()).select_from(tables.lead)) == 0


def test_a_row_of_another_clinic_can_be_neither_changed_nor_written(
    desk: DeskUnderTest, stored: dict[str, UUID], engine: Engine
) -> None:
    with scoped(engine, ["envista"]) as scope:
        changed = scope.connection.execute(update(tables.lead).values(state="done"))
        assert changed.rowcount == 1
    assert desk.row(stored["kosak"])["state"] == "new"
    with pytest.raises(DBAPIError), scoped(engine, ["envista"]) as scope:
        scope.connection.execute(update(tables.lead).values(clinic="kosak"))
    event = {"lead_id": stored["kosak"], "actor": "x", "what": "x", "detail": {}}
    for clinic in ("kosak", "envista"):  # the policy refuses one, the composite key the other
        with pytest.raises(DBAPIError), scoped(engine, ["envista"]) as scope:
            scope.connection.execute(tables.lead_event.insert().values(clinic=clinic, **event))


def test_the_app_writes_events_of_its_clinic_and_reads_none(
    desk: DeskUnderTest, stored: dict[str, UUID], engine: Engine
) -> None:
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(select(tables.outbox))
    values = {"id": nobody(), "name": "x", "at": func.now()}
    with pytest.raises(DBAPIError), scoped(engine, ["envista"]) as scope:
        scope.connection.execute(tables.outbox.insert().values(data={"clinic": "kosak"}, **values))


def test_security_is_forced_on_every_table_with_a_clinics_rows(everything: Engine) -> None:
    with everything.connect() as connection:
        forced = set(
            connection.scalars(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            )
        )
        roles = connection.execute(
            text(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'leads_%'"
                " AND (rolsuper OR rolbypassrls)"
            )
        ).all()
        owned = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE tableowner IN ('leads_app', 'leads_jobs')")
        ).all()
    assert forced >= {table.name for table in CLINIC_TABLES} | {"outbox"}
    assert roles == owned == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name_sealed FROM lead",
        "SELECT * FROM lead",
        "SELECT * FROM consent",
        "SELECT * FROM staff",
        "UPDATE lead SET reference = 'x'",
        "UPDATE lead SET name_sealed = ''",
        "DELETE FROM outbox",
    ],
)
def test_background_jobs_read_no_name_and_change_no_words(database: str, statement: str) -> None:
    engine = connect(database.replace("leads_app@", "leads_jobs@"), name="jobs")
    with pytest.raises(DBAPIError, match="permission denied"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_background_jobs_count_the_leads_of_all_clinics(
    desk: DeskUnderTest, stored: dict[str, UUID], database: str
) -> None:
    engine = connect(database.replace("leads_app@", "leads_jobs@"), name="jobs")
    assert rows(engine, tables.lead, None) == 2
    assert rows(engine, tables.outbox, None) == 2
    assert rows(engine, tables.lead_event, None) == 0
    engine.dispose()


@pytest.mark.parametrize("statement", ["DELETE FROM staff_event", "UPDATE staff_event SET what=''"])
def test_the_audit_cannot_be_rewritten(engine: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))
