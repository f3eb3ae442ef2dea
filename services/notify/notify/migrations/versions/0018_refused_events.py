"""Set aside events that the other service refuses."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("ALTER TABLE outbox ADD COLUMN refused integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE outbox DROP COLUMN refused")
