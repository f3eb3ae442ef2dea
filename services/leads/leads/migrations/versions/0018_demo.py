"""Made-up requests that show a stranger a full desk are flagged as such."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("ALTER TABLE lead ADD COLUMN demo boolean NOT NULL DEFAULT false")
    op.execute("GRANT SELECT (demo) ON lead TO leads_jobs")


def downgrade() -> None:
    op.execute("DELETE FROM lead_search USING lead WHERE lead.demo AND lead_id = lead.id")
    op.execute("DELETE FROM consent USING lead WHERE lead.demo AND lead_id = lead.id")
    op.execute("DELETE FROM lead_event USING lead WHERE lead.demo AND lead_id = lead.id")
    op.execute("DELETE FROM lead WHERE demo")
    op.execute("ALTER TABLE lead DROP COLUMN demo")
