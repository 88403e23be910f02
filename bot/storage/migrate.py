"""Brings a database to the schema of this program, in one transaction."""

import threading
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from bot.errors import StorageError
from bot.storage.dialects import broken_references, is_sqlite, lock_for_migration, parse_url
from bot.storage.engine import migration_engine, use_wal
from bot.storage.faults import as_storage_error
from bot.storage.schema import metadata

_ONE_AT_A_TIME: Final = threading.Lock()
"""Alembic hands the connection to the revisions through a global."""


def upgrade(url: str) -> None:
    """Create the schema or bring it up to date; a failure leaves the database as it was.

    Raises:
        UsageError: ``url`` is no address of a database.
        StorageError: the database cannot be used, is another program's, or is newer than this one.
    """
    parsed = parse_url(url)
    where = parsed.render_as_string(hide_password=True)
    with _ONE_AT_A_TIME, as_storage_error(where):
        engine = migration_engine(parsed)
        try:
            with engine.begin() as connection:
                lock_for_migration(connection)
                _check_owner(connection, where)
                _run(connection, where)
            # Only now, when the file is known to be ours.
            if is_sqlite(parsed):
                use_wal(engine)
        finally:
            engine.dispose()


def newest_revision() -> str:
    """Give the revision that this program works with."""
    return str(_scripts().get_current_head())


def is_known(revision: str) -> bool:
    """Tell whether this program knows a revision, so that it can bring it up to date."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _check_owner(connection: Connection, where: str) -> None:
    """Keep our hands off what a newer Tocsin or another program made."""
    revisions = MigrationContext.configure(connection).get_current_heads()
    if not all(is_known(revision) for revision in revisions):
        raise StorageError(
            f"The database {where} was made by a newer Tocsin; "
            "upgrade the program or restore a backup."
        )
    tables = set(inspect(connection).get_table_names())
    # A PostgreSQL database may be shared; an SQLite file belongs to one program.
    alien = tables if connection.dialect.name == "sqlite" else tables & set(metadata.tables)
    if alien and not revisions:
        raise StorageError(
            f"The database {where} holds tables of another program; name another database."
        )


def _run(connection: Connection, where: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if broken_references(connection):
        raise StorageError(
            f"The database {where} has rows that point to nothing; restore a backup."
        )
