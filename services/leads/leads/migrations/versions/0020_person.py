"""Comments and texts are found by who wrote them, through keyed hashes like leads (leads.search).

Rows from before have none: they are opened when somebody is looked for (leads.privacy.finding).
"""

from alembic import op

revision = "0020"
down_revision = "0019"

APP = "leads_app"
OF_NOBODY = "clinic = '' AND current_setting('leads.of_nobody', true) = 'on'"


def upgrade() -> None:
    op.execute(
        f"""
        ALTER TABLE comment ADD COLUMN writer bytea;
        CREATE INDEX comment_writer ON comment (clinic, writer);
        ALTER TABLE reply ADD COLUMN sender bytea;
        CREATE INDEX reply_sender ON reply (clinic, sender);
        CREATE POLICY of_nobody_looked_for ON reply FOR SELECT TO {APP} USING ({OF_NOBODY});
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP POLICY of_nobody_looked_for ON reply;
        ALTER TABLE reply DROP COLUMN sender;
        ALTER TABLE comment DROP COLUMN writer;
        """
    )
