"""As whom a clinic's messages go out."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE sender (
    clinic text PRIMARY KEY,
    name text NOT NULL,
    reply_to text NOT NULL,
    sms_from text NOT NULL
);
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON sender TO notify_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)
