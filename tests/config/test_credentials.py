"""The bot's token: from one place, and seen nowhere."""

from pathlib import Path

import pytest

from config.settings import Settings, SettingsError, load

TOKEN = "987654321:AAmade-up_made-up_made-up_made-up12"


def token_of(settings: Settings) -> str | None:
    """Give the token in clear."""
    held = settings.telegram_token
    return held.get_secret_value() if held is not None else None


def refused(**environ: str) -> dict[str, str]:
    """Load with a token that cannot be used; give the problems by key."""
    with pytest.raises(SettingsError) as caught:
        load(environ=environ)
    assert TOKEN not in str(caught.value)
    return {fault.key: fault.problem for fault in caught.value.faults}


def test_the_token_comes_from_any_of_the_three_places(tmp_path: Path) -> None:
    """A variable, a named file and a systemd credential all give it, without blanks around."""
    file = tmp_path / "telegram_bot_token"
    file.write_text(f"\n {TOKEN}\r\n", encoding="utf-8")
    assert token_of(load(environ={"TELEGRAM_BOT_TOKEN": f" {TOKEN}\n"})) == TOKEN
    assert token_of(load(environ={"TELEGRAM_BOT_TOKEN_FILE": str(file)})) == TOKEN
    assert token_of(load(environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})) == TOKEN


def test_an_empty_variable_is_no_token(tmp_path: Path) -> None:
    """Empty variables, and a credentials directory without ours, give none."""
    environ = {"TELEGRAM_BOT_TOKEN": " ", "TELEGRAM_BOT_TOKEN_FILE": ""}
    assert token_of(load(environ=environ)) is None
    assert token_of(load(environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})) is None
    assert token_of(load(environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "none")})) is None


def test_two_tokens_are_a_fault(tmp_path: Path) -> None:
    """Nobody has to guess which of two tokens is used."""
    (tmp_path / "telegram_bot_token").write_text(TOKEN, encoding="utf-8")
    told = refused(
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_BOT_TOKEN_FILE=str(tmp_path / "x"),
        CREDENTIALS_DIRECTORY=str(tmp_path),
    )
    assert told == {
        "TELEGRAM_BOT_TOKEN": "stands beside TELEGRAM_BOT_TOKEN_FILE "
        "and $CREDENTIALS_DIRECTORY/telegram_bot_token"
    }


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"a b", f"{TOKEN}\n{TOKEN}".encode(), b"a/b", b"\xff\xfe", b"x" * 5000, b"a\0b"],
)
def test_a_file_without_one_token_is_a_fault(content: bytes, tmp_path: Path) -> None:
    """What is no token is refused at the start, not by Telegram later."""
    file = tmp_path / "token"
    file.write_bytes(content)
    assert list(refused(TELEGRAM_BOT_TOKEN_FILE=str(file))) == ["TELEGRAM_BOT_TOKEN_FILE"]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """A missing file, a directory and a dangling credential are told by what named them."""
    for path in (tmp_path / "missing", tmp_path):
        told = refused(TELEGRAM_BOT_TOKEN_FILE=str(path))
        assert told == {"TELEGRAM_BOT_TOKEN_FILE": "names a file that cannot be read"}
    (tmp_path / "telegram_bot_token").symlink_to(tmp_path / "nowhere")
    told = refused(CREDENTIALS_DIRECTORY=str(tmp_path))
    assert list(told) == ["$CREDENTIALS_DIRECTORY/telegram_bot_token"]


@pytest.mark.parametrize("text", ["a b", "a/b", f"{TOKEN} {TOKEN}", "a\u00e9b"])
def test_a_variable_that_holds_no_token_is_a_fault(text: str) -> None:
    """Blanks, slashes and foreign letters within are refused."""
    assert list(refused(TELEGRAM_BOT_TOKEN=text)) == ["TELEGRAM_BOT_TOKEN"]


def test_the_token_is_seen_nowhere() -> None:
    """Neither text, repr nor any dump of the settings holds the token."""
    settings = load(environ={"TELEGRAM_BOT_TOKEN": TOKEN})
    dumps = (settings.model_dump(), settings.model_dump(mode="json"), settings.model_dump_json())
    for shown in (settings, dumps, settings.model_copy()):
        assert TOKEN not in str(shown)
        assert TOKEN not in repr(shown)


def test_the_password_of_the_database_is_not_shown() -> None:
    """The address of a database may hold a password and stays out of texts."""
    environ = {"TOCSIN_SERVICE__DATABASE_URL": "postgresql+psycopg://u:hush@host/name"}
    settings = load(environ=environ)
    assert settings.service.database_url.endswith("name")
    assert "hush" not in f"{settings!r}{settings}"
