"""API keys, and which request an Idempotency-Key was used for."""

from alembic import op

revision = "0013"
down_revision = "0012"

APP = "leads_app"
JOBS = "leads_jobs"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"

TABLES = f"""
CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    clinic text NOT NULL,
    kind text NOT NULL CONSTRAINT api_key_kind CHECK (kind IN ('public', 'secret')),
    hash bytea NOT NULL CONSTRAINT api_key_hash UNIQUE,
    origins text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT api_key_origins CHECK ((kind = 'public') = (cardinality(origins) > 0))
);
CREATE INDEX api_key_of ON api_key (clinic) WHERE revoked_at IS NULL;
CREATE TABLE api_request (
    clinic text NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    lead_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic, key_hash),
    CONSTRAINT api_request_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE INDEX api_request_at ON api_request (at);
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE api_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON api_key TO {APP} USING ({IN_SCOPE});
CREATE POLICY clinic ON api_request TO {APP} USING ({IN_SCOPE});
CREATE POLICY jobs ON api_request TO {JOBS} USING (true) WITH CHECK ({IN_SCOPE});
GRANT SELECT, INSERT ON api_key TO {APP};
GRANT UPDATE (revoked_at) ON api_key TO {APP};
GRANT SELECT, INSERT, UPDATE ON api_request TO {APP}, {JOBS};
GRANT DELETE ON api_request TO {JOBS};
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE api_request, api_key")
