"""More roles, people of one location, passkeys and remembered devices; and when an operator may
look at a clinic's requests.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

BEFORE = "('operator', 'owner', 'manager', 'location_staff')"
AFTER = BEFORE[:-1] + ", 'editor', 'reviewer', 'auditor')"


def upgrade() -> None:
    op.execute(
        f"""
        ALTER TABLE staff DROP CONSTRAINT staff_role,
            ADD CONSTRAINT staff_role CHECK (role IN {AFTER}),
            ADD COLUMN locations text[] NOT NULL DEFAULT '{{}}';
        ALTER TABLE staff_session ADD COLUMN glass_clinic text, ADD COLUMN glass_until timestamptz;
        ALTER TABLE staff_session ADD COLUMN only_lead uuid, DROP CONSTRAINT session_how,
            ADD CONSTRAINT session_how CHECK (how IN ('password', 'link', 'passkey', 'device')),
            ADD CONSTRAINT session_of_device CHECK ((how = 'device') = (only_lead IS NOT NULL));
        CREATE TABLE staff_device (
            id_hash bytea PRIMARY KEY,
            staff_id uuid NOT NULL REFERENCES staff (id),
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX staff_device_of ON staff_device (staff_id);
        CREATE TABLE staff_passkey (
            credential_id bytea PRIMARY KEY,
            staff_id uuid NOT NULL REFERENCES staff (id),
            public_key bytea NOT NULL,
            sign_count bigint NOT NULL,
            name text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_used_at timestamptz
        );
        CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);
        GRANT SELECT, INSERT, UPDATE, DELETE ON staff_device, staff_passkey TO leads_app;
        CREATE INDEX staff_event_of_clinic ON staff_event (clinic, id DESC);
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        DROP INDEX staff_event_of_clinic;
        DROP TABLE staff_passkey, staff_device;
        DELETE FROM staff_session WHERE how IN ('passkey', 'device');
        ALTER TABLE staff_session DROP CONSTRAINT session_of_device, DROP COLUMN only_lead,
            DROP CONSTRAINT session_how,
            ADD CONSTRAINT session_how CHECK (how IN ('password', 'link'));
        ALTER TABLE staff_session DROP COLUMN glass_clinic, DROP COLUMN glass_until;
        ALTER TABLE staff DROP COLUMN locations, DROP CONSTRAINT staff_role,
            ADD CONSTRAINT staff_role CHECK (role IN {BEFORE});
        """  # noqa: S608 - constants of this file
    )
