"""A message to a patient knows which request it is about."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE message ADD COLUMN about text")


def downgrade() -> None:
    op.execute("ALTER TABLE message DROP COLUMN about")
