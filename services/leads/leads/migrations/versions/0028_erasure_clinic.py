"""Every clinic at which somebody was erased, also one that has nothing else any more."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.execute("CREATE POLICY owner_lists ON erasure FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(
        "CREATE VIEW erasure_clinic AS SELECT DISTINCT clinic FROM erasure WHERE clinic <> ''"
    )
    op.execute("GRANT SELECT ON erasure_clinic TO leads_app")


def downgrade() -> None:
    op.execute("DROP VIEW erasure_clinic")
    op.execute("DROP POLICY owner_lists ON erasure")
