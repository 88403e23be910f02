"""The revisions make what the schema says, whole or not at all, and touch only what is ours."""

import asyncio
import hashlib
import re
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from bot.errors import StorageError
from bot.models import ChatKind, Source, Tag
from bot.storage.dialects import parse_url
from bot.storage.engine import migration_engine
from bot.storage.migrate import _config, is_known, newest_revision, upgrade
from bot.storage.schema import metadata
from bot.storage.store import open_store
from tests.contract.samples import CHAT, HOUR, NOW, URL, reading, record, story, tagged


def definitions(file: Path) -> dict[str, list[str]]:
    """Give the words that define each table and index, in no order: constraints have none."""
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(query).fetchall()
    return {name: sorted(re.findall(r"\w+|[<>=]+", sql)) for name, sql in rows}


def start_and_write(url: str, chat_id: int) -> int:
    """Start as a service does, and write at once."""

    async def run() -> int:
        store = await open_store(url)
        try:
            return (await store.ensure_chat(chat_id, ChatKind.PRIVATE, NOW)).id
        finally:
            await store.close()

    return asyncio.run(run())


def test_the_revisions_make_the_schema(file: Path, tmp_path: Path) -> None:
    """A migrated database has the tables of the metadata, by Alembic's eyes and by SQLite's."""
    upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    direct = tmp_path / "direct.db"
    engine = create_engine(f"sqlite:///{direct}")
    metadata.create_all(engine)
    engine.dispose()
    migrated = definitions(file)
    assert migrated.pop("alembic_version")
    assert migrated == definitions(direct)


def first_revision(file: Path) -> None:
    """Make a database as the first revision left it, with a feed, two stories and an alert."""
    engine = migration_engine(parse_url(f"sqlite:///{file}"))
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    at = "2023-06-09T12:00:00.000000Z"
    fixed = (URL, "", "", "", 0, "", "[]", None, "added", 1, *[None] * 6, 0, None, "", None, 0)
    unread = ("https://[broken", *fixed[1:])
    words = '[["alabuga", 2.5], ["\\u0434\\u0440\\u043e\\u043d", 0.1]]'
    unsent = (None, None, None, "", "")
    rows: dict[str, list[tuple[object, ...]]] = {
        "feeds": [(1, *fixed), (2, *unread)],
        "stories": [
            (id_, 1, "Alabuga", "", "", "https://example.org/1", None, at, at, "en", "h", "e", "m")
            for id_ in ("s1", "s2")
        ],
        "story_signatures": [("s1", 0, "x", "e", at), ("s1", 1, "y", "e", at)],
        "tags": [
            ("s1", "energy", 1, 0.2, 0, "[]"),
            ("s1", "drone supply", 0, 0.1 + 0.2, 1, words),
            ("s1", "aid", 2, 0.9, 1, "[]"),
        ],
        "chats": [(CHAT, "group", "", None, at)],
        "outbox": [
            (7, "alert", CHAT, 0, "e:0", "s1", "e", "[]", "waiting", 0, 0, None, at, *unsent)
        ],
    }
    with closing(sqlite3.connect(file)) as connection:
        for table, values in rows.items():
            holes = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({holes})", values)  # noqa: S608 - own names
        connection.commit()


async def test_rows_of_the_first_revision_come_along(file: Path) -> None:
    """A database of old is brought up to date with all that it holds, and goes on from there."""
    first_revision(file)
    store = await open_store(f"sqlite:///{file}")
    assert [feed.source for feed in await store.feeds()] == [
        Source(url="https://[broken"),
        Source(url=URL),
    ]
    [owed] = await store.due_alerts(NOW, 9)
    assert owed.id == 7
    assert owed.tagged.signatures == ("x", "y")
    assert owed.tagged.tags == (
        Tag(
            topic="drone supply",
            probability=0.1 + 0.2,
            tagged=True,
            words=(("alabuga", 2.5), ("дрон", 0.1)),
        ),
        Tag(topic="energy", probability=0.2, tagged=False),
        Tag(topic="aid", probability=0.9, tagged=True),
    )
    found = [
        each.story.id for topic in ("aid", "energy") for each, _ in await store.latest(topic, 9)
    ]
    assert found == ["s1"]
    assert {each.tags for each, _ in await store.recent(9)} == {owed.tagged.tags, ()}
    assert {each.feed_id for each in await store.bearers(["x", "y"], NOW - HOUR)} == {1}
    await store.add_source(Source(url=URL), NOW)
    assert len(await store.due_feeds(NOW, 9)) == 1
    assert await store.due_feeds(NOW, 9, ["example.org"]) == []
    again = [tagged(story("s2")), tagged(story("s3"))]
    assert await record(store, reading(again)) == ["s3"]
    await store.close()


def test_revisions_leave_their_connection_as_they_found_it(file: Path) -> None:
    """PostgreSQL refuses what is not a question once all that is asked is to be a cursor."""
    first_revision(file)
    engine = migration_engine(parse_url(f"sqlite:///{file}"))
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        before = connection.get_execution_options()
        command.upgrade(config, "head")
        assert connection.get_execution_options() == before
    engine.dispose()


def test_an_old_database_gets_the_same_schema(file: Path, tmp_path: Path) -> None:
    """It makes no difference by which revision a database began, rows or none."""
    first_revision(file)
    new = tmp_path / "new.db"
    for each in (file, new):
        upgrade(f"sqlite:///{each}")
    assert definitions(file) == definitions(new)


def test_an_upgrade_of_what_is_current_changes_nothing(file: Path) -> None:
    """To upgrade twice is to upgrade once."""
    upgrade(f"sqlite:///{file}")
    before = hashlib.sha256(file.read_bytes()).digest()
    upgrade(f"sqlite:///{file}")
    assert hashlib.sha256(file.read_bytes()).digest() == before


def test_many_may_start_at_once(file: Path) -> None:
    """Threads and processes that open one new database find one schema, and none is refused."""
    url = f"sqlite:///{file}"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upgrade, [url] * 4))
    file.unlink()
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(start_and_write, [url] * 6, range(6))) == list(range(6))
    with closing(sqlite3.connect(file)) as connection:
        revisions = connection.execute("SELECT * FROM alembic_version").fetchall()
    assert revisions == [(newest_revision(),)]


def test_a_newer_database_is_refused(file: Path) -> None:
    """A schema that this program does not know is left alone, with the remedy told."""
    upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StorageError, match=r"newer Tocsin; upgrade the program or restore"):
        upgrade(f"sqlite:///{file}")
    assert not is_known("9999")


def test_a_database_of_another_program_is_left_alone(file: Path) -> None:
    """A file that holds other tables is refused, and not a byte of it is changed."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        upgrade(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_failed_migration_leaves_the_database_as_it_was(file: Path) -> None:
    """What a migration did before it failed is undone, tables included."""
    upgrade(f"sqlite:///{file}")
    before = definitions(file)
    engine = migration_engine(parse_url(f"sqlite:///{file}"))

    def fail_half_way() -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE half (id INTEGER)"))
            connection.execute(text("DROP TABLE outbox"))
            connection.execute(text("CREATE TABLE half (id INTEGER)"))

    with pytest.raises(Exception, match="already exists"):
        fail_half_way()
    engine.dispose()
    assert definitions(file) == before


def test_a_database_with_broken_references_is_not_taken_over(file: Path) -> None:
    """Rows that point to nothing are found before the service relies on them."""
    upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO moved_chats VALUES (1, 2)")
        connection.commit()
    with pytest.raises(StorageError, match="point to nothing"):
        upgrade(f"sqlite:///{file}")
