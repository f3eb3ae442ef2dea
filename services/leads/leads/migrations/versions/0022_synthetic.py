"""Test requests of the group's own can be forgotten, and nothing else can."""

from alembic import op

revision = "0022"
down_revision = "0021"

MINE = "clinic = '~synthetic'"
# those that a lead's rows stand in, the lead itself last
TABLES = ("consent", "lead_event", "lead_search", "lead_alias", "lead_hold", "api_request")

DELETES = "\n".join(
    f"DELETE FROM {table} WHERE {MINE} AND lead_id = ANY (old);"  # noqa: S608 - of this file
    for table in TABLES
)
# the function works as the owner, who by these policies can remove test requests alone
POLICIES = "\n".join(
    f"CREATE POLICY synthetic ON {table} TO CURRENT_USER USING ({MINE});"
    for table in (*TABLES, "lead")
)
FORGET = f"""
CREATE FUNCTION forget_synthetic(after interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old uuid[];
BEGIN
    old := ARRAY(
        SELECT id FROM lead WHERE {MINE} AND received_at < now() - after AND id IS DISTINCT FROM (
            SELECT lead_id FROM lead_event WHERE {MINE} AND what = 'alert told'
            ORDER BY at DESC LIMIT 1));
    {DELETES}
    DELETE FROM lead WHERE {MINE} AND id = ANY (old);
    DELETE FROM outbox WHERE data->>'clinic' = '~synthetic' AND at < now() - after
        AND confirmed_at IS NOT NULL;
END $$;
REVOKE ALL ON FUNCTION forget_synthetic FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_synthetic TO leads_jobs;
"""  # noqa: S608 - of this file


def upgrade() -> None:
    op.execute(POLICIES)
    op.execute(
        "CREATE POLICY synthetic ON outbox TO CURRENT_USER USING (data->>'clinic' = '~synthetic')"
    )
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_synthetic")
    for table in (*TABLES, "lead", "outbox"):
        op.execute(f"DROP POLICY synthetic ON {table}")
