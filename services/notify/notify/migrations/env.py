"""What Alembic runs: the connection comes from plumbing.migrations."""

from alembic import context

from notify.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
