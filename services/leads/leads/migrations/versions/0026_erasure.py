"""What is left of a request that is erased, and the second wall around erasing.

Nobody may delete a row of a request but after a row in `erased_lead` took its place, in the same
transaction, and such a row is refused for a request that is held by hand, or, where age is the
only reason, for one that nobody has answered.  So no mistake in a query loses a patient.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

APP = "leads_app"
JOBS = "leads_jobs"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"
OF_NOBODY = "clinic = '' AND current_setting('leads.of_nobody', true) = 'on'"

TABLES = f"""
CREATE TABLE erased_lead (
    clinic text NOT NULL,
    id uuid NOT NULL,
    location text NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    contacted_at timestamptz,
    contact_minutes double precision,
    contact_late boolean,
    path text NOT NULL,
    fingerprint bytea,
    n integer NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    why text NOT NULL CONSTRAINT erased_why CHECK (why IN ('person', 'age')),
    swept boolean NOT NULL DEFAULT false,
    PRIMARY KEY (clinic, id)
);
CREATE INDEX erased_lead_sent_again ON erased_lead (clinic, fingerprint)
    WHERE fingerprint IS NOT NULL;
CREATE INDEX erased_lead_received ON erased_lead (clinic, received_at);
CREATE INDEX erased_lead_unswept ON erased_lead (erased_at) WHERE NOT swept;

CREATE TABLE erasure (
    clinic text NOT NULL,
    mark bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic, mark)
);

CREATE TABLE legal_hold (
    clinic text NOT NULL,
    lead_id uuid NOT NULL,
    reason text NOT NULL,
    staff_id uuid REFERENCES staff (id),
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic, lead_id),
    CONSTRAINT legal_hold_lead FOREIGN KEY (clinic, lead_id) REFERENCES lead (clinic, id)
);
ALTER TABLE erased_lead ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE erasure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE legal_hold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic ON erased_lead TO {APP} USING ({IN_SCOPE});
CREATE POLICY clinic ON erasure TO {APP} USING ({IN_SCOPE});
CREATE POLICY of_nobody ON erasure TO {APP} USING ({OF_NOBODY});
CREATE POLICY clinic ON legal_hold TO {APP} USING ({IN_SCOPE});
CREATE POLICY jobs ON erased_lead TO {JOBS} USING (true) WITH CHECK ({IN_SCOPE});
CREATE POLICY swept ON erased_lead FOR UPDATE TO {JOBS} USING (true);
CREATE POLICY jobs ON erasure FOR SELECT TO {JOBS} USING (true);
CREATE POLICY jobs ON legal_hold FOR SELECT TO {JOBS} USING (true);
GRANT SELECT, INSERT ON erased_lead TO {APP}, {JOBS};
GRANT UPDATE (swept, fingerprint) ON erased_lead TO {JOBS};
GRANT SELECT, INSERT, UPDATE ON erasure TO {APP};
GRANT SELECT ON erasure TO {JOBS};
GRANT SELECT, INSERT, DELETE ON legal_hold TO {APP};
GRANT SELECT (clinic, lead_id) ON legal_hold TO {JOBS};
"""

GUARD = """
CREATE FUNCTION refuse_to_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM legal_hold WHERE clinic = NEW.clinic AND lead_id = NEW.id) THEN
        RAISE EXCEPTION 'request % is held by hand', NEW.id USING ERRCODE = 'FD001';
    END IF;
    IF NEW.why = 'age' AND NOT EXISTS (
        SELECT FROM lead
        WHERE clinic = NEW.clinic AND id = NEW.id AND state IN ('done', 'spam')
    ) THEN
        RAISE EXCEPTION 'request % was not answered', NEW.id USING ERRCODE = 'FD002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_to_erase BEFORE INSERT ON erased_lead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_erase();
