"""A contact who says that the patient was reached makes the first contact that reports count."""

from alembic import op

revision = "0021"
down_revision = "0020"

SEEN = "location, received_at, contacted_at"
CHANGED = "contacted_at, contact_minutes, contact_late"


def upgrade() -> None:
    op.execute(f"GRANT SELECT ({SEEN}), UPDATE ({CHANGED}) ON lead TO leads_jobs")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({CHANGED}) ON lead FROM leads_jobs")
