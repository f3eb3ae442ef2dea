"""What changing a key needs: to know every clinic, to seal a note anew, to forget an old key."""

from alembic import op

revision = "0009"
down_revision = "0008"

APP = "leads_app"


def upgrade() -> None:
    # a view reads with its owner's rights, and the owner sees no row without a policy of its own
    op.execute("CREATE POLICY owner_sees ON lead FOR SELECT TO CURRENT_USER USING (true)")
    op.execute("CREATE VIEW lead_clinic AS SELECT DISTINCT clinic FROM lead")
    op.execute(f"GRANT SELECT ON lead_clinic TO {APP}")
    op.execute(f"GRANT UPDATE (note_sealed) ON lead_event TO {APP}")
    op.execute(f"GRANT DELETE ON key_fingerprint TO {APP}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON key_fingerprint FROM {APP}")
    op.execute(f"REVOKE UPDATE (note_sealed) ON lead_event FROM {APP}")
    op.execute("DROP VIEW lead_clinic")
    op.execute("DROP POLICY owner_sees ON lead")
