"""Texts that belong to no lead are seen to at the desk: given to a lead, or marked done."""

from alembic import op

revision = "0025"
down_revision = "0024"

APP = "leads_app"
OF_NOBODY = "clinic = '' AND current_setting('leads.of_nobody', true) = 'on'"


def upgrade() -> None:
    op.execute(
        f"""
        ALTER TABLE reply
            ADD COLUMN done_at timestamptz,
            ADD COLUMN done_by uuid REFERENCES staff (id);
        CREATE INDEX reply_waits ON reply (clinic, at)
            WHERE what = 'text' AND lead_id IS NULL AND done_at IS NULL;
        GRANT UPDATE (clinic, lead_id, done_at, done_by) ON reply TO {APP};
        CREATE POLICY of_nobody_seen_to ON reply FOR UPDATE TO {APP} USING ({OF_NOBODY});
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        DROP POLICY of_nobody_seen_to ON reply;
        REVOKE UPDATE (clinic, lead_id) ON reply FROM {APP};
        DROP INDEX reply_waits;
        ALTER TABLE reply DROP COLUMN done_at, DROP COLUMN done_by;
        """
    )
