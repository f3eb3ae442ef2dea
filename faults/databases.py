"""A notify database of its own for a run."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from notify.parts import MIGRATIONS
from plumbing.database import connect
from plumbing.migrations import migrate
from tests.servers import running_postgres


@contextmanager
def notify_database() -> Iterator[Engine]:
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        running_postgres(Path(folder)) as server,
    ):
        owner, app = server.database("notify")
        migrate(owner, MIGRATIONS)
        engine = connect(app, name="faults", pool_size=8)
        yield engine
        engine.dispose()
