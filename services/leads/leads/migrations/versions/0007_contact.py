"""When a patient was first called, written to or booked, and how many open minutes that took.

The minutes are kept as they were counted then: hours that change later change no report.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE lead
            ADD COLUMN contacted_at timestamptz,
            ADD COLUMN contact_minutes double precision,
            ADD COLUMN contact_late boolean,
            ADD CONSTRAINT lead_contact CHECK (
                (contacted_at IS NULL) = (contact_minutes IS NULL)
                AND (contacted_at IS NULL) = (contact_late IS NULL));
        CREATE INDEX lead_received ON lead (clinic, received_at);
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX lead_received;
        ALTER TABLE lead DROP COLUMN contacted_at, DROP COLUMN contact_minutes,
            DROP COLUMN contact_late;
        """
    )
