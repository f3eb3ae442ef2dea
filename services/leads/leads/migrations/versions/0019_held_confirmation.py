"""A request that is held keeps, sealed, whom to send a confirmation once it is released."""

from alembic import op

revision = "0019"
down_revision = "0018"

APP = "leads_app"


def upgrade() -> None:
    op.execute("ALTER TABLE lead_hold ADD COLUMN confirm_sealed bytea")
    op.execute(f"GRANT UPDATE (confirm_sealed) ON lead_hold TO {APP}")  # to seal it anew


def downgrade() -> None:
    op.execute("ALTER TABLE lead_hold DROP COLUMN confirm_sealed")
