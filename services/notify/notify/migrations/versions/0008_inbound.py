"""Texts that came in, once each, and who wants no more of them.

No text is kept here: what a patient wrote goes sealed to leads, what a contact wrote is done.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
CREATE TABLE inbound (
    ref text PRIMARY KEY,
    provider text NOT NULL,
    what text NOT NULL CHECK (what IN ('stop', 'start', 'help', 'contact', 'patient')),
    contact_id bigint REFERENCES contact,
    answer text,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE suppression (
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address_hash bytea NOT NULL,
    source text NOT NULL CHECK (source IN ('text', 'provider')),
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, address_hash)
);
CREATE INDEX contact_sms ON contact (sms) WHERE sms IS NOT NULL AND removed_at IS NULL;
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON inbound TO notify_app;
GRANT SELECT, INSERT, DELETE ON suppression TO notify_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("DROP INDEX contact_sms")
    op.execute("DROP TABLE inbound, suppression")
