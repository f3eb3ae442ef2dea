"""New addresses that wait for their owners, and the tests of a contact."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = """
CREATE TABLE new_address (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic text NOT NULL,
    contact_id bigint NOT NULL REFERENCES contact,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    message_id uuid NOT NULL,
    asked_by text NOT NULL,
    tell text[] NOT NULL,
    desk_path text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'confirmed', 'replaced', 'withdrawn')),
    settled_at timestamptz
);
CREATE UNIQUE INDEX new_address_waits ON new_address (contact_id, channel)
    WHERE state = 'waiting';
CREATE INDEX new_address_asked ON new_address (clinic, asked_at);

-- a contact of whom nothing is confirmed yet is told nothing
ALTER TABLE contact DROP CONSTRAINT contact_check;

CREATE INDEX message_alone ON message (contact_id, created_at)
    WHERE alert_id IS NULL;
CREATE INDEX audit_failed ON audit (message_id) WHERE what = 'message failed';
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute("GRANT SELECT, INSERT, UPDATE ON new_address TO notify_app")


def downgrade() -> None:
    op.execute("DROP INDEX message_alone, audit_failed")
    op.execute("DROP TABLE new_address")
    op.execute(
        "ALTER TABLE contact ADD CONSTRAINT contact_check"
        " CHECK (email IS NOT NULL OR sms IS NOT NULL) NOT VALID"
    )
