"""The connections: on SQLite one that writes, and some that read beside it.

A transaction that reads and then writes fails at once on SQLite if another wrote in between, and
no patience helps (https://sqlite.org/isolation.html). So every writer begins with BEGIN IMMEDIATE,
which waits its turn, and readers have an engine of their own, which waits for nobody.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from bot.storage.dialects import is_sqlite
from bot.storage.faults import as_storage_error

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 4
"""How many transactions can read at the same time (on PostgreSQL: read or write)."""

_ALWAYS: Final = (
    "busy_timeout = 10000",  # milliseconds; first, since the next may have to wait already
    "synchronous = FULL",  # a commit outlives a power cut
)
_KEYS: Final = "foreign_keys = ON"
# New stories fall all over the indexes: of a hundred thousand, 32 MiB hold the pages that they
# touch, where SQLite's own 2 MiB read and write them again and again.
_ROOM: Final = ("cache_size = -32768", "wal_autocheckpoint = 4000")
_PAUSE: Final = 0.05
"""Seconds between two attempts to change the mode of the journal."""
_ATTEMPTS: Final = 200
"""Attempts before a lock is believed to stay: 10 s of them, as the busy timeout."""


class Database:
    """Runs statement functions in transactions; what drivers raise becomes StorageError.

    A transaction runs whole in a thread of ours: one hop there and back, whatever it asks.
    """

    def __init__(self, url: URL) -> None:
        """Prepare the engines for ``url``; nothing is opened before it is needed."""
        self.where = url.render_as_string(hide_password=True)
        self._readers = ThreadPoolExecutor(READERS, "storage")
        if is_sqlite(url):
            self._writer, self._reader = _engine(url, size=1), _engine(url, size=READERS)
            _prepare(self._writer, "BEGIN IMMEDIATE", _KEYS, *_ROOM)
            _prepare(self._reader, "BEGIN DEFERRED", _KEYS, "query_only = ON")
            self._writers = ThreadPoolExecutor(1, "storage-writer")
        else:
            self._writer = _engine(url, size=READERS)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")
            self._writers = self._readers

    async def read(
        self, act: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``act`` on one view of the database, which nobody changes meanwhile.

        Raises:
            StorageError: the database cannot be used.
        """
        with as_storage_error(self.where):
            return await _to_its_end(
                self._readers.submit(self._look, lambda held: act(held, *args, **kwargs))
            )

    async def write(
        self, act: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``act`` in a transaction that is stored whole or not at all.

        A caller that is cut off does not know which of the two it was.

        Raises:
            StorageError: the database cannot be used; nothing was changed.
        """
        with as_storage_error(self.where):
            return await _to_its_end(
                self._writers.submit(self._commit, lambda held: act(held, *args, **kwargs))
            )

    async def close(self) -> None:
        """Release every connection."""
        for engine in (self._reader, self._writer):
            await asyncio.to_thread(engine.dispose)

    def _look(self, act: Callable[[Connection], T]) -> T:
        with self._reader.connect() as connection:
            return act(connection)

    def _commit(self, act: Callable[[Connection], T]) -> T:
        with self._writer.begin() as connection:
            return act(connection)


async def _to_its_end(transaction: Future[T]) -> T:
    """Wait for a transaction; a caller that is cut off waits for its end and is cut off then.

    One that has begun runs on in its thread when the task that awaits it is cancelled.
    """
    result = asyncio.wrap_future(transaction)
    try:
        return await asyncio.shield(result)
    except asyncio.CancelledError:
        transaction.cancel()
        while not result.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([result])
        if not result.cancelled():
            result.exception()  # nobody is left to hear of it
        raise


def migration_engine(url: URL) -> Engine:
    """Give the engine that migrations run on: one connection, whose DDL can be rolled back.

    Foreign keys are off on SQLite, which can change a table only by replacing it.
    """
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if is_sqlite(url):
        _prepare(engine, "BEGIN IMMEDIATE", "foreign_keys = OFF")
    return engine


def use_wal(engine: Engine) -> None:
    """Have SQLite's readers and writer not wait for each other; the file remembers it.

    While another process opens the same new file, SQLite refuses the change without waiting.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        with closing(engine.raw_connection()) as connection:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if attempt == _ATTEMPTS or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            else:
                return
        time.sleep(_PAUSE)


def _prepare(engine: Engine, begin: str, *pragmas: str) -> None:
    """Set every connection up, and let us begin transactions in place of the driver.

    The driver begins late, and not at all before DDL; SQLAlchemy documents this way around it.
    """

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own type
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (*_ALWAYS, *pragmas):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)


def _engine(url: URL, size: int) -> Engine:
    # What subscribers wrote must not get into a log by way of an error's text.
    return create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True)
