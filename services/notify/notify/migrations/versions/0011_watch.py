"""What waits as possible spam, and how many texts each clinic had today."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE held_lead (
    lead_id text PRIMARY KEY,
    clinic text NOT NULL,
    location text NOT NULL,
    state text NOT NULL CHECK (state IN ('held', 'released', 'spam')),
    at timestamptz NOT NULL
);

CREATE TABLE texts_sent (
    clinic text NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (clinic, day)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute("GRANT SELECT, INSERT, UPDATE ON held_lead, texts_sent TO notify_app")


def downgrade() -> None:
    op.execute("DROP TABLE held_lead, texts_sent")
