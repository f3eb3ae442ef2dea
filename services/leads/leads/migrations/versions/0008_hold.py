"""Leads that are held as possible spam, with the event that their alert waits for."""

from alembic import op

revision = "0008"
down_revision = "0007"

APP = "leads_app"
JOBS = "leads_jobs"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"

HOLD = f"""
CREATE TABLE lead_hold (
    clinic text NOT NULL,
    lead_id uuid NOT NULL,
    release_at timestamptz NOT NULL,
    event jsonb NOT NULL,
    PRIMARY KEY (clinic, lead_id),
    CONSTRAINT hold_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
CREATE INDEX lead_hold_due ON lead_hold (release_at);
ALTER TABLE lead_hold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON lead_hold TO {APP} USING ({IN_SCOPE});
CREATE POLICY jobs ON lead_hold TO {JOBS} USING (true) WITH CHECK ({IN_SCOPE});
GRANT SELECT, INSERT, DELETE ON lead_hold TO {APP}, {JOBS};
"""
STATES = "ALTER TABLE lead DROP CONSTRAINT lead_state, ADD CONSTRAINT lead_state CHECK"


def upgrade() -> None:
    op.execute(HOLD)
    op.execute(f"{STATES} (state IN ('held', 'spam', 'new', 'taken', 'waiting', 'done'))")


def downgrade() -> None:
    op.execute("DROP TABLE lead_hold")
    op.execute(f"{STATES} (state IN ('new', 'taken', 'waiting', 'done'))")
