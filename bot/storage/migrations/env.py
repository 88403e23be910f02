"""Runs the revisions on the connection that ``bot.storage.migrate`` hands over.

To write a revision, add a module to ``versions`` whose ``down_revision`` is the newest one before
it; a test holds what the revisions make to what ``bot.storage.schema`` says.
"""

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # Alembic believes that SQLite cannot; our engine begins by itself
)
with context.begin_transaction():
    context.run_migrations()
