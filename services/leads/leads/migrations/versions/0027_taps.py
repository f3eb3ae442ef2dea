"""Taps on phone numbers are counted by clinic, location, day and page."""

from alembic import op

revision = "0027"
down_revision = "0026"

APP = "leads_app"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE phone_tap (
            clinic text NOT NULL,
            location text NOT NULL,
            day date NOT NULL,
            page text NOT NULL,
            taps integer NOT NULL,
            PRIMARY KEY (clinic, location, day, page)
        );
        ALTER TABLE phone_tap ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY clinic ON phone_tap TO {APP} USING ({IN_SCOPE});
        GRANT SELECT, INSERT ON phone_tap TO {APP};
        GRANT UPDATE (taps) ON phone_tap TO {APP};
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE phone_tap")
