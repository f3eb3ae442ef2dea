"""A comment's fingerprint is hashed anew with the key, like the address it is found by."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("GRANT UPDATE (fingerprint) ON comment TO leads_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (fingerprint) ON comment FROM leads_app")
