"""Messages that wait for a person after a restore, and fingerprints of keys."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE restored (
    at timestamptz PRIMARY KEY DEFAULT now(),
    made_at timestamptz NOT NULL
);

CREATE TABLE released (
    alert_id uuid PRIMARY KEY REFERENCES alert,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE key_fingerprint (
    name text NOT NULL,
    key_id text NOT NULL,
    fingerprint text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, key_id)
);
"""

STATES = """
ALTER TABLE message DROP CONSTRAINT message_state_check;
ALTER TABLE message ADD CONSTRAINT message_state_check CHECK
    (state IN ('queued', 'sending', 'unknown', 'held', 'accepted', 'sent', 'delivered',
        'failed_permanent', 'cancelled', 'suppressed'));
"""

# In the database, so that whatever adds a message about an alert from before a restore - its
# event arriving again, a reminder, an escalation - finds it held.
HOLD = """
CREATE FUNCTION hold_after_restore() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'queued' AND EXISTS (
        SELECT FROM restored JOIN alert ON alert.received_at <= restored.made_at
        WHERE alert.id = NEW.alert_id AND NOT EXISTS (
            SELECT FROM released
            WHERE released.alert_id = alert.id AND released.at >= restored.at
        )
    ) THEN
        NEW.state = 'held';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER hold_after_restore BEFORE INSERT ON message
    FOR EACH ROW EXECUTE FUNCTION hold_after_restore();
"""

GRANTS = """
GRANT SELECT, INSERT ON restored, key_fingerprint TO notify_app;
GRANT SELECT, INSERT, UPDATE ON released TO notify_app;
"""


def upgrade() -> None:
    for statements in (TABLES, STATES, HOLD, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_after_restore ON message")
    op.execute("DROP FUNCTION hold_after_restore")
    op.execute("DROP TABLE restored, released, key_fingerprint")
    op.execute("UPDATE message SET state = 'cancelled' WHERE state = 'held'")
    op.execute("ALTER TABLE message DROP CONSTRAINT message_state_check")
    op.execute(
        "ALTER TABLE message ADD CONSTRAINT message_state_check CHECK"
        " (state IN ('queued', 'sending', 'unknown', 'accepted', 'sent', 'delivered',"
        " 'failed_permanent', 'cancelled', 'suppressed'))"
    )
