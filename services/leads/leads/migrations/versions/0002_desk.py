"""Staff, sessions and audit; what the desk says of a lead; row-level security.

Every table with a clinic's rows has policies and FORCE: without `leads.clinics` set in the
transaction (leads.scope), the application's role sees nothing.  Background jobs that work across
clinics have a role of their own that cannot read what is sealed.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

APP = "leads_app"
JOBS = "leads_jobs"

STAFF = """
CREATE TABLE staff (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL CONSTRAINT staff_role
        CHECK (role IN ('operator', 'owner', 'manager', 'location_staff')),
    clinics text[] NOT NULL,
    password_hash text,
    totp_sealed bytea,
    totp_last_step bigint NOT NULL DEFAULT 0,
    recovery_hashes bytea[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CONSTRAINT staff_email UNIQUE (email),
    CONSTRAINT staff_email_lower CHECK (email = lower(email)),
    CONSTRAINT staff_second_factor CHECK ((password_hash IS NULL) = (totp_sealed IS NULL))
);

CREATE TABLE staff_session (
    id_hash bytea PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id),
    how text NOT NULL CONSTRAINT session_how CHECK (how IN ('password', 'link')),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX staff_session_of ON staff_session (staff_id);

CREATE TABLE sign_in_link (
    token_hash bytea PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id),
    totp_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX sign_in_link_of ON sign_in_link (staff_id);

CREATE TABLE sign_in_try (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL
);

CREATE TABLE staff_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    staff_id uuid,
    clinic text,
    lead_id uuid,
    what text NOT NULL,
    detail jsonb NOT NULL
);
CREATE INDEX staff_event_of_lead ON staff_event (clinic, lead_id, id);
"""

LEAD = """
ALTER TABLE lead
    ADD COLUMN state text NOT NULL DEFAULT 'new'
        CONSTRAINT lead_state CHECK (state IN ('new', 'taken', 'waiting', 'done')),
    ADD COLUMN holder uuid REFERENCES staff (id),
    ADD COLUMN outcome text,
    ADD COLUMN changed_at timestamptz;
UPDATE lead SET state = 'done', changed_at = handled_at WHERE handled_at IS NOT NULL;
CREATE INDEX lead_list ON lead (clinic, state, received_at);
CREATE INDEX lead_list_done ON lead (clinic, changed_at) WHERE state = 'done';
CREATE INDEX lead_of_link ON lead (clinic, linked_to) WHERE linked_to IS NOT NULL;
"""

IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"
EVENT_IN_SCOPE = IN_SCOPE.replace("clinic =", "data->>'clinic' =")

SECURITY = f"""
ALTER TABLE lead ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE consent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE staff_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON lead TO {APP} USING ({IN_SCOPE});
CREATE POLICY clinic ON consent TO {APP} USING ({IN_SCOPE});
CREATE POLICY clinic ON lead_event TO {APP}, {JOBS} USING ({IN_SCOPE});
CREATE POLICY clinic ON staff_event FOR SELECT TO {APP} USING ({IN_SCOPE});
CREATE POLICY clinic_or_none ON staff_event FOR INSERT TO {APP}
    WITH CHECK (clinic IS NULL OR {IN_SCOPE});
CREATE POLICY clinic ON outbox FOR INSERT TO {APP} WITH CHECK ({EVENT_IN_SCOPE});

CREATE POLICY jobs ON lead FOR SELECT TO {JOBS} USING (true);
CREATE POLICY jobs ON outbox TO {JOBS} USING (true);
"""

# The application writes events for the relay and never reads them; the jobs never read a name.
GRANTS = f"""
REVOKE SELECT, UPDATE ON outbox FROM {APP};
GRANT SELECT, INSERT, UPDATE ON staff TO {APP};
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_session, sign_in_link, sign_in_try TO {APP};
GRANT SELECT, INSERT ON staff_event TO {APP};

GRANT SELECT (id, clinic, location, kind, reference, received_at, state, handled_at)
    ON lead TO {JOBS};
GRANT SELECT, INSERT, UPDATE ON outbox TO {JOBS};
GRANT SELECT, INSERT ON lead_event, inbox TO {JOBS};
"""


def upgrade() -> None:
    op.execute(STAFF)
    op.execute(LEAD)
    op.execute(SECURITY)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute(
        f"""
        DROP POLICY clinic ON lead; DROP POLICY clinic ON consent; DROP POLICY clinic ON lead_event;
        DROP POLICY clinic ON outbox; DROP POLICY jobs ON lead; DROP POLICY jobs ON outbox;
        ALTER TABLE lead NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
        ALTER TABLE consent NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
        ALTER TABLE lead_event NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
        ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
        DROP INDEX lead_list, lead_list_done, lead_of_link;
        ALTER TABLE lead DROP COLUMN state, DROP COLUMN holder, DROP COLUMN outcome,
            DROP COLUMN changed_at;
        DROP TABLE staff_event, sign_in_try, sign_in_link, staff_session, staff;
        REVOKE ALL ON lead, outbox, lead_event, inbox FROM {JOBS};
        GRANT SELECT, UPDATE ON outbox TO {APP};
        """
    )
