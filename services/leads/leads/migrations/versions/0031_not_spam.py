"""What a person called spam keeps its alert, so that another look can still let it go."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("ALTER TABLE lead_hold ALTER COLUMN release_at DROP NOT NULL")
    op.execute("GRANT UPDATE (release_at) ON lead_hold TO leads_app")


def downgrade() -> None:
    op.execute("DELETE FROM lead_hold WHERE release_at IS NULL")
    op.execute("REVOKE UPDATE (release_at) ON lead_hold FROM leads_app")
    op.execute("ALTER TABLE lead_hold ALTER COLUMN release_at SET NOT NULL")
