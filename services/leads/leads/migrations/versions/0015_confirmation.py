"""When an address was last sent a confirmation, and the consent to one by e-mail."""

from alembic import op

revision = "0015"
down_revision = "0014"

IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"

TABLE = f"""
CREATE TABLE confirmation (
    clinic text NOT NULL,
    mark bytea NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic, mark)
);
ALTER TABLE confirmation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON confirmation TO leads_app USING ({IN_SCOPE}) WITH CHECK ({IN_SCOPE});
CREATE POLICY jobs ON confirmation TO leads_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON confirmation TO leads_app, leads_jobs;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("ALTER TABLE consent DROP CONSTRAINT consent_what")
    op.execute(
        "ALTER TABLE consent ADD CONSTRAINT consent_what"
        " CHECK (what IN ('text', 'voicemail', 'email'))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE confirmation")
