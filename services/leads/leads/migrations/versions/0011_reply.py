"""Texts that came from a patient's phone, sealed, with the lead that they belong to."""

from alembic import op

revision = "0011"
down_revision = "0010"

IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"

TABLE = f"""
CREATE TABLE reply (
    id uuid PRIMARY KEY,
    clinic text NOT NULL,
    lead_id uuid,
    what text NOT NULL CONSTRAINT reply_what CHECK (what IN ('text', 'stop', 'start')),
    at timestamptz NOT NULL,
    words_sealed bytea NOT NULL,
    CONSTRAINT reply_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE INDEX reply_of ON reply (clinic, lead_id);
ALTER TABLE reply ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON reply FOR SELECT TO leads_app USING ({IN_SCOPE});
CREATE POLICY clinic_or_none ON reply FOR INSERT TO leads_app
    WITH CHECK (clinic = '' OR {IN_SCOPE});
CREATE POLICY jobs ON reply TO leads_jobs USING (true);
GRANT SELECT, INSERT ON reply TO leads_app;
GRANT INSERT ON reply TO leads_jobs;
GRANT SELECT (id, clinic, lead_id, what, at) ON reply TO leads_jobs;
GRANT SELECT ON lead_search TO leads_jobs;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("REVOKE SELECT ON lead_search FROM leads_jobs")
    op.execute("DROP TABLE reply")
