"""The tables in the code are the tables that migrations make, and history cannot be rewritten."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import IntegrityError, ProgrammingError

from notify.parts import MIGRATIONS
from notify.tables import METADATA
from plumbing.migrations import migrate
from tests.notify.builders import an_alert, run


def test_the_code_and_the_migrations_agree(databases: tuple[str, str]) -> None:
    migrate(databases[0], MIGRATIONS)  # a second time does no harm
    engine = create_engine(databases[0].replace("postgresql", "postgresql+psycopg", 1))
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    engine.dispose()
    # indexes and foreign keys of the table's own are the migrations' alone
    assert [d for d in found if d[0] not in {"remove_index", "add_fk", "remove_fk"}] == []


@pytest.mark.parametrize("table", ["attempt", "outcome", "captured", "audit", "inbox"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = now()", "DELETE FROM {}", "DROP TABLE {}"])
def test_the_apps_role_cannot_rewrite_history(engine: Engine, table: str, verb: str) -> None:
    column = {"attempt": "started_at", "inbox": "taken_at"}.get(table, "at")
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(engine, verb.format(table).replace(" at ", f" {column} "))


def test_a_state_that_does_not_exist_is_refused(engine: Engine) -> None:
    an_alert(engine)
    with pytest.raises(IntegrityError):
        run(engine, "UPDATE message SET state = 'lost'")
