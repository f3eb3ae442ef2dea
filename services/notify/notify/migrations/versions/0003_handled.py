"""An alert whose lead somebody has taken, or is done with."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE alert DROP CONSTRAINT alert_state_check")
    op.execute(
        "ALTER TABLE alert ADD CONSTRAINT alert_state_check"
        " CHECK (state IN ('open', 'told', 'failed', 'taken', 'settled'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE alert DROP CONSTRAINT alert_state_check")
    op.execute(
        "ALTER TABLE alert ADD CONSTRAINT alert_state_check"
        " CHECK (state IN ('open', 'told', 'failed'))"
    )
