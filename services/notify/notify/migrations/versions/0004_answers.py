"""Links that answer an alert, who has it, messages without an alert, changes on the desk."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE answer_link (
    token_hash bytea PRIMARY KEY,
    alert_id uuid NOT NULL REFERENCES alert,
    contact_id bigint NOT NULL REFERENCES contact,
    expires_at timestamptz NOT NULL
);

ALTER TABLE alert
    ADD COLUMN taken_by text,
    ADD COLUMN taken_contact_id bigint REFERENCES contact,
    ADD COLUMN taken_at timestamptz;

ALTER TABLE contact ADD COLUMN changed_by text NOT NULL DEFAULT 'file'
    CHECK (changed_by IN ('file', 'desk'));
ALTER TABLE route ADD COLUMN changed_by text NOT NULL DEFAULT 'file'
    CHECK (changed_by IN ('file', 'desk'));

-- A test message tells of no lead: it has a clinic and no alert.
ALTER TABLE message ADD COLUMN clinic text;
UPDATE message SET clinic = alert.clinic FROM alert WHERE alert.id = message.alert_id;
ALTER TABLE message
    ALTER COLUMN clinic SET NOT NULL,
    ALTER COLUMN alert_id DROP NOT NULL,
    ALTER COLUMN step_n DROP NOT NULL,
    ADD CONSTRAINT message_alert_check CHECK ((alert_id IS NULL) = (step_n IS NULL)),
    ADD CONSTRAINT message_staff_check CHECK (alert_id IS NOT NULL OR kind = 'staff');
"""

GRANTS = """
GRANT SELECT, INSERT ON answer_link TO notify_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)
