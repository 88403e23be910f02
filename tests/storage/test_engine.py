"""How connections are set up, and what becomes of the errors of drivers."""

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError, TocsinError, UsageError
from bot.models import ChatKind
from bot.storage.migrate import upgrade
from bot.storage.store import SqlStore, open_store
from tests.contract.samples import NOW, alert, one_feed, reading, story, tagged


async def pragmas(connection: AsyncConnection) -> Sequence[object]:
    """Read the settings of a connection."""
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
    return [await connection.scalar(text(f"PRAGMA {name}")) for name in names]


async def write_anyway(connection: AsyncConnection) -> None:
    """Write on whatever connection this is."""
    await connection.execute(text("DELETE FROM meta"))


def set_on_connect(store: SqlStore, pragma: str) -> None:
    """Set one thing more on every connection of the writer."""

    def set_up(connection: Any, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")

    event.listen(store._database._writer.sync_engine, "connect", set_up)


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
        await store.record_reading(reading(big))
    assert await store.known_stories(["s0"]) == {}
    [feed] = await store.feeds()
    assert feed.validators.etag is None
    await store.close()
    set_on_connect(store, "max_page_count = 1000000")
    assert len(await store.record_reading(reading(big))) == 200


async def test_a_lock_that_stays_is_told(store: SqlStore, file: Path) -> None:
    """A program that keeps the database locked is met with a sentence, and only after waiting."""
    set_on_connect(store, "busy_timeout = 20")
    other = await open_store(f"sqlite:///{file}")

    async def wait_for_the_lock(_connection: AsyncConnection) -> None:
        with pytest.raises(StorageError, match="keeps it locked"):
            await store.ensure_chat(1, ChatKind.PRIVATE, NOW)

    await other._database.write(wait_for_the_lock)
    await other.close()
    assert (await store.ensure_chat(1, ChatKind.PRIVATE, NOW)).id == 1


async def test_errors_do_not_quote_what_is_stored(store: SqlStore) -> None:
    """No error, nor the causes behind it, holds the text of stories, queries or chats."""
    await one_feed(store)
    await store.ensure_chat(123456789, ChatKind.PRIVATE, NOW)
    new = [tagged(story(title="a private matter"))]
    record = reading(new, [alert("nowhere", chat_id=123456789)])
    with pytest.raises(StorageError) as raised:
        await store.record_reading(record)
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
