"""Test requests of the group's own: what came of each; their rows can be forgotten."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLE = """
CREATE TABLE synthetic_check (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic text NOT NULL,
    location text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz,
    failed text,
    ping text
);
ALTER TABLE message
    DROP CONSTRAINT message_channel_check, DROP CONSTRAINT message_kind_check,
    ADD CONSTRAINT message_channel_check CHECK (channel IN ('email', 'sms', 'sink')),
    ADD CONSTRAINT message_kind_check CHECK (kind IN
        ('alert', 'reminder', 'escalation', 'digest', 'to_patient', 'staff', 'synthetic'));
CREATE INDEX synthetic_check_started ON synthetic_check (started_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON synthetic_check TO notify_app;
"""
# attempts, outcomes and the audit can only be added to: these alone are removed, by the owner
FORGET = """
CREATE FUNCTION forget_synthetic(after interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old uuid[] := ARRAY(
        SELECT id FROM alert WHERE clinic = '~synthetic' AND opened_at < now() - after);
    sent uuid[] := ARRAY(SELECT id FROM message WHERE alert_id = ANY (old));
BEGIN
    DELETE FROM outcome WHERE message_id = ANY (sent);
    DELETE FROM attempt WHERE message_id = ANY (sent);
    DELETE FROM message WHERE id = ANY (sent);
    DELETE FROM step WHERE alert_id = ANY (old);
    DELETE FROM audit WHERE clinic = '~synthetic' AND alert_id = ANY (old);
    DELETE FROM alert WHERE id = ANY (old);
    DELETE FROM outbox WHERE data->>'clinic' = '~synthetic' AND at < now() - after
        AND confirmed_at IS NOT NULL;
END $$;
REVOKE ALL ON FUNCTION forget_synthetic FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_synthetic TO notify_app;
"""
BEFORE = """
DROP TABLE synthetic_check;
ALTER TABLE message
    DROP CONSTRAINT message_channel_check, DROP CONSTRAINT message_kind_check,
    ADD CONSTRAINT message_channel_check CHECK (channel IN ('email', 'sms')),
    ADD CONSTRAINT message_kind_check CHECK (kind IN
        ('alert', 'reminder', 'escalation', 'digest', 'to_patient', 'staff'));
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("SELECT forget_synthetic('0')")
    op.execute("DROP FUNCTION forget_synthetic")
    op.execute(BEFORE)
