"""How connections are set up, and what becomes of the errors of drivers."""

import asyncio
import sqlite3
import threading
import traceback
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text

from bot.errors import StorageError, TocsinError, UsageError
from bot.models import ChatKind
from bot.storage.migrate import upgrade
from bot.storage.schema import meta
from bot.storage.store import SqlStore
from tests.contract.samples import NOW, alert, known, one_feed, reading, record, story, tagged


def pragmas(connection: Connection) -> Sequence[object]:
    """Read the settings of a connection."""
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
    return [connection.scalar(text(f"PRAGMA {name}")) for name in names]


def write_anyway(connection: Connection) -> None:
    """Write on whatever connection this is."""
    connection.execute(text("DELETE FROM meta"))


def set_on_connect(store: SqlStore, pragma: str) -> None:
    """Set one thing more on every connection of the writer."""

    def set_up(connection: Any, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")

    event.listen(store._database._writer, "connect", set_up)


async def test_every_connection_is_set_up(store: SqlStore) -> None:
    """Writer and readers use WAL, flush each commit, check references and wait for locks."""
    full, on, off = 2, 1, 0
    assert await store._database.write(pragmas) == ["wal", full, on, 10_000, off]
    assert await store._database.read(pragmas) == ["wal", full, on, 10_000, on]


async def test_a_reader_cannot_write(store: SqlStore) -> None:
    """A statement that writes fails on the readers' engine, where it would bypass the writer."""
    with pytest.raises(StorageError):
        await store._database.read(write_anyway)


async def test_a_full_disk_loses_nothing_and_is_told(store: SqlStore) -> None:
    """Where the disk is full, the reading is undone and the sentence says so; then all goes on."""
    await one_feed(store)
    await store.close()
    set_on_connect(store, "max_page_count = 1")
    big = [tagged(story(f"s{i}", title="x" * 4000)) for i in range(200)]
    with pytest.raises(StorageError, match=r"the disk is full; make room"):
        await record(store, reading(big))
    assert await known(store, "s0") == {}
    [feed] = await store.feeds()
    assert feed.validators.etag is None
    await store.close()
    set_on_connect(store, "max_page_count = 1000000")
    assert len(await record(store, reading(big))) == 200


async def test_a_lock_that_stays_is_told(store: SqlStore, file: Path) -> None:
    """A program that keeps the database locked is met with a sentence, and only after waiting."""
    set_on_connect(store, "busy_timeout = 20")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="keeps it locked"):
            await store.ensure_chat(1, ChatKind.PRIVATE, NOW)
    assert (await store.ensure_chat(1, ChatKind.PRIVATE, NOW)).id == 1


class Slow:
    """A transaction that writes once it is let go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> None:
        """Wait, then write."""
        self.begun.set()
        assert self.go_on.wait(60)
        write_key(connection, "slow")


def write_key(connection: Connection, key: str) -> None:
    """Write a row that is easy to find."""
    connection.execute(insert(meta), [{"key": key, "value": ""}])


def keys(connection: Connection) -> list[str]:
    """Give the keys of the rows that were written."""
    return list(connection.scalars(select(meta.c.key)))


async def test_a_caller_that_is_cut_off_waits_for_the_end(store: SqlStore) -> None:
    """A transaction that has begun is over, and stored, when its caller learns of being cut off."""
    slow = Slow()
    task = asyncio.create_task(store._database.write(slow))
    await asyncio.to_thread(slow.begun.wait, 60)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store._database.read(keys) == ["slow"]


async def test_what_is_cut_off_before_its_turn_is_never_stored(store: SqlStore) -> None:
    """A transaction that still waits for another is dropped with its caller, at once."""
    slow = Slow()
    first = asyncio.create_task(store._database.write(slow))
    await asyncio.to_thread(slow.begun.wait, 60)
    second = asyncio.create_task(store._database.write(write_key, "second"))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    slow.go_on.set()
    await first
    assert await store._database.read(keys) == ["slow"]


async def test_errors_do_not_quote_what_is_stored(store: SqlStore) -> None:
    """No error, nor the causes behind it, holds the text of stories, queries or chats."""
    await one_feed(store)
    await store.ensure_chat(123456789, ChatKind.PRIVATE, NOW)
    new = [tagged(story(title="a private matter"))]
    refused = reading(new, [alert("nowhere", chat_id=123456789)])
    with pytest.raises(StorageError) as raised:
        await record(store, refused)
    shown = "".join(traceback.format_exception(raised.value))
    assert "contradicts" in str(raised.value)
    assert "private matter" not in shown
    assert "123456789" not in shown


async def test_a_value_out_of_range_is_our_error(store: SqlStore) -> None:
    """A number that no column holds does not escape as an error of the driver."""
    with pytest.raises(StorageError, match="cannot be stored"):
        await store.ensure_chat(2**80, ChatKind.PRIVATE, NOW)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("", UsageError),
        ("tocsin.db", UsageError),
        ("sqlite://", UsageError),
        ("sqlite:///:memory:", UsageError),
        ("mysql://u:secret@127.0.0.1/x", UsageError),
        ("postgresql://u:secret@127.0.0.1:1/x", StorageError),
        ("postgresql://u:secret@127.0.0.1:x/x", UsageError),
    ],
)
def test_a_bad_address_is_told_without_its_password(url: str, kind: type[TocsinError]) -> None:
    """An address that cannot be used ends in one sentence of ours that holds no password."""
    with pytest.raises(kind) as raised:
        upgrade(url)
    assert "secret" not in "".join(traceback.format_exception(raised.value, chain=False))
    assert str(raised.value)
