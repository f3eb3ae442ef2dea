"""Texts from patients can be sealed anew, also those of which nobody knows the clinic."""

from alembic import op

revision = "0014"
down_revision = "0013"

APP = "leads_app"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"
OF_NOBODY = "clinic = '' AND current_setting('leads.rotation', true) = 'on'"


def upgrade() -> None:
    op.execute(f"CREATE POLICY sealed_anew ON reply FOR UPDATE TO {APP} USING ({IN_SCOPE})")
    op.execute(f"CREATE POLICY of_nobody_seen ON reply FOR SELECT TO {APP} USING ({OF_NOBODY})")
    op.execute(f"CREATE POLICY of_nobody ON reply FOR UPDATE TO {APP} USING ({OF_NOBODY})")
    op.execute(f"GRANT UPDATE (words_sealed) ON reply TO {APP}")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE (words_sealed) ON reply FROM {APP}")
    for name in ("of_nobody", "of_nobody_seen", "sealed_anew"):
        op.execute(f"DROP POLICY {name} ON reply")
