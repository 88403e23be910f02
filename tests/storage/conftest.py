"""An SQLite file of the test's own, and a store over it that holds something of everything."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.models import ChatKind, FeedChange, Scope
from bot.ports import FailureRecord
from bot.storage.store import SqlStore, open_store
from tests.contract.samples import (
    AGAIN,
    CHAT,
    MINUTE,
    NOW,
    OTHER_CHAT,
    SENT,
    alert,
    claim_one,
    feed,
    owe,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the path of a database that is not there yet."""
    return tmp_path / "tocsin.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlStore]:
    """Give an open, empty store."""
    opened = await open_store(f"sqlite:///{file}")
    yield opened
    await opened.close()


@pytest.fixture
async def full(store: SqlStore) -> SqlStore:
    """Give a store with rows in every table, of two chats."""
    for chat_id in (CHAT, OTHER_CHAT):
        await store.ensure_chat(chat_id, ChatKind.PRIVATE, NOW)
        await store.follow(chat_id, 0, ["sanctions"])
        await store.save_keyword_topic(chat_id, 0, "Aid", "aid")
    await store.ensure_chat(-5, ChatKind.GROUP, NOW)
    await store.migrate_chat(-5, CHAT)
    ids = [f"s{i}" for i in range(3)]
    await owe(store, *(alert(each) for each in ids), alert("s0", chat_id=OTHER_CHAT))
    await store.settle(await claim_one(store), SENT, NOW)
    await store.settle(await claim_one(store), replace(AGAIN, hold=Scope.CHAT), NOW)
    await store.settle(await claim_one(store), replace(AGAIN, hold=Scope.BOT), NOW)
    await claim_one(store, NOW + MINUTE)
    change = FeedChange(feed_id=1, at=NOW, trouble="dead", why="no route")
    failing = feed(failing_since=NOW, failures=1, empty_since=NOW, newest_story=NOW)
    await store.record_failure(FailureRecord(feed=failing, change=change))
    await store.offer_claim("hash")
    await store.take_claim("hash", CHAT, NOW)
    await store.offer_claim("another")
    return store
