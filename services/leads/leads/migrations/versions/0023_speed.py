"""What a million leads need: indexes that hold all that the list, the search and the report read.

A policy whose clinics are a sub-select is read once for a statement; as a function it was read for
each row.  Search marks know when their lead came, so that the newest are found without it.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

APP = "leads_app"
CLINICS = "string_to_array(current_setting('leads.clinics', true), ',')"

SEARCH = """
ALTER TABLE lead_search ADD COLUMN received_at timestamptz;
UPDATE lead_search SET received_at = lead.received_at FROM lead WHERE lead.id = lead_search.lead_id;
ALTER TABLE lead_search
    ALTER COLUMN received_at SET NOT NULL,
    DROP CONSTRAINT lead_search_pkey,
    ADD PRIMARY KEY (clinic, mark, received_at, lead_id);
"""
LEAD = """
ALTER TABLE lead ADD COLUMN article text
    GENERATED ALWAYS AS (left(coalesce(attribution ->> 'path', ''), 200)) STORED;
DROP INDEX lead_received, lead_list, lead_list_done, lead_open;
CREATE INDEX lead_received ON lead (clinic, received_at)
    INCLUDE (location, kind, state, article, contact_minutes, contact_late);
CREATE INDEX lead_open ON lead (clinic, coalesce(follow_up_at, received_at), id)
    INCLUDE (location, state, holder, answered_by, received_at, changed_at, follow_up_at,
        contacted_at)
    WHERE state <> 'done';
CREATE INDEX lead_list_done ON lead (clinic, changed_at)
    INCLUDE (location, holder, answered_by) WHERE state = 'done';
"""
BACK = """
DROP INDEX lead_received, lead_open, lead_list_done;
ALTER TABLE lead DROP COLUMN article;
CREATE INDEX lead_received ON lead (clinic, received_at);
CREATE INDEX lead_open ON lead (received_at, id) WHERE state <> 'done';
CREATE INDEX lead_list ON lead (clinic, state, received_at);
CREATE INDEX lead_list_done ON lead (clinic, changed_at) WHERE state = 'done';
ALTER TABLE lead_search DROP COLUMN received_at, ADD PRIMARY KEY (clinic, mark, lead_id);
"""


def upgrade() -> None:
    # the table's owner sees only what a policy lets it see
    op.execute("ALTER TABLE lead NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE lead_search NO FORCE ROW LEVEL SECURITY")
    op.execute(SEARCH)
    op.execute(LEAD)
    for table in ("lead", "lead_search"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER POLICY clinic ON {table} USING (clinic IN (SELECT unnest({CLINICS})))")


def downgrade() -> None:
    op.execute(BACK)
    for table in ("lead", "lead_search"):
        op.execute(f"ALTER POLICY clinic ON {table} USING (clinic = ANY ({CLINICS}))")
