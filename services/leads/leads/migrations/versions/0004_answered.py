"""Who took a lead by the link of an alert: a contact of notify's, not an account of the desk's."""

from alembic import op

revision = "0004"
down_revision = "0003"

IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"


def upgrade() -> None:
    op.execute("ALTER TABLE lead ADD COLUMN answered_by text")
    op.execute("GRANT UPDATE (state, answered_by, changed_at) ON lead TO leads_jobs")
    op.execute(f"CREATE POLICY answered ON lead FOR UPDATE TO leads_jobs USING ({IN_SCOPE})")


def downgrade() -> None:
    op.execute("DROP POLICY answered ON lead")
    op.execute("REVOKE UPDATE (state, answered_by, changed_at) ON lead FROM leads_jobs")
    op.execute("ALTER TABLE lead DROP COLUMN answered_by")
