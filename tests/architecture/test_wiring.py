"""What is declared in one place is there in the others."""

import re
from pathlib import Path

from sqlalchemy import create_engine, inspect

from leads.__main__ import MIGRATIONS as LEADS_MIGRATIONS
from leads.tables import metadata as leads_metadata
from plumbing.migrations import migrate
from tests.servers import Postgres

ROOT = Path(__file__).parents[2]
ENV_CALL = re.compile(
    r'env\.(?:text|integer|flag|url|folder|secret)\(\s*"([A-Z_]+)"|_key\(env, "([A-Z_]+)"'
)


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    missing = set()
    for path in [*ROOT.glob("services/*/*/*.py"), *ROOT.glob("supervisor/supervisor/*.py")]:
        for first, second in ENV_CALL.findall(path.read_text()):
            name = first or second
            if not re.search(rf"^#? ?{name}(_FILE)?=", example, re.MULTILINE):
                missing.add(f"{name} ({path.relative_to(ROOT)})")
    assert not missing


def test_the_leads_schema_is_what_its_tables_say(postgres: Postgres) -> None:
    owner, _ = postgres.database("leads")
    migrate(owner, LEADS_MIGRATIONS)
    engine = create_engine(owner.replace("postgresql://", "postgresql+psycopg://"))
    inspector = inspect(engine)
    for table in leads_metadata.sorted_tables:
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}, table.name
    engine.dispose()


def test_migrating_twice_does_nothing_the_second_time(postgres: Postgres) -> None:
    owner, _ = postgres.database("leads")
    migrate(owner, LEADS_MIGRATIONS)
    migrate(owner, LEADS_MIGRATIONS)
