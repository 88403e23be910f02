"""The border: what drivers raise becomes a StorageError whose sentence says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from bot.errors import StorageError

# By the start of SQLite's result code (https://sqlite.org/rescode.html) or of the SQLSTATE
# (PostgreSQL's manual, appendix A).
_REMEDIES: Final = {
    "SQLITE_FULL": "the disk is full; make room and try again",
    "SQLITE_BUSY": "another program keeps it locked; end what else has it open",
    "SQLITE_LOCKED": "another program keeps it locked; end what else has it open",
    "SQLITE_READONLY": "it cannot be written; let this user write the file and its directory",
    "SQLITE_PERM": "it cannot be written; let this user write the file and its directory",
    "SQLITE_CANTOPEN": "it cannot be opened; its directory must be there and be writable",
    "SQLITE_NOTADB": "the file is not a database; name another file or restore a backup",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_IOERR": "the disk failed to read or write; check it and its free space",
    "SQLITE_CONSTRAINT": "it refused a row that contradicts the others",
    "53100": "the server's disk is full; make room and try again",
    "23": "it refused a row that contradicts the others",
    "28": "the server refused the user or the password",
    "3D": "the server has no such database; create it first",
    "08": "the server cannot be reached",
    "57P": "the server is shutting down or starting; try again",
}


@contextmanager
def as_storage_error(where: str) -> Iterator[None]:
    """Turn the errors of drivers into ours, once and with the cause kept.

    ``where`` names the database for a person; it must hold no password.

    Raises:
        StorageError: a driver failed inside the block.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        remedy = f"the Python package {error.name} is missing; install it"
        raise StorageError(f"The database {where} cannot be used: {remedy}.") from error
    except (SQLAlchemyError, sqlite3.Error, OverflowError, UnicodeError) as error:
        raise StorageError(f"The database {where} cannot be used: {_remedy(error)}.") from error


def _remedy(error: Exception) -> str:
    """Say what to do; never with the text of ``error``, which may quote what subscribers wrote."""
    driver = error.orig if isinstance(error, StatementError) else error
    if not isinstance(error, DBAPIError | sqlite3.Error):
        return f"a value cannot be stored ({driver})"
    code = str(getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or "")
    for start, remedy in _REMEDIES.items():
        if code.startswith(start):
            return f"{remedy} ({code})"
    return str(driver).strip().partition("\n")[0]
