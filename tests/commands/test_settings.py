"""Settings as the commands find them, and what is said of wrong ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.commands import offline
from tests.commands.conftest import Tocsin

Write = Callable[[str, str | bytes], Path]

STORY = '{"title": "Drones"}'
SECRET = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
LOUD = '[service]\nlog_level = "loud"\n'
QUIET = '[service]\nlog_level = "error"\n'


def test_a_file_of_settings_may_be_named_on_either_side_of_the_command(
    tocsin: Tocsin, write: Write
) -> None:
    """Nobody remembers where an option belongs."""
    good, bad = write("good.toml", QUIET), write("bad.toml", LOUD)
    assert tocsin("--config", good, "classify", stdin=STORY).code == 0
    assert tocsin("classify", "--config", good, stdin=STORY).code == 0
    tocsin("--config", bad, "classify", stdin=STORY).failed(2, "service.log_level")
    tocsin("classify", "-c", bad, stdin=STORY).failed(2, "service.log_level")
    assert tocsin("-c", bad, "classify", "-c", good, stdin=STORY).code == 0


def test_the_environment_may_name_the_file_and_an_option_stands_above_it(
    tocsin: Tocsin, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit file sets it once; a person at the terminal may want another."""
    monkeypatch.setenv("TOCSIN_CONFIG", str(write("bad.toml", LOUD)))
    tocsin("classify", stdin=STORY).failed(2, "service.log_level")
    assert tocsin("classify", "-c", write("good.toml", QUIET), stdin=STORY).code == 0


@pytest.mark.parametrize("content", [None, b"\xff\x00", b"[service"])
def test_a_file_that_cannot_be_read_is_named(
    tocsin: Tocsin, tmp_path: Path, content: bytes | None
) -> None:
    """A path with a slip in it must not mean the defaults."""
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    tocsin("classify", "--config", file, stdin=STORY).failed(2, str(file))


@pytest.mark.parametrize(
    "command", ["run", "poll", "classify", "feeds list", "feeds check", "db upgrade"]
)
def test_every_fault_is_told_at_once_and_nothing_secret_with_it(
    tocsin: Tocsin, write: Write, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """One start shows all that there is to mend, and a log of it may be shown to anyone."""
    faulty = f'[telegram]\ntoken = "{SECRET}"\n[polling]\ninterval_min = "300"\n[pollling]\nx = 1\n'
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"{SECRET} {SECRET}")
    monkeypatch.setenv("TOCSIN_NONSENSE", SECRET)
    done = tocsin(*command.split(), "--config", write("bad.toml", faulty), stdin=STORY)
    keys = (
        "telegram.token", "polling.interval_min", "pollling", "TELEGRAM_BOT_TOKEN",
        "TOCSIN_NONSENSE",
    )  # fmt: skip
    done.failed(2, "polling.interval_min is not a number")
    assert [key for key in keys if key not in done.err] == []
    assert SECRET.partition(":")[2] not in done.err + done.out


def test_nothing_is_made_where_the_settings_are_wrong(
    tocsin: Tocsin, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong start leaves no traces."""
    monkeypatch.setenv("TOCSIN_SERVICE__LOG_LEVEL", "loud")
    tocsin("run").failed(2, "TOCSIN_SERVICE__LOG_LEVEL")
    assert not elsewhere.exists()


def test_a_fault_of_our_own_is_told_with_its_traceback_and_without_secrets(
    tocsin: Tocsin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reports it can paste all of it."""

    def fail(*_: object) -> None:
        raise RuntimeError(f"https://api.telegram.org/bot{SECRET}/getMe")

    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", SECRET)
    monkeypatch.setattr(offline, "classify", fail)
    done = tocsin("classify", stdin=STORY)
    assert (done.code, done.out) == (1, "")
    assert "please report it" in done.err
    assert "RuntimeError: https://api.telegram.org/bot" in done.err
    assert SECRET.partition(":")[2] not in done.err
