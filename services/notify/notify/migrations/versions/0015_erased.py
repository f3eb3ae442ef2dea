"""Requests that leads has erased, and what goes with them.

Messages are history that nobody may delete, but those to the patient of a request that is erased.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

APP = "notify_app"

TABLES = f"""
CREATE TABLE erased_lead (
    lead_id text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON erased_lead TO {APP};
ALTER TABLE message ADD COLUMN about_lead text;
UPDATE message SET about_lead = audit.detail->>'lead'
    FROM audit WHERE audit.message_id = message.id AND audit.what = 'message requested'
    AND audit.detail->>'lead' <> '';
CREATE INDEX message_about_lead ON message (about_lead) WHERE about_lead IS NOT NULL;
"""  # noqa: S608 - constants of this file

# an event that was under way while its request was erased opens no alert
LATE = """
CREATE FUNCTION not_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_lead WHERE lead_id = NEW.lead_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER not_of_erased BEFORE INSERT ON alert
    FOR EACH ROW EXECUTE FUNCTION not_of_erased();
CREATE TRIGGER not_of_erased BEFORE INSERT ON held_lead
    FOR EACH ROW EXECUTE FUNCTION not_of_erased();
"""

# with the owner's rights: the app deletes these and no others
ERASE = f"""
CREATE FUNCTION erase_what_patients_were_sent(leads text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone uuid[];
BEGIN
    SELECT array_agg(message.id) INTO gone FROM message
        JOIN erased_lead ON erased_lead.lead_id = message.about_lead
        WHERE erased_lead.lead_id = ANY (leads);
    DELETE FROM receipt USING outcome
        WHERE outcome.message_id = ANY (gone) AND receipt.ref = outcome.provider_ref;
    DELETE FROM captured WHERE message_id = ANY (gone);
    DELETE FROM outcome WHERE message_id = ANY (gone);
    DELETE FROM attempt WHERE message_id = ANY (gone);
    DELETE FROM message WHERE id = ANY (gone);
    DELETE FROM held_lead USING erased_lead
        WHERE held_lead.lead_id = erased_lead.lead_id AND erased_lead.lead_id = ANY (leads);
    RETURN coalesce(cardinality(gone), 0);
END
$$;
REVOKE ALL ON FUNCTION erase_what_patients_were_sent(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_what_patients_were_sent(text[]) TO {APP};
"""  # noqa: S608 - the same


def upgrade() -> None:
    for statements in (TABLES, LATE, ERASE):
        op.execute(statements)


def downgrade() -> None:
    op.execute(
        """
        DROP FUNCTION erase_what_patients_were_sent(text[]);
        DROP TRIGGER not_of_erased ON held_lead;
        DROP TRIGGER not_of_erased ON alert;
        DROP FUNCTION not_of_erased();
        ALTER TABLE message DROP COLUMN about_lead;
        DROP TABLE erased_lead;
        """
    )
