"""Alerts, messages and what became of them.  Everything belongs to notify_owner."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    name text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    at timestamptz NOT NULL,
    data jsonb NOT NULL,
    sealed text,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (next_try_at) WHERE confirmed_at IS NULL;

CREATE TABLE contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    email text,
    sms text,
    removed_at timestamptz,
    UNIQUE (clinic, key),
    CHECK (email IS NOT NULL OR sms IS NOT NULL)
);

CREATE TABLE route (
    clinic text NOT NULL,
    location text NOT NULL,
    n integer NOT NULL CHECK (n > 0),
    contact_id bigint NOT NULL REFERENCES contact,
    PRIMARY KEY (clinic, location, n)
);

CREATE TABLE alert (
    id uuid PRIMARY KEY,
    lead_id text NOT NULL UNIQUE,
    clinic text NOT NULL,
    location text NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    again boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'told', 'failed')),
    reason jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX alert_not_told ON alert (clinic, state) WHERE state <> 'told';

CREATE TABLE step (
    alert_id uuid NOT NULL REFERENCES alert,
    n integer NOT NULL CHECK (n > 0),
    contact_id bigint NOT NULL REFERENCES contact,
    due_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL CHECK (state IN ('due', 'done', 'cancelled')),
    PRIMARY KEY (alert_id, n)
);

CREATE TABLE message (
    id uuid PRIMARY KEY,
    alert_id uuid NOT NULL REFERENCES alert,
    step_n integer NOT NULL,
    contact_id bigint NOT NULL REFERENCES contact,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address text NOT NULL,
    kind text NOT NULL CHECK
        (kind IN ('alert', 'reminder', 'escalation', 'digest', 'to_patient', 'staff')),
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sending', 'unknown', 'accepted', 'sent',
        'delivered', 'failed_permanent', 'cancelled', 'suppressed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    publish_at timestamptz NOT NULL,
    publish_tries integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    attempt_no integer NOT NULL DEFAULT 0,
    provider text,
    unknown_since timestamptz,
    dedup_key text NOT NULL UNIQUE,
    FOREIGN KEY (alert_id, step_n) REFERENCES step,
    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CHECK ((state = 'unknown') = (unknown_since IS NOT NULL))
);
CREATE INDEX message_to_do ON message (publish_at)
    WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX message_alert ON message (alert_id);

CREATE TABLE attempt (
    message_id uuid NOT NULL REFERENCES message,
    no integer NOT NULL CHECK (no > 0),
    provider text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, no)
);

CREATE TABLE outcome (
    message_id uuid NOT NULL,
    no integer NOT NULL,
    what text NOT NULL CHECK
        (what IN ('accepted', 'adopted', 'refused', 'failed')),
    provider_ref text,
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, no),
    FOREIGN KEY (message_id, no) REFERENCES attempt
);

CREATE TABLE captured (
    message_id uuid PRIMARY KEY,
    kind text NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    leads text[] NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX captured_newest ON captured (at);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    what text NOT NULL,
    clinic text NOT NULL,
    alert_id uuid,
    message_id uuid,
    detail jsonb NOT NULL
);
CREATE INDEX audit_alert ON audit (alert_id);

CREATE TABLE heartbeat (
    process text PRIMARY KEY,
    at timestamptz NOT NULL
);
"""

# The app's role owns nothing; what is history can only be added to.
GRANTS = """
GRANT USAGE ON SCHEMA public TO notify_app;
GRANT SELECT, INSERT ON inbox, attempt, outcome, captured, audit TO notify_app;
GRANT SELECT, INSERT, UPDATE ON outbox, contact, alert, step, message, heartbeat TO notify_app;
GRANT SELECT, INSERT, DELETE ON route TO notify_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)
