"""Find the contacts who were told lately."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("CREATE INDEX step_done ON step (done_at) WHERE state = 'done'")


def downgrade() -> None:
    op.execute("DROP INDEX step_done")
