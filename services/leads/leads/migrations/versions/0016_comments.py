"""Comments of readers.  What was typed is sealed; what is approved is public and stands open."""

from alembic import op

revision = "0016"
down_revision = "0015"

APP = "leads_app"
JOBS = "leads_jobs"
IN_SCOPE = "clinic = ANY (string_to_array(current_setting('leads.clinics', true), ','))"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE comment (
            id uuid PRIMARY KEY,
            clinic text NOT NULL,
            article text NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            fingerprint bytea NOT NULL,
            suspicions jsonb NOT NULL,
            state text NOT NULL DEFAULT 'waiting',
            decided_at timestamptz,
            words_sealed bytea NOT NULL,
            public_name text,
            public_text text,
            CONSTRAINT comment_once UNIQUE (clinic, fingerprint),
            CONSTRAINT comment_state CHECK (state IN ('waiting', 'approved', 'rejected')),
            CONSTRAINT comment_public CHECK (
                (state = 'approved') = (public_name IS NOT NULL AND public_text IS NOT NULL)
            )
        );
        CREATE INDEX comment_approved ON comment (received_at) WHERE state = 'approved';
        ALTER TABLE comment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY clinic ON comment TO {APP} USING ({IN_SCOPE});
        CREATE POLICY approved ON comment FOR SELECT TO {JOBS} USING (state = 'approved');
        GRANT SELECT, INSERT ON comment TO {APP};
        GRANT UPDATE (state, decided_at, public_name, public_text, words_sealed)
            ON comment TO {APP};
        GRANT SELECT (id, clinic, article, received_at, state, public_name, public_text)
            ON comment TO {JOBS};
        CREATE POLICY owner_sees ON comment FOR SELECT TO CURRENT_USER USING (true);
        CREATE OR REPLACE VIEW lead_clinic AS
            SELECT clinic FROM lead UNION SELECT clinic FROM comment;
        CREATE TABLE comment_version (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            version bigint NOT NULL
        );
        INSERT INTO comment_version (version) VALUES (0);
        GRANT SELECT ON comment_version TO {APP}, {JOBS};
        GRANT UPDATE ON comment_version TO {APP};
        """  # noqa: S608 - constants of this file
    )


def downgrade() -> None:
    op.execute("CREATE OR REPLACE VIEW lead_clinic AS SELECT DISTINCT clinic FROM lead")
    op.execute("DROP TABLE comment, comment_version")
