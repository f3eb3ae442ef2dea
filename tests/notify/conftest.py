"""A migrated and emptied notify database and an emptied Valkey for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, text

from notify.parts import MIGRATIONS, Parts, build
from notify.settings import Settings
from notify.tables import METADATA
from plumbing.database import connect
from plumbing.migrations import migrate
from tests.notify.builders import a_settings
from tests.servers import Postgres


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> tuple[str, str]:
    """(owner's URL, app's URL) of one migrated database."""
    owner, app = postgres.database("notify")
    migrate(owner, MIGRATIONS)
    return owner, app


@pytest.fixture
def database_url(databases: tuple[str, str]) -> str:
    """The app's URL; every table is empty."""
    owner, app = databases
    engine = connect(owner, name="empty")
    with engine.begin() as connection:
        names = ", ".join(METADATA.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return app


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url, name="test", pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture
def broker_url(redis_url: str) -> str:
    """Empty."""
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.close()
    return redis_url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, broker_url: str) -> Settings:
    return a_settings(tmp_path, database_url=database_url, redis_url=broker_url)


@pytest.fixture
def building() -> Iterator[Callable[[Settings], Parts]]:
    """Builds parts; closes their connections afterwards."""
    built: list[Parts] = []

    def build_parts(settings: Settings) -> Parts:
        built.append(build(settings, process="test", pool_size=8))
        return built[-1]

    yield build_parts
    for parts in built:
        parts.engine.dispose()


@pytest.fixture
def parts(settings: Settings, building: Callable[[Settings], Parts]) -> Parts:
    return building(settings)
