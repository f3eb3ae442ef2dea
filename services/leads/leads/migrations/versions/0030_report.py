"""Reports count erased requests, and read indexes of what they count alone."""

from alembic import op

revision = "0030"
down_revision = "0029"

CLINICS = "string_to_array(current_setting('leads.clinics', true), ',')"
COLUMNS = "(clinic, received_at) INCLUDE (location, kind, article, contact_minutes, contact_late)"
COUNTED = "WHERE state NOT IN ('held', 'spam')"


# the table's owner sees only what a policy lets it see
ARTICLE = """
ALTER TABLE erased_lead RENAME path TO article;
ALTER TABLE erased_lead NO FORCE ROW LEVEL SECURITY;
UPDATE erased_lead SET article = left(article, 200) WHERE length(article) > 200;
ALTER TABLE erased_lead FORCE ROW LEVEL SECURITY;
"""


def upgrade() -> None:
    op.execute(ARTICLE)
    op.execute(
        f"""
        DROP INDEX erased_lead_received;
        DROP INDEX lead_received;
        CREATE INDEX erased_lead_reported ON erased_lead {COLUMNS} {COUNTED};
        CREATE INDEX lead_reported ON lead {COLUMNS} {COUNTED};
        CREATE INDEX lead_received ON lead (clinic, received_at);
        GRANT SELECT (article) ON lead TO leads_jobs;
        ALTER POLICY clinic ON erased_lead USING (clinic IN (SELECT unnest({CLINICS})));
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        ALTER POLICY clinic ON erased_lead USING (clinic = ANY ({CLINICS}));
        DROP INDEX erased_lead_reported, lead_reported, lead_received;
        CREATE INDEX erased_lead_received ON erased_lead (clinic, received_at);
        CREATE INDEX lead_received ON lead (clinic, received_at)
            INCLUDE (location, kind, state, article, contact_minutes, contact_late);
        """
    )
    op.execute("ALTER TABLE erased_lead RENAME article TO path")
    op.execute("REVOKE SELECT (article) ON lead FROM leads_jobs")
