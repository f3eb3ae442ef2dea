"""Two databases with an outbox and an inbox each, as two services would have them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, MetaData, Table

from plumbing.database import connect
from plumbing.inbox import inbox_table
from plumbing.outbox import outbox_table
from tests.servers import Postgres


@dataclass
class Service:
    """A service reduced to its outbox and inbox."""

    url: str
    engine: Engine
    outbox: Table
    inbox: Table


@pytest.fixture
def service(postgres: Postgres) -> Iterator[Service]:
    url, _ = postgres.database("leads")
    engine = connect(url, name="service")
    metadata = MetaData()
    outbox, inbox = outbox_table(metadata), inbox_table(metadata)
    metadata.create_all(engine)
    yield Service(url=url, engine=engine, outbox=outbox, inbox=inbox)
    engine.dispose()
