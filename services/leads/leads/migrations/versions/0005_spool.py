"""What the spool needs: told references that are not the lead's own, search marks, and background
jobs that may store a lead (they still cannot read what is sealed in one).
"""

from alembic import op

revision = "0005"
down_revision = "0004"

APP = "leads_app"
JOBS = "leads_jobs"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"

TABLES = f"""
CREATE TABLE lead_alias (
    clinic text NOT NULL,
    reference text NOT NULL,
    lead_id uuid NOT NULL,
    PRIMARY KEY (clinic, reference, lead_id),
    CONSTRAINT alias_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE TABLE lead_search (
    clinic text NOT NULL,
    mark bytea NOT NULL,
    lead_id uuid NOT NULL,
    PRIMARY KEY (clinic, mark, lead_id),
    CONSTRAINT search_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE INDEX lead_search_of ON lead_search (clinic, lead_id);
ALTER TABLE lead_alias ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead_search ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON lead_alias TO {APP}, {JOBS} USING ({IN_SCOPE});
CREATE POLICY clinic ON lead_search TO {APP}, {JOBS} USING ({IN_SCOPE});
GRANT SELECT, INSERT ON lead_alias TO {APP}, {JOBS};
GRANT SELECT, INSERT, DELETE ON lead_search TO {APP};
GRANT INSERT ON lead_search TO {JOBS};
"""

STORE = f"""
GRANT INSERT ON lead TO {JOBS};
GRANT SELECT (fingerprint, n, submission_id) ON lead TO {JOBS};
GRANT INSERT ON consent TO {JOBS};
CREATE POLICY stored ON lead FOR INSERT TO {JOBS} WITH CHECK ({IN_SCOPE});
CREATE POLICY stored ON consent FOR INSERT TO {JOBS} WITH CHECK ({IN_SCOPE});
"""
UNSEE = f"REVOKE SELECT (fingerprint, n, submission_id) ON lead FROM {JOBS}"  # noqa: S608


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(STORE)


def downgrade() -> None:
    op.execute("DROP POLICY stored ON consent")
    op.execute("DROP POLICY stored ON lead")
    op.execute(f"REVOKE INSERT ON consent, lead FROM {JOBS}")
    op.execute(UNSEE)
    op.execute("DROP TABLE lead_search, lead_alias")
