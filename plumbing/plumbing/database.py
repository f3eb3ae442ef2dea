"""Engines that never wait long: every bound that the services rely on is set in one place.

Callers own the transaction (`with engine.begin() as connection:`); stores never commit.
"""

from sqlalchemy import Engine, create_engine, text

CONNECT_TIMEOUT_S = 2
POOL_TIMEOUT_S = 2


def connect(url: str, *, name: str, pool_size: int = 8, statement_timeout_s: float = 3.0) -> Engine:
    """An engine for `url` (postgresql://…); opens nothing until it is used.

    `name` is shown in pg_stat_activity.  A statement that runs longer than `statement_timeout_s`
    is ended by the server.  A connection that PostgreSQL dropped meanwhile is replaced unseen.
    """
    milliseconds = int(statement_timeout_s * 1000)
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
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


def database_missing(engine: Engine) -> str | None:
    """A readiness check: None when the database answers."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return None
