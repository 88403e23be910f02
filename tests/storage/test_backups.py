"""A backup is whole or is not there, is checked without being touched, and restores."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.backups import backup, verify
from bot.storage.dialects import parse_url
from bot.storage.migrate import newest_revision
from bot.storage.store import SqlStore, open_store
from tests.contract.samples import CHAT, HOUR, NOW, due, one_feed, reading, record, story, tagged


@pytest.fixture
async def copy(full: SqlStore, tmp_path: Path) -> Path:
    """Give a backup of a store with rows in every table."""
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    await full.backup(target)
    return target


def names(directory: Path) -> list[str]:
    """Name what lies in a directory."""
    return sorted(each.name for each in directory.iterdir())


def change(file: Path, *statements: str) -> None:
    """Change a database behind the back of its checks."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


async def test_a_backup_restores(full: SqlStore, copy: Path, tmp_path: Path) -> None:
    """A store over the copy gives what the original gives, and goes on from there."""
    restored = await open_store(f"sqlite:///{shutil.copy(copy, tmp_path / 'restored.db')}")
    assert await restored.feeds() == await full.feeds()
    assert await restored.subscriptions() == await full.subscriptions()
    assert await restored.sending() == await full.sending()
    assert await due(restored, NOW + HOUR) == await due(full, NOW + HOUR)
    assert await restored.sent_alert(CHAT, 77) == await full.sent_alert(CHAT, 77)
    await record(restored, reading([tagged(story("new"))]))
    await restored.close()


def test_a_backup_is_private_and_alone(copy: Path) -> None:
    """A copy holds ids of people: only its owner may read it; nothing unfinished lies about."""
    assert copy.stat().st_mode & 0o777 == 0o600
    assert names(copy.parent) == [copy.name]


async def test_a_backup_is_taken_whole_while_the_service_writes(
    store: SqlStore, tmp_path: Path
) -> None:
    """Copies taken between writes hold whole transactions and pass the check."""
    await one_feed(store)

    async def write() -> None:
        for i in range(20):
            await record(store, reading([tagged(story(f"s{i}-{j}")) for j in range(5)]))

    copies = [tmp_path / f"copy{number}.db" for number in range(4)]
    await asyncio.gather(write(), *(store.backup(copy) for copy in copies))
    for report in map(verify, copies):
        assert report.faults == ()
        assert report.rows["stories"] % 5 == 0


async def test_a_backup_never_replaces_a_file(full: SqlStore, tmp_path: Path) -> None:
    """A file that is there is refused and kept, whatever it is."""
    target = tmp_path / "precious"
    target.write_text("kept")
    with pytest.raises(StorageError, match="exists already"):
        await full.backup(target)
    assert target.read_text() == "kept"


@pytest.mark.parametrize("place", ["missing/copy.db", "regular file/copy.db"])
async def test_a_backup_to_nowhere_is_told(full: SqlStore, tmp_path: Path, place: str) -> None:
    """A directory that is not there, or is a file, ends in a sentence and leaves nothing."""
    (tmp_path / "regular file").touch()
    before = names(tmp_path)
    with pytest.raises(StorageError, match="cannot be written"):
        await full.backup(tmp_path / place)
    assert names(tmp_path) == before


def test_a_backup_of_nothing_is_refused(file: Path, tmp_path: Path) -> None:
    """A database that is not there is not made by copying it, and neither is a copy."""
    with pytest.raises(StorageError, match="cannot be opened"):
        backup(parse_url(f"sqlite:///{file}"), tmp_path / "copy.db")
    assert names(tmp_path) == []


def test_postgresql_has_its_own_tool(tmp_path: Path) -> None:
    """A backup of PostgreSQL names the program that makes one."""
    with pytest.raises(StorageError, match="pg_dump"):
        backup(parse_url("postgresql://u@h/d"), tmp_path / "copy.db")


def test_a_good_backup_is_found_good_and_not_touched(copy: Path) -> None:
    """The check counts the rows of every table and changes neither the file nor its directory."""
    before = copy.read_bytes()
    report = verify(copy)
    assert (report.revision, report.current, report.faults) == (newest_revision(), True, ())
    assert (report.rows["stories"], report.rows["outbox"], report.rows["chats"]) == (3, 4, 2)
    assert 0 not in report.rows.values()
    assert copy.read_bytes() == before
    assert names(copy.parent) == [copy.name]


def test_a_newer_backup_is_a_fault(copy: Path) -> None:
    """A copy that this program cannot use is said to be so."""
    change(copy, "UPDATE alembic_version SET version_num = '9999'")
    report = verify(copy)
    assert not report.current
    assert "newer Tocsin" in report.faults[0]


def test_rows_that_point_to_nothing_are_a_fault(copy: Path) -> None:
    """A copy whose rows contradict each other is found."""
    change(copy, "INSERT INTO moved_chats VALUES (8, 9)")
    assert verify(copy).faults == ("1 rows point to nothing",)


def test_damage_is_found(copy: Path) -> None:
    """Rubbish in any page but the first is a fault or an error; it never passes."""
    whole = copy.read_bytes()
    for page in range(1, len(whole) // 4096):
        copy.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        try:
            assert verify(copy).faults
        except StorageError as error:
            assert "damaged" in str(error)  # noqa: PT017 - both ways of finding it are right


def test_half_a_file_is_found(copy: Path) -> None:
    """A copy that was cut off does not pass."""
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError, match="damaged"):
        verify(copy)


def test_what_is_no_database_of_ours_is_told(tmp_path: Path) -> None:
    """A missing file, a text and a foreign database end in a sentence each."""
    with pytest.raises(StorageError, match="cannot be opened"):
        verify(tmp_path / "missing.db")
    notes = tmp_path / "notes.txt"
    notes.write_text("notes " * 1000)
    with pytest.raises(StorageError, match="not a database"):
        verify(notes)
    foreign = tmp_path / "foreign.db"
    change(foreign, "CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StorageError, match="no database of Tocsin"):
        verify(foreign)
