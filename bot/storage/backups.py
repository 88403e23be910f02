"""Copies of an SQLite database: made while the service runs, and checked before one is trusted."""

import os
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL

from bot.errors import StorageError
from bot.storage.dialects import is_sqlite
from bot.storage.faults import as_storage_error
from bot.storage.migrate import is_known, newest_revision
from bot.storage.schema import metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a check of a database file found.

    ``revision`` is that of its schema, ``current`` whether this program uses it as it is; an older
    one is brought up to date when it is opened. ``rows`` counts the rows of each table. ``faults``
    are sentences; a file without any is good.
    """

    revision: str
    current: bool
    rows: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def backup(url: URL, file: Path) -> None:
    """Copy the database at ``url`` to ``file``: whole or not at all, and never over a file.

    Raises:
        StorageError: the file exists or cannot be written, or the database is not SQLite.
    """
    if not is_sqlite(url) or not url.database:
        raise StorageError("A PostgreSQL database is backed up by its own tool, pg_dump.")
    if file.exists():
        raise StorageError(f"The file {file} exists already; name another one.")
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    except OSError as error:
        raise StorageError(f"The file {file} cannot be written: {error.strerror}.") from error
    os.close(descriptor)
    unfinished = Path(name)
    try:
        _copy(Path(url.database), unfinished)
        _publish(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def verify(file: Path) -> BackupReport:
    """Check a database file that no service has open; the file is not changed.

    Raises:
        StorageError: the file cannot be read, or is no database of Tocsin.
    """
    uri = f"{file.absolute().as_uri()}?mode=ro"
    with as_storage_error(str(file)), closing(sqlite3.connect(uri, uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "alembic_version" not in tables:
            raise StorageError(f"The file {file} is no database of Tocsin.")
        [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
        return BackupReport(
            revision=revision,
            current=revision == newest_revision(),
            rows=_count(connection, tables),
            faults=tuple(_faults(connection, revision)),
        )


def _copy(source: Path, target: Path) -> None:
    """Write what the database holds at this moment; the service may go on writing."""
    # The mode keeps a missing database missing: a copy of nothing is no backup.
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with as_storage_error(str(source)), closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.isolation_level = None
        connection.execute("VACUUM INTO ?", [str(target)])


def _publish(unfinished: Path, file: Path) -> None:
    """Give a whole copy its name, after the disk has it."""
    try:
        _flush(unfinished)
        _name(unfinished, file)
        _flush(file.parent)
    except FileExistsError as error:
        raise StorageError(f"The file {file} exists already; name another one.") from error
    except OSError as error:
        raise StorageError(f"The file {file} cannot be written: {error.strerror}.") from error


def _name(unfinished: Path, file: Path) -> None:
    try:
        os.link(unfinished, file)  # unlike a renaming, this never replaces a file
    except FileExistsError:
        raise
    except OSError:  # FAT and some network file systems have no hard links
        unfinished.rename(file)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _count(connection: sqlite3.Connection, tables: set[str]) -> dict[str, int]:
    ours = (name for name in metadata.tables if name in tables)
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - names of our own tables
        for name in ours
    }


def _faults(connection: sqlite3.Connection, revision: str) -> list[str]:
    faults = []
    if not is_known(revision):
        faults.append(f"it was made by a newer Tocsin (revision {revision})")
    damage = [text for (text,) in connection.execute("PRAGMA integrity_check(10)") if text != "ok"]
    faults += [f"it is damaged: {text}" for text in damage]
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        faults.append(f"{len(broken)} rows point to nothing")
    return faults
