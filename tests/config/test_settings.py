"""What stands above what, and how values are understood."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, SettingsError, load


def written(folder: Path, text: str) -> Path:
    """Write a settings file."""
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_stands_above_defaults_and_environment_above_the_file(tmp_path: Path) -> None:
    """Each key comes from the highest layer that has it, also within one section."""
    file = written(tmp_path, "[polling]\nper_host = 3\nconcurrency = 5\n")
    polling = load(file, {"TOCSIN_POLLING__CONCURRENCY": "7"}).polling
    assert (polling.per_host, polling.concurrency, polling.max_redirects) == (3, 7, 5)


def test_the_file_can_be_named_in_the_environment(tmp_path: Path) -> None:
    """TOCSIN_CONFIG names the file, unless one is given as an argument."""
    named = written(tmp_path, "[polling]\nper_host = 3\n")
    environ = {"TOCSIN_CONFIG": str(named)}
    assert load(environ=environ).polling.per_host == 3
    other = tmp_path / "other.toml"
    other.write_text("[polling]\nper_host = 4\n", encoding="utf-8")
    assert load(other, environ).polling.per_host == 4
    assert load(environ={"TOCSIN_CONFIG": ""}).polling.per_host == 2


def test_feeds_of_the_file_replace_the_default_ones(tmp_path: Path) -> None:
    """One [[feeds]] table is all that is polled then."""
    file = written(tmp_path, '[[feeds]]\nurl = "https://example.org/feed"\ntopics = ["a"]\n')
    (feed,) = load(file, {}).feeds
    assert (feed.url, feed.topics, feed.official) == ("https://example.org/feed", ("a",), False)


def test_lists_and_tables_are_json_in_the_environment() -> None:
    """Lists, tables and whole sections can be given, single keys above their section."""
    settings = load(
        environ={
            "TOCSIN_TELEGRAM__ADMINS": "[1, 2]",
            "TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.1", "10.0.0.0/8", "fd00::/8"]',
            "TOCSIN_FEEDS": '[{"url": "http://127.0.0.1:80/a", "interval": 2, "official": true}]',
            "TOCSIN_POLLING": '{"per_host": 9, "concurrency": 9}',
            "TOCSIN_POLLING__PER_HOST": "5",
        }
    )
    assert settings.telegram.admins == (1, 2)
    networks = ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")
    assert settings.network.allow_private == tuple(ip_network(n) for n in networks)
    assert (settings.feeds[0].interval, settings.feeds[0].official) == (2, True)
    assert (settings.polling.per_host, settings.polling.concurrency) == (5, 9)


def test_an_empty_list_of_feeds_means_none(tmp_path: Path) -> None:
    """A file that wants no feeds gets none."""
    assert load(written(tmp_path, "feeds = []\n"), {}).feeds == ()


def test_text_is_taken_as_it_stands() -> None:
    """Text needs no quotes in the environment, and numbers in it stay text."""
    environ = {"TOCSIN_POLLING__CONTACT": "123", "TOCSIN_SERVICE__LOG_LEVEL": "WARNING"}
    settings = load(environ=environ)
    assert (settings.polling.contact, settings.service.log_level) == ("123", "warning")


def test_names_that_are_not_settings_of_ours_are_let_be() -> None:
    """Variables of tests and of other programs are none of our business."""
    environ = {"TOCSIN_TEST_SEED": "1", "PATH": "/bin", "tocsin_x": "1"}
    assert load(environ=environ) == load(environ={})


@pytest.mark.parametrize(
    ("shortest", "longest", "new", "used"),
    [(300, 600, 100, 300), (300, 600, 900, 600), (1, 1, 900, 1), (60, 7200, 900, 900)],
)
def test_a_new_feeds_interval_lies_between_the_two(
    shortest: int, longest: int, new: int, used: int
) -> None:
    """The interval of a new feed is moved between the shortest and the longest."""
    given = {"interval_min": shortest, "interval_max": longest, "interval_new": new}
    environ = {f"TOCSIN_POLLING__{key.upper()}": str(value) for key, value in given.items()}
    assert load(environ=environ).polling.interval_new == used


def test_the_data_directory_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home is filled in, and what is relative is meant from where the program was started."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    directory = {
        given: load(environ={"TOCSIN_SERVICE__DATA_DIR": given}).service.data_dir
        for given in ("~/t", "here", "/var/t")
    }
    assert directory == {
        "~/t": tmp_path / "home" / "t",
        "here": tmp_path / "here",
        "/var/t": Path("/var/t"),
    }


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [("10.0.0.1:1", "10.0.0.1", 1), ("[::1]:8787", "::1", 8787), ("localhost:0", "localhost", 0)],
)
def test_listen_is_a_host_and_a_port(given: str, host: str, port: int) -> None:
    """Names and addresses of both families can be listened on."""
    web = load(environ={"TOCSIN_WEB__LISTEN": given}).web
    assert (web.host, web.port) == (host, port)


@pytest.mark.parametrize(
    "given", ["", "8787", ":8787", "host", "::1:8787", "host:99999", "a:b", "h:1 "]
)
def test_a_listen_that_is_no_address_is_a_fault(given: str) -> None:
    """A wrong setting never ends in listening on all addresses."""
    with pytest.raises(SettingsError, match="TOCSIN_WEB__LISTEN"):
        load(environ={"TOCSIN_WEB__LISTEN": given})


def test_a_server_of_ones_own_is_kept_without_its_last_slash() -> None:
    """The root of another Bot API server may have a port and a path."""
    environ = {"TOCSIN_TELEGRAM__API_URL": "http://127.0.0.1:8081/telegram/"}
    assert load(environ=environ).telegram.api_url == "http://127.0.0.1:8081/telegram"


def test_windows_editors_may_have_saved_the_file(tmp_path: Path) -> None:
    """A byte order mark and carriage returns do no harm."""
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xef\xbb\xbf[polling]\r\nper_host = 3\r\n")
    assert load(path, {}).polling.per_host == 3


def test_settings_are_frozen() -> None:
    """Nobody changes settings under way."""
    settings = Settings(polling={"per_host": 3})
    assert settings.polling.per_host == 3
    with pytest.raises(ValidationError):
        settings.polling.per_host = 4  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.feeds = ()  # type: ignore[misc]
