"""Each service has one chain of migrations, so that a database can be brought up to date."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("service", ["leads", "notify"])
def test_migrations_form_one_chain(service: str) -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(ROOT / f"services/{service}/{service}/migrations")
    )
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1, "number yours behind main's"
