"""When to call again, when the visit is, and notes in a lead's story.

A note may repeat what a patient said, so it is sealed like a patient's own words.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE lead ADD COLUMN follow_up_at timestamptz, ADD COLUMN booked_for timestamptz;
        CREATE INDEX lead_open ON lead (received_at, id) WHERE state <> 'done';
        CREATE INDEX lead_done ON lead (changed_at DESC, id) WHERE state = 'done';
        ALTER TABLE lead_event ADD COLUMN note_sealed bytea;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE lead_event DROP COLUMN note_sealed;
        DROP INDEX lead_open, lead_done;
        ALTER TABLE lead DROP COLUMN follow_up_at, DROP COLUMN booked_for;
        """
    )
