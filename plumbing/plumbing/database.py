"""Engines that never wait long: every bound that the services rely on is set in one place.

Callers own the transaction (`with engine.begin() as connection:`); stores never commit.  Who only
reads does the same: `connect()` would end in a ROLLBACK, upon which psycopg forgets every statement
that the server has prepared for that connection.
"""

import select
import time
from collections.abc import Iterable
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, Engine, create_engine, event, literal_column, text
from sqlalchemy.exc import DisconnectionError

from plumbing import wakes

CONNECT_TIMEOUT_S = 2
POOL_TIMEOUT_S = 2
RESTED_S = 10.0  # after so long a connection is asked whether it still works


def connect(url: str, *, name: str, pool_size: int = 8, statement_timeout_s: float = 3.0) -> Engine:
    """An engine for `url` (postgresql://…); opens nothing until it is used.

    `name` is shown in pg_stat_activity.  A statement that runs longer than `statement_timeout_s`
    is ended by the server.  A connection that PostgreSQL dropped meanwhile is replaced unseen.
    """
    milliseconds = int(statement_timeout_s * 1000)
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,  # an error's text would repeat what was typed
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": name,
            "options": f"-c statement_timeout={milliseconds}"
            f" -c lock_timeout={milliseconds}"
            " -c idle_in_transaction_session_timeout=10000"
            " -c timezone=UTC",
            # a server that vanished without a word is noticed after 5 s, not after two hours
            "tcp_user_timeout": 5000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
        },
    )
    event.listen(engine, "checkin", wakes.say_all)
    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", _refuse_if_dead)
    return engine


def alone(engine: Engine) -> Engine:
    """Over the same connections, but each statement is a transaction of its own: BEGIN and COMMIT
    are round trips, too.  For `connect()`, which then has nothing to roll back.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def among(column: ColumnElement[str], constants: Iterable[str]) -> ColumnElement[bool]:
    """`column IN (…)`, written into the statement: a list of parameters is put into it anew each
    time that it is carried out.  `constants`: words of ours, never anybody's input.
    """
    words = sorted(constants)
    if not all(word.isidentifier() for word in words):
        raise ValueError("a constant is a word")
    return column.in_([literal_column(f"'{word}'") for word in words])


def database_missing(engine: Engine) -> str | None:
    """A readiness check: None when the database answers."""
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return None


def _rests(_connection: object, record: Any) -> None:
    record.info["since"] = time.monotonic()


def _refuse_if_dead(connection: Any, record: Any, _proxy: object) -> None:
    """SQLAlchemy's own question before each use is a round trip; mostly a look does.

    A server that ends a connection says so, and then there is something to read.  Raises
    DisconnectionError, for which the pool opens another.
    """
    rested_s = time.monotonic() - record.info.get("since", time.monotonic())
    if rested_s < RESTED_S and not select.select([connection.fileno()], [], [], 0)[0]:
        return
    try:
        connection.execute("SELECT 1")
        connection.commit()  # not rollback: see above
    except psycopg.Error as error:
        raise DisconnectionError from error
