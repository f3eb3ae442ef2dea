"""Bring a database to the newest schema with Alembic, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine, text

LOCK = 0x46444D49  # any number that is the same for every migrating process
LOCK_TIMEOUT = "5s"  # a migration that cannot get its locks gives up; running it again is safe


def migrate(url: str, folder: Path) -> None:
    """Run the revisions in `folder` on the database at `url` (an owner's login)."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