"""

# table -> the column with the lead's id
OF_A_LEAD = {
    "lead": "id",
    "consent": "lead_id",
    "lead_event": "lead_id",
    "lead_alias": "lead_id",
    "reply": "lead_id",
}


def _only_erased(table: str, column: str) -> str:
    unless = "lead_id IS NULL OR " if table == "reply" else ""
    return f"""
    CREATE POLICY only_erased ON {table} AS RESTRICTIVE FOR DELETE TO {APP}, {JOBS}
        USING ({unless}EXISTS (
            SELECT FROM erased_lead AS gone
            WHERE gone.clinic = {table}.clinic AND gone.id = {table}.{column}
        ));
    GRANT DELETE ON {table} TO {APP}, {JOBS};
    """


# jobs delete by id what is too old, and still read no word of it
DELETES = f"""
CREATE POLICY erased ON reply FOR DELETE TO {APP} USING ({IN_SCOPE} OR ({OF_NOBODY}));
CREATE POLICY erased ON lead FOR DELETE TO {JOBS} USING ({IN_SCOPE});
CREATE POLICY erased ON consent FOR DELETE TO {JOBS} USING ({IN_SCOPE});
CREATE POLICY erased_seen ON consent FOR SELECT TO {JOBS} USING ({IN_SCOPE});
CREATE POLICY rejected_seen ON comment FOR SELECT TO {JOBS}
    USING (state = 'rejected' AND {IN_SCOPE});
CREATE POLICY rejected ON comment FOR DELETE TO {JOBS} USING (state = 'rejected' AND {IN_SCOPE});
CREATE POLICY unlinked ON lead FOR UPDATE TO {JOBS} USING ({IN_SCOPE});
GRANT SELECT (clinic, lead_id) ON consent TO {JOBS};
GRANT SELECT (linked_to, changed_at, attribution, contacted_at, contact_minutes, contact_late),
    UPDATE (linked_to) ON lead TO {JOBS};
GRANT SELECT (decided_at), DELETE ON comment TO {JOBS};
GRANT DELETE ON comment TO {APP};
GRANT DELETE ON confirmation TO {APP}, {JOBS};
CREATE INDEX confirmation_asked ON confirmation (asked_at);
GRANT DELETE ON lead_search TO {JOBS};
GRANT INSERT ON staff_event TO {JOBS};
CREATE POLICY kept_by_age ON staff_event FOR INSERT TO {JOBS} WITH CHECK ({IN_SCOPE});
-- an Idempotency-Key is remembered longer than its request may be
ALTER TABLE api_request DROP CONSTRAINT api_request_lead;
-- an address that a message was asked for waits in its event
CREATE INDEX outbox_sealed ON outbox ((data->>'lead_id')) WHERE sealed IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARD)
    for table, column in OF_A_LEAD.items():
        op.execute(_only_erased(table, column))
    op.execute(DELETES)


def downgrade() -> None:
    op.execute(
        f"""
        DROP INDEX outbox_sealed;
        DROP POLICY kept_by_age ON staff_event;
        REVOKE INSERT ON staff_event FROM {JOBS};
        REVOKE DELETE ON lead_search, comment FROM {JOBS};
        REVOKE DELETE ON comment, confirmation FROM {APP};
        REVOKE DELETE ON confirmation FROM {JOBS};
        DROP INDEX confirmation_asked;
        REVOKE UPDATE (linked_to) ON lead FROM {JOBS};
        DROP POLICY unlinked ON lead;
        DROP POLICY rejected ON comment; DROP POLICY rejected_seen ON comment;
        DROP POLICY erased_seen ON consent; DROP POLICY erased ON consent;
        DROP POLICY erased ON lead; DROP POLICY erased ON reply;
        """
    )
    for table in OF_A_LEAD:
        op.execute(f"DROP POLICY only_erased ON {table}")
        op.execute(f"REVOKE DELETE ON {table} FROM {APP}, {JOBS}")
    op.execute("DROP TABLE legal_hold, erasure, erased_lead; DROP FUNCTION refuse_to_erase()")
