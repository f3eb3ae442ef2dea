"""Challenges that a passkey is asked to sign: each works once, for five minutes."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE passkey_challenge (
            challenge bytea PRIMARY KEY,
            about text NOT NULL,
            expires_at timestamptz NOT NULL
        );
        GRANT SELECT, INSERT, DELETE ON passkey_challenge TO leads_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE passkey_challenge")
