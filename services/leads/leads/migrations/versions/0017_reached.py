"""A contact may say, by text or link, that the patient was reached: then the lead is done."""

from alembic import op

revision = "0017"
down_revision = "0016"

COLUMNS = "outcome, follow_up_at, handled_at"


def upgrade() -> None:
    op.execute(f"GRANT SELECT (holder), UPDATE ({COLUMNS}) ON lead TO leads_jobs")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({COLUMNS}) ON lead FROM leads_jobs")
