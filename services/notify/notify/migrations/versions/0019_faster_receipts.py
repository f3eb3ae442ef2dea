"""Ask within a statement what was committed while it waited."""

from alembic import op

revision = "0019"
down_revision = "0018"

# A volatile function sees what was committed before it is called; the statement that calls it sees
# what was committed before it began.
IS_REPORTED = """
CREATE FUNCTION is_reported(provider_ref text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM receipt WHERE receipt.ref = provider_ref);
END
$$;
"""


def upgrade() -> None:
    op.execute(IS_REPORTED)


def downgrade() -> None:
    op.execute("DROP FUNCTION is_reported(text)")
