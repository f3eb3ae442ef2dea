"""An invitation waits by itself, and becomes an account only when its link is used.

Seen by the clinics that it is for, and by whoever holds its link.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

CLINICS = "string_to_array(current_setting('leads.clinics', true), ',')"
LINK = "decode(current_setting('leads.invitation', true), 'hex')"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE invitation (
            id uuid PRIMARY KEY,
            token_hash bytea NOT NULL CONSTRAINT invitation_token UNIQUE,
            email text NOT NULL CONSTRAINT invitation_email_lower CHECK (email = lower(email)),
            name text NOT NULL,
            role text NOT NULL,
            clinics text[] NOT NULL CONSTRAINT invitation_clinics CHECK (clinics <> '{{}}'),
            locations text[] NOT NULL,
            invited_by uuid NOT NULL REFERENCES staff (id),
            expires_at timestamptz NOT NULL
        );
        ALTER TABLE invitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY clinic ON invitation TO leads_app USING (clinics <@ {CLINICS});
        CREATE POLICY read_by_link ON invitation FOR SELECT TO leads_app
            USING (token_hash = {LINK});
        CREATE POLICY use_by_link ON invitation FOR DELETE TO leads_app
            USING (token_hash = {LINK});
        GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO leads_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE invitation")
