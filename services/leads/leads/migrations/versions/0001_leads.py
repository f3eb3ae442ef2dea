"""Leads, consents, events, outbox and inbox."""

from alembic import op

revision = "0001"
down_revision = None

APP = "leads_app"

TABLES = """
CREATE TABLE lead (
    id uuid PRIMARY KEY,
    clinic text NOT NULL,
    location text NOT NULL,
    kind text NOT NULL CONSTRAINT lead_kind CHECK (kind IN ('contact', 'appointment')),
    reference text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    fingerprint bytea NOT NULL,
    n integer NOT NULL,
    submission_id text,
    linked_to uuid,
    again boolean NOT NULL,
    handled_at timestamptz,
    language text NOT NULL,
    form_version text NOT NULL,
    attribution jsonb NOT NULL,
    suspicions jsonb NOT NULL,
    name_sealed bytea NOT NULL,
    contact_sealed bytea NOT NULL,
    words_sealed bytea NOT NULL,
    CONSTRAINT lead_clinic_id UNIQUE (clinic, id),
    CONSTRAINT lead_once UNIQUE (clinic, fingerprint, n),
    CONSTRAINT lead_reference UNIQUE (clinic, reference),
    CONSTRAINT lead_linked_in_clinic FOREIGN KEY (clinic, linked_to) REFERENCES lead (clinic, id)
);
CREATE INDEX lead_submission ON lead (clinic, submission_id) WHERE submission_id IS NOT NULL;

CREATE TABLE consent (
    clinic text NOT NULL,
    lead_id uuid NOT NULL,
    what text NOT NULL CONSTRAINT consent_what CHECK (what IN ('text', 'voicemail')),
    wording text NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic, lead_id, what),
    CONSTRAINT consent_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);

CREATE TABLE lead_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic text NOT NULL,
    lead_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    what text NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT event_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE INDEX lead_event_of ON lead_event (clinic, lead_id, id);

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
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE confirmed_at IS NULL;

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    name text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);
"""

# The application's role owns nothing and may do only what the service does.
GRANTS = f"""
GRANT SELECT, INSERT, UPDATE ON lead, outbox TO {APP};
GRANT SELECT, INSERT ON consent, lead_event, inbox TO {APP};
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("DROP TABLE inbox, outbox, lead_event, consent, lead")
