"""First names in messages, where a clinic has an agreement on record for it."""

from alembic import op

revision = "0017"
down_revision = "0016"

AGREEMENT = """
CREATE TABLE agreement (
    clinic text PRIMARY KEY,
    with_whom text NOT NULL,
    signed date NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON agreement TO notify_app;
ALTER TABLE contact ADD COLUMN names boolean NOT NULL DEFAULT false;
ALTER TABLE alert ADD COLUMN first_name text NOT NULL DEFAULT '';
"""
# messages stay as history, without the name and the words around it; with the owner's rights, as
# the app may delete nothing that was captured
ERASE = """
CREATE FUNCTION erase_first_names(leads text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE named uuid[] := ARRAY(
    SELECT alert.id FROM alert JOIN erased_lead ON erased_lead.lead_id = alert.lead_id
    WHERE alert.lead_id = ANY (leads) AND alert.first_name <> '');
BEGIN
    DELETE FROM captured USING message
        WHERE message.id = captured.message_id AND message.alert_id = ANY (named);
    UPDATE message SET text = '', html = '' WHERE alert_id = ANY (named);
    UPDATE alert SET first_name = '' WHERE id = ANY (named);
END
$$;
REVOKE ALL ON FUNCTION erase_first_names(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_first_names(text[]) TO notify_app;
"""


def upgrade() -> None:
    op.execute(AGREEMENT)
    op.execute(ERASE)


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_first_names(text[])")
    op.execute("ALTER TABLE alert DROP COLUMN first_name")
    op.execute("ALTER TABLE contact DROP COLUMN names")
    op.execute("DROP TABLE agreement")
