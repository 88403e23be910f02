"""What lies in the file itself: nothing of the forgotten, and every time in one form."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.ports import Store
from bot.storage.columns import Utc
from bot.storage.schema import metadata
from bot.storage.store import SqlStore
from tests.contract.samples import CHAT, OTHER_CHAT

_: type[Store] = SqlStore  # the store fulfils its protocol; mypy reads this line


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read all rows of all tables, those of SQLite itself included."""
    names = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    with closing(sqlite3.connect(file)) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - own names
            for (name,) in connection.execute(names).fetchall()
        }


def mentions(file: Path, chat_id: int) -> set[str]:
    """Name the tables in which an id occurs, in whatever column, as a number or within text."""
    return {
        name
        for name, found in rows(file).items()
        for row in found
        if any(value == chat_id or str(chat_id) in str(value) for value in row)
    }


async def test_a_forgotten_chat_is_in_no_table(full: SqlStore, file: Path) -> None:
    """After /forgetme no row of any table holds the id, and another chat keeps all of its rows."""
    before = mentions(file, OTHER_CHAT)
    bearing = {"chats", "moved_chats", "keyword_topics", "subscriptions", "outbox", "admins"}
    assert mentions(file, CHAT) >= bearing
    await full.forget_chat(CHAT)
    assert mentions(file, CHAT) == set()
    assert mentions(file, OTHER_CHAT) == before


async def test_the_old_id_of_a_chat_can_be_forgotten(full: SqlStore, file: Path) -> None:
    """A chat may be forgotten by an id that it had before it moved."""
    assert mentions(file, -5) == {"moved_chats"}
    await full.forget_chat(-5)
    assert mentions(file, -5) == set()


async def test_every_table_is_tried(full: SqlStore, file: Path) -> None:
    """The sample store holds a row of each table, so that these tests see all of them."""
    assert [name for name, found in rows(file).items() if not found] == []
    assert metadata.tables.keys() <= rows(file).keys()


async def test_every_time_has_one_form(full: SqlStore, file: Path) -> None:
    """No statement stores a time in another form than the one that sorts."""
    form = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].*Z"
    times = [
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Utc)
    ]
    with closing(sqlite3.connect(file)) as connection:
        for table, column in times:
            odd = connection.execute(
                f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - own names
                f" AND ({column} NOT GLOB ? OR length({column}) <> 27)",
                [form],
            ).fetchall()
            assert odd == []
