"""What providers report about messages that they took."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE receipt (
    ref text NOT NULL,
    said text NOT NULL,
    provider text NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'sent', 'delivered', 'failed')),
    final boolean NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ref, said)
);
CREATE INDEX outcome_ref ON outcome (provider_ref) WHERE provider_ref IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute("GRANT SELECT, INSERT ON receipt TO notify_app")


def downgrade() -> None:
    op.execute("DROP INDEX outcome_ref")
    op.execute("DROP TABLE receipt")
