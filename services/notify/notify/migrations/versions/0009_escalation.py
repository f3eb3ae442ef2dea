"""Steps that wait for their time, who is told when, and the numbers that texts are answered by."""

from alembic import op

revision = "0009"
down_revision = "0008"

CONTACTS = """
ALTER TABLE contact
    ADD COLUMN speaks text[] NOT NULL DEFAULT '{}',
    ADD COLUMN quiet jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN off jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN helped_at timestamptz;

ALTER TABLE route ADD COLUMN duty text NOT NULL DEFAULT 'tell'
    CHECK (duty IN ('tell', 'on_call'));
ALTER TABLE route DROP CONSTRAINT route_pkey;
ALTER TABLE route ADD PRIMARY KEY (clinic, location, duty, n);

CREATE TABLE policy (
    clinic text NOT NULL,
    location text NOT NULL,
    after_hours text NOT NULL CHECK (after_hours IN ('now', 'hold', 'email_now', 'on_call')),
    next_after integer NOT NULL CHECK (next_after > 0),
    remind_after integer NOT NULL CHECK (remind_after > 0),
    call_again_after integer NOT NULL CHECK (call_again_after > 0),
    changed_by text NOT NULL DEFAULT 'file' CHECK (changed_by IN ('file', 'desk')),
    PRIMARY KEY (clinic, location)
);
"""

# `round` rises with every answer: a message of an earlier round is never sent.
ALERTS = """
ALTER TABLE alert
    ADD COLUMN round integer NOT NULL DEFAULT 0,
    ADD COLUMN pass_from integer NOT NULL DEFAULT 0,
    ADD COLUMN first_place integer NOT NULL DEFAULT 1 CHECK (first_place > 0),
    ADD COLUMN speaks text NOT NULL DEFAULT '',
    ADD COLUMN location_name text NOT NULL DEFAULT '',
    ADD COLUMN zone text NOT NULL DEFAULT 'UTC',
    ADD COLUMN handled_at timestamptz,
    ADD COLUMN missed_at timestamptz,
    ADD COLUMN settled_at timestamptz;

ALTER TABLE message
    ADD COLUMN alert_round integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT IF EXISTS message_staff_check,
    ADD CONSTRAINT message_staff_check
        CHECK (alert_id IS NOT NULL OR kind IN ('staff', 'digest', 'to_patient'));
UPDATE message SET alert_round = 1
    FROM alert WHERE alert.id = message.alert_id AND alert.state IN ('taken', 'settled');
UPDATE alert SET round = 1 WHERE state IN ('taken', 'settled');
UPDATE alert SET settled_at = now() WHERE state = 'settled';
"""

# At most one step of an alert's line waits at a time; word to the others (`notice`) is beside it.
STEPS = """
ALTER TABLE step
    ALTER COLUMN contact_id DROP NOT NULL,
    ALTER COLUMN due_at DROP NOT NULL,
    ALTER COLUMN due_at DROP DEFAULT,
    ADD COLUMN kind text NOT NULL DEFAULT 'alert' CHECK (kind IN
        ('alert', 'text', 'escalation', 'reminder', 'follow_up', 'missed', 'notice')),
    ADD COLUMN counted_from timestamptz,
    ADD COLUMN minutes integer,
    ADD COLUMN held boolean NOT NULL DEFAULT false,
    ADD COLUMN why jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN done_at timestamptz,
    ADD CONSTRAINT step_count_check CHECK ((counted_from IS NULL) = (minutes IS NULL));
UPDATE step SET done_at = due_at;
CREATE UNIQUE INDEX step_waits ON step (alert_id) WHERE state = 'due' AND kind <> 'notice';
CREATE INDEX step_due ON step (due_at) WHERE state = 'due';

CREATE TABLE bundled (
    message_id uuid NOT NULL REFERENCES message,
    alert_id uuid NOT NULL,
    step_n integer NOT NULL,
    alert_round integer NOT NULL,
    told_alone_at timestamptz,
    PRIMARY KEY (message_id, alert_id),
    FOREIGN KEY (alert_id, step_n) REFERENCES step
);
CREATE INDEX bundled_alert ON bundled (alert_id);

CREATE TABLE reply_number (
    alert_id uuid NOT NULL REFERENCES alert,
    contact_id bigint NOT NULL REFERENCES contact,
    number integer NOT NULL CHECK (number BETWEEN 1 AND 99),
    given_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (alert_id, contact_id)
);
CREATE INDEX reply_number_contact ON reply_number (contact_id);
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON policy TO notify_app;
GRANT SELECT, INSERT, UPDATE ON bundled, reply_number TO notify_app;
"""


def upgrade() -> None:
    for statements in (CONTACTS, ALERTS, STEPS, GRANTS):
        op.execute(statements)
