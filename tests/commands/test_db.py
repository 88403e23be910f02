"""``db …``, and databases and directories that cannot be used."""

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.commands.conftest import Tocsin

Write = Callable[[str, str | bytes], Path]
Harm = Callable[[Path], object]


@pytest.fixture
def database(tocsin: Tocsin, elsewhere: Path) -> Path:
    """Make a database, and give its file."""
    assert tocsin("db", "upgrade").code == 0
    return elsewhere / "tocsin.db"


def test_a_backup_is_a_database_that_can_be_verified_and_used(
    tocsin: Tocsin, database: Path, tmp_path: Path
) -> None:
    """What cannot be restored is no backup."""
    copy = tmp_path / "copy.db"
    assert tocsin("db", "backup", copy).err == f"written to {copy}\n"
    shown = dict(line.split() for line in tocsin("db", "verify", copy).out.strip().split("\n"))
    assert {"revision", "feeds", "stories", "chats", "outbox"} <= set(shown)
    shutil.copy(copy, database)
    assert tocsin("feeds", "list").code == 0


def test_a_backup_never_replaces_a_file_and_leaves_no_half_of_one(
    tocsin: Tocsin, database: Path, tmp_path: Path
) -> None:
    """Whatever is at the place already stays as it is."""
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    tocsin("db", "backup", tmp_path / "file").failed(1, "exists already")
    tocsin("db", "backup", tmp_path / "folder").failed(1, "exists already")
    tocsin("db", "backup", tmp_path / "no" / "file").failed(1, "cannot be written")
    tocsin("db", "backup", tmp_path / "file" / "below").failed(1, "cannot be written")
    assert (tmp_path / "file").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_backup_of_a_database_that_is_not_there_is_none(
    tocsin: Tocsin, elsewhere: Path, tmp_path: Path
) -> None:
    """A slip in service.data_dir must not end in a backup of nothing."""
    tocsin("db", "backup", tmp_path / "copy.db").failed(1, str(elsewhere / "tocsin.db"))
    assert not (tmp_path / "copy.db").exists()
    assert not elsewhere.exists()


def test_a_backup_takes_the_database_as_it_is(
    tocsin: Tocsin, database: Path, tmp_path: Path
) -> None:
    """It is wanted most before another version changes the database."""
    _of_a_newer_version(database)
    assert tocsin("db", "backup", tmp_path / "copy.db").code == 0
    tocsin("db", "verify", tmp_path / "copy.db").failed(1, "made by a newer Tocsin")


def _not_a_database(file: Path) -> None:
    file.write_text("These are my notes, and no database at all.\n" * 100)


def _of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'ffff'")


def _of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE recipes (name TEXT)")


def _damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_not_a_database, "not a database"),
        (_of_a_newer_version, "made by a newer Tocsin"),
        (_of_another_program, "another program"),
        (_damaged, "damaged"),
        (_a_directory, "cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence_for_every_command(
    tocsin: Tocsin, database: Path, harm: Harm, words: str
) -> None:
    """It says what is wrong, and the file stays as it was."""
    for end in ("-wal", "-shm"):
        database.with_name(f"{database.name}{end}").unlink(missing_ok=True)
    harm(database)
    before = database.read_bytes() if database.is_file() else b""
    for command in ("db upgrade", "feeds list", "feeds export", "poll", "run"):
        done = tocsin(*command.split())
        done.failed(1, words)
        assert str(database) in done.err
        assert done.out == ""
    assert (database.read_bytes() if database.is_file() else b"") == before


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_not_a_database, "not a database"),
        (_of_a_newer_version, "made by a newer Tocsin"),
        (_of_another_program, "no database of Tocsin"),
        (_damaged, "damaged"),
        (_emptied, "no database of Tocsin"),
    ],
)
def test_a_backup_that_cannot_be_trusted_is_a_sentence(
    tocsin: Tocsin, database: Path, harm: Harm, words: str
) -> None:
    """Better today than on the day when it is needed."""
    copy = database.with_name("copy.db")
    tocsin("db", "backup", copy)
    harm(copy)
    done = tocsin("db", "verify", copy)
    done.failed(1, words)
    assert done.out == ""


def test_a_backup_that_is_not_there_is_wrong_use(tocsin: Tocsin, tmp_path: Path) -> None:
    """A slip in the name is told as one, and nothing is made there."""
    for place in (tmp_path, tmp_path / "nowhere"):
        tocsin("db", "verify", place).failed(2, f"there is no file {place}")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["run", "poll", "db upgrade", "feeds list"])
@pytest.mark.parametrize("below", ["", "data", "data/deeper"])
def test_a_directory_that_cannot_be_had_is_a_sentence_with_the_remedy(
    tocsin: Tocsin, write: Write, monkeypatch: pytest.MonkeyPatch, command: str, below: str
) -> None:
    """A file where the directory should be, or above it."""
    place = write("file", "precious") / below
    monkeypatch.setenv("TOCSIN_SERVICE__DATA_DIR", str(place))
    done = tocsin(*command.split())
    done.failed(1, "service.data_dir")
    assert str(place) in done.err


@contextmanager
def room(bytes_: int) -> Iterator[None]:
    """Let no file of this process grow above a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_a_sentence_and_once_there_is_room_all_is_well(
    tocsin: Tocsin, elsewhere: Path
) -> None:
    """Half of a migration is none."""
    with room(20_000):
        done = tocsin("db", "upgrade")
    done.failed(1, "free space")
    assert str(elsewhere) in done.err
    assert tocsin("db", "upgrade").code == 0


def test_a_full_disk_leaves_no_half_of_a_backup(
    tocsin: Tocsin, database: Path, tmp_path: Path
) -> None:
    """What there was before is all that there is after."""
    before = sorted(path.name for path in tmp_path.iterdir())
    with room(20_000):
        done = tocsin("db", "backup", tmp_path / "copy.db")
    done.failed(1, "disk")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_password_of_a_database_is_never_told(
    tocsin: Tocsin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the place without it."""
    monkeypatch.setenv(
        "TOCSIN_SERVICE__DATABASE_URL", "postgresql://me:hush-hush@127.0.0.1:1/tocsin"
    )
    for command in ("db upgrade", "poll", "db backup copy"):
        done = tocsin(*command.split())
        assert done.code == 1
        assert "hush" not in done.err + done.out
