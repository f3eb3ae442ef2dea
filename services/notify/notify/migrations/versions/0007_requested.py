"""Messages to people who are no contact: patients, members of staff."""

from alembic import op

revision = "0007"
down_revision = "0006"

ANYONE = """
ALTER TABLE message
    ALTER COLUMN contact_id DROP NOT NULL,
    DROP CONSTRAINT IF EXISTS message_staff_check,
    ADD CONSTRAINT message_staff_check
        CHECK (alert_id IS NOT NULL OR kind IN ('staff', 'digest', 'to_patient'));
"""


def upgrade() -> None:
    op.execute(ANYONE)


def downgrade() -> None:
    op.execute("UPDATE message SET kind = 'staff' WHERE alert_id IS NULL")
    op.execute("DELETE FROM message WHERE contact_id IS NULL")
    op.execute("ALTER TABLE message ALTER COLUMN contact_id SET NOT NULL")
