"""What SQLite and PostgreSQL do differently: nothing else in the room asks which one it is."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import func

from bot.errors import UsageError

Insert = sqlite.Insert | postgresql.Insert

_MIGRATION_LOCK: Final = 0x746F6373696E
"""The number of PostgreSQL's advisory lock for migrations: "tocsin" in ASCII."""


def parse_url(url: str) -> URL:
    """Read the address of a database, ``sqlite:///file`` or ``postgresql://user@host/name``.

    Raises:
        UsageError: it is neither.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("database_url is not an address of a database") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(drivername="sqlite")
    raise UsageError("database_url must begin with sqlite:/// and name a file, or be postgresql://")


def is_sqlite(url: URL) -> bool:
    """Tell whether the database is a file."""
    return url.get_backend_name() == "sqlite"


def insert_or_ignore(connection: Connection, table: Table) -> Insert:
    """Insert what is not there; a broken foreign key is still an error."""
    return _ignoring(connection.dialect.name, table)


def insert_or_update(
    connection: Connection, table: Table, key: Sequence[str], changes: Sequence[str]
) -> Insert:
    """Insert, or change the ``changes`` of the row that has the same ``key``."""
    statement = _insert(connection.dialect.name, table)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in changes}
    )


def lock_for_migration(connection: Connection) -> None:
    """Let one process migrate at a time; SQLite's BEGIN IMMEDIATE has seen to it already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def broken_references(connection: Connection) -> int:
    """Count the rows that point to nothing; PostgreSQL lets none in."""
    if connection.dialect.name == "postgresql":
        return 0
    return len(connection.execute(text("PRAGMA foreign_key_check")).all())


@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


def _insert(dialect: str, table: Table) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
