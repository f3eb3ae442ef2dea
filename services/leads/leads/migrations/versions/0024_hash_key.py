"""What was hashed names its key, so that the key can be changed while everything runs."""

from alembic import op
from sqlalchemy import text

revision = "0024"
down_revision = "0023"

APP = "leads_app"
TABLES = ("lead", "comment", "reply", "api_key", "api_request")
SEEN = ("comment", "reply", "api_key")
BY_LEADS = "SELECT DISTINCT clinic FROM lead"
BY_OTHERS = """
UNION SELECT clinic FROM comment
UNION SELECT clinic FROM reply WHERE clinic <> ''
UNION SELECT clinic FROM api_key
"""


def upgrade() -> None:
    known = "SELECT key_id FROM key_fingerprint WHERE name = 'LEADS_HASH_KEY' ORDER BY at LIMIT 1"
    key_id = op.get_bind().scalar(text(known)) or ""
    default = "'" + key_id.replace("'", "''") + "'"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN hash_key text NOT NULL DEFAULT {default}")
    op.execute(f"ALTER TABLE staff ADD COLUMN recovery_key text NOT NULL DEFAULT {default}")
    op.execute(f"GRANT UPDATE (writer, hash_key) ON comment TO {APP}")
    op.execute(f"GRANT UPDATE (sender, hash_key) ON reply TO {APP}")
    op.execute(f"GRANT UPDATE (hash, hash_key) ON api_key TO {APP}")
    # a clinic may have comments or keys and no lead
    for table in SEEN:
        op.execute(f"CREATE POLICY owner_lists ON {table} FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(f"CREATE OR REPLACE VIEW lead_clinic AS {BY_LEADS} {BY_OTHERS}")


def downgrade() -> None:
    op.execute(f"CREATE OR REPLACE VIEW lead_clinic AS {BY_LEADS}")
    for table in SEEN:
        op.execute(f"DROP POLICY owner_lists ON {table}")
    op.execute("ALTER TABLE staff DROP COLUMN recovery_key")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN hash_key")
