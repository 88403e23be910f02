"""A database that cannot be used ends in a sentence with the remedy, and is not made worse."""

from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.backups import verify
from bot.storage.migrate import upgrade
from bot.storage.store import SqlStore, open_store


def spoil(file: Path, start: int) -> None:
    """Overwrite a file from some offset on."""
    whole = file.read_bytes()
    file.write_bytes(whole[:start] + b"\xff" * (len(whole) - start))


def test_a_file_that_is_no_database_is_left_alone(file: Path) -> None:
    """A text file is refused and stays as it was."""
    file.write_text("these are my notes\n" * 100)
    with pytest.raises(StorageError, match=r"not a database; name another file or restore"):
        upgrade(f"sqlite:///{file}")
    assert file.read_text().startswith("these are my notes")
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_damaged_database_is_told(file: Path) -> None:
    """Rubbish in the pages of the schema is told as damage, with a backup as the remedy."""
    upgrade(f"sqlite:///{file}")
    spoil(file, 100)
    with pytest.raises(StorageError, match="damaged; restore a backup"):
        upgrade(f"sqlite:///{file}")


async def test_damage_met_while_running_is_told(full: SqlStore, file: Path) -> None:
    """Rubbish in the pages of the rows is told when they are read, not shown as rows."""
    await full.close()
    spoil(file, 4096)
    store = SqlStore(f"sqlite:///{file}")
    with pytest.raises(StorageError, match="damaged; restore a backup"):
        await store.feeds()
    await store.close()


@pytest.mark.parametrize("place", ["missing/tocsin.db", "regular file/tocsin.db", "directory"])
async def test_a_place_that_cannot_hold_a_file_is_told(tmp_path: Path, place: str) -> None:
    """A directory that is missing or is a file, and a file that is a directory, are told."""
    (tmp_path / "regular file").touch()
    (tmp_path / "directory").mkdir()
    with pytest.raises(StorageError, match="directory must be there and be writable"):
        await open_store(f"sqlite:///{tmp_path / place}")
    assert not (tmp_path / "missing").exists()


def test_an_empty_file_becomes_a_database(file: Path) -> None:
    """A file of no bytes is a new database, as SQLite has it."""
    file.touch()
    upgrade(f"sqlite:///{file}")
    assert verify(file).current


async def test_a_path_may_hold_odd_characters(tmp_path: Path) -> None:
    """Spaces, percent signs and other scripts in a path are no trouble."""
    file = tmp_path / "новини 100% & more #1.db"
    store = await open_store(f"sqlite:///{file}")
    copy = tmp_path / "копія %41 ?.db"
    await store.backup(copy)
    await store.close()
    assert file.exists()
    assert copy.exists()
