"""Which providers do not take messages now, as all processes see it."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
CREATE TABLE breaker (
    channel text NOT NULL,
    provider text NOT NULL,
    failures integer NOT NULL,
    since timestamptz NOT NULL,
    open_until timestamptz,
    reason text NOT NULL,
    PRIMARY KEY (channel, provider)
);
CREATE INDEX outcome_at ON outcome (at);
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON breaker TO notify_app")


def downgrade() -> None:
    op.execute("DROP INDEX outcome_at")
    op.execute("DROP TABLE breaker")
