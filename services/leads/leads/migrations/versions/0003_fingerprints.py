"""Fingerprints of the keys that rows were written with."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLE = """
CREATE TABLE key_fingerprint (
    name text NOT NULL,
    key_id text NOT NULL,
    fingerprint text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, key_id)
);
GRANT SELECT, INSERT ON key_fingerprint TO leads_app, leads_jobs;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE key_fingerprint")
