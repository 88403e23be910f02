"""Faults: all of them at once, by the key as written, in plain words, without any secret."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import SettingsError, load

SECRET = "987654321:AAsecretsecretsecretsecretsecret"


def faults(environ: Mapping[str, str], file: Path | None = None) -> dict[str, tuple[str, str]]:
    """Load settings that cannot be used; give problem and remedy by key."""
    with pytest.raises(SettingsError) as caught:
        load(file, environ)
    assert caught.value.__context__ is None, "the cause would quote values"
    assert len(str(caught.value).splitlines()) == len(caught.value.faults)
    return {fault.key: (fault.problem, fault.remedy) for fault in caught.value.faults}


def written(folder: Path, text: str) -> Path:
    """Write a settings file."""
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """File, environment and secrets are all looked through before anything is told."""
    text = """
        zork = 1
        [polling]
        interval_mim = 3
        timeout = "x"
        [service]
        log_level = "loud"
        [[feeds]]
        url = "https://a.example/"
        [[feeds]]
        url = "https://A.example"
        interval = 0
        [[feeds]]
        name = "without"
    """
    told = faults(
        {
            "TOCSIN_POLLING__PER_HOST": "many",
            "TOCSIN_WEB__LISTEN": "8787",
            "TOCSIN_POLING__X": "1",
            "TELEGRAM_BOT_TOKEN": "a b",
        },
        written(tmp_path, text),
    )
    assert list(told) == [
        "zork",
        "TOCSIN_POLING__X",
        "service.log_level",
        "TOCSIN_POLLING__PER_HOST",
        "polling.timeout",
        "polling.interval_mim",
        "TOCSIN_WEB__LISTEN",
        "feeds[2].interval",
        "feeds[3].url",
        "feeds[2].url",
        "TELEGRAM_BOT_TOKEN",
    ]
    assert told["polling.interval_mim"] == ("is not a setting", "did you mean interval_min?")
    assert told["polling.timeout"] == ("is not a number", "give a number from 0.1 to 60")
    assert told["feeds[2].url"] == ("is that of feeds[1]", "keep one of the two")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("POLLING__INTERVAL_MIN", "0"),
        ("POLLING__INTERVAL_MIN", "-5"),
        ("POLLING__INTERVAL_MIN", "NaN"),
        ("POLLING__INTERVAL_MIN", "Infinity"),
        ("POLLING__INTERVAL_MIN", "true"),
        ("POLLING__INTERVAL_MIN", '"300"'),
        ("POLLING__INTERVAL_MIN", "9" * 5000),
        ("POLLING__INTERVAL_MIN", "[" * 100_000),
        ("POLLING__INTERVAL_MIN", ""),
        ("POLLING__PER_HOST", "2.5"),
        ("POLLING__CONTACT", "a\r\nX-Injected: b"),
        ("POLLING__CONTACT", "x" * 201),
        ("TELEGRAM__RATE", "1001"),
        ("TELEGRAM__ACCESS", "closed"),
        ("TELEGRAM__ADMINS", "5"),
        ("TELEGRAM__API_URL", "api.telegram.org"),
        ("TELEGRAM__API_URL", "https://api.telegram.org/bot"),
        ("TELEGRAM__API_URL", "https://user:pass@api.telegram.org"),
        ("TELEGRAM__API_URL", "https://api.telegram.org/?x=1"),
        ("NETWORK__ALLOW_PRIVATE", '"10.0.0.0/8"'),
        ("WEB__LISTEN", ":8787"),
        ("WEB__LISTEN", "::1:8787"),
        ("WEB__LISTEN", "localhost:65536"),
        ("WEB__LISTEN", "localhost:²"),
        ("WEB__LISTEN", "[localhost]:80"),
        ("SERVICE__DATABASE_URL", "postgres://host/name"),
        ("SERVICE__DATABASE_URL", "tocsin.db"),
        ("SERVICE__DATA_DIR", "~nobody-of-this-name/t"),
        ("SERVICE__DATA_DIR", "a\nb"),
        ("DELIVERY__IN_FLIGHT", "9"),
        ("DELIVERY__MAX_STORY_AGE", "1e300"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(key: str, value: str) -> None:
    """One wrong value is one fault, at the variable that holds it, with a remedy."""
    told = faults({f"TOCSIN_{key}": value})
    assert list(told) == [f"TOCSIN_{key}"]
    assert all(told[f"TOCSIN_{key}"])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/feed",
        "https://user:secret@example.org/feed",
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "https://",
        "https:///feed",
        "https://[::1/feed",
        "https://host:port/feed",
        "https://host:99999/feed",
        "https://host:0/feed",
        "https://exam ple.org/feed",
        " https://example.org/feed",
        "javascript:alert(1)",
    ],
)
def test_a_feed_needs_an_address_on_the_web(url: str, tmp_path: Path) -> None:
    """Only http and https with a host can be polled."""
    assert list(faults({}, written(tmp_path, f'[[feeds]]\nurl = "{url}"\n'))) == ["feeds[1].url"]


def test_items_of_a_list_are_counted_from_one(tmp_path: Path) -> None:
    """The fault stands at the item, and the others are not blamed."""
    text = '[network]\nallow_private = ["10.0.0.0/8", "10.0.0.1/8", 3, "x"]\n'
    told = faults({"TOCSIN_TELEGRAM__ADMINS": '[1, "2"]'}, written(tmp_path, text))
    assert list(told) == [
        "TOCSIN_TELEGRAM__ADMINS[2]",
        "network.allow_private[2]",
        "network.allow_private[3]",
        "network.allow_private[4]",
    ]
    assert "10.0.0.0/8" in told["network.allow_private[2]"][1]


@pytest.mark.parametrize("key", ["interval_min", "interval_max"])
def test_a_longest_interval_below_the_shortest_is_told_where_it_was_written(key: str) -> None:
    """The fault between two keys stands at the one that the person set."""
    value = {"interval_min": "30000", "interval_max": "200"}[key]
    name = f"TOCSIN_POLLING__{key.upper()}"
    told = faults({name: value})
    assert list(told) == [name]
    assert "polling.interval_min" in told[name][1]


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("polling = 5\n", "polling", "is not a table"),
        ("[feeds]\nurl = 'https://a.example'\n", "feeds", "is not a list"),
        ("feeds = ['https://a.example']\n", "feeds[1]", "is not a table"),
        ("[polling]\nper_host = 1979-05-27\n", "polling.per_host", "is not a whole number"),
        ('"_env_file" = "x"\n', "_env_file", "is not a setting"),
        ("_cli_parse_args = true\n", "_cli_parse_args", "is not a setting"),
    ],
)
def test_the_wrong_shape_is_told_plainly(text: str, key: str, problem: str, tmp_path: Path) -> None:
    """A section that is no table and feeds that are no list are single faults."""
    told = faults({}, written(tmp_path, text))
    assert list(told) == [key]
    assert told[key][0] == problem


def test_a_section_that_is_no_table_is_told_also_under_the_environment(tmp_path: Path) -> None:
    """A variable for one key does not hide that the section in the file is wrong."""
    assert "polling" in faults(
        {"TOCSIN_POLLING__PER_HOST": "3"}, written(tmp_path, "polling = 5\n")
    )


def test_a_file_that_is_no_toml_is_one_fault_with_its_line(tmp_path: Path) -> None:
    """The fault names the file and the line, and other layers are still looked through."""
    told = faults({"TOCSIN_WEB__LISTEN": "x"}, written(tmp_path, "[polling]\n\nper_host 3\n"))
    path = str(tmp_path / "settings.toml")
    assert list(told) == [path, "TOCSIN_WEB__LISTEN"]
    assert "line 3" in told[path][1]


def test_a_file_that_cannot_be_read_is_told_by_what_named_it(tmp_path: Path) -> None:
    """A missing file, a directory, bytes that are no text and nesting without end are faults."""
    (binary := tmp_path / "binary").write_bytes(b"a = 1\nb = \xff")
    (deep := tmp_path / "deep").write_text("a = " + "[" * 100_000, encoding="utf-8")
    for path in (tmp_path / "missing", tmp_path, binary, deep, Path("a\0b"), Path("~nobody-x/y")):
        told = faults({"TOCSIN_CONFIG": str(path)})
        assert list(told) == ["TOCSIN_CONFIG"]
        with pytest.raises(SettingsError) as caught:
            load(path, {})
        assert [fault.key for fault in caught.value.faults] == ["--config"]


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    """Reading stops at a limit."""
    assert "larger" in faults({"TOCSIN_CONFIG": "/dev/zero"})["TOCSIN_CONFIG"][1]


def test_a_token_among_the_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Wherever a token was put by mistake, the fault says where it belongs and not what it is."""
    text = (
        f'telegram_token = "{SECRET}"\n[telegram]\ntoken = "{SECRET}"\n'
        f'api_url = "https://api.telegram.org/bot{SECRET}"\nadmins = ["{SECRET}"]\n'
        f'[service]\ndatabase_url = "{SECRET}"\nlog_level = "{SECRET}"\n'
        f'[network]\nallow_private = ["{SECRET}"]\n[web]\nlisten = "{SECRET}/"\n'
        f'[[feeds]]\nurl = "{SECRET}"\ncountry = "{SECRET}"\nlang = "{SECRET}"\n'
    )
    told = faults(
        {"TOCSIN_TELEGRAM__TOKEN": SECRET, "TOCSIN_POLLING__TIMEOUT": SECRET},
        written(tmp_path, text),
    )
    for key in ("telegram_token", "telegram.token", "TOCSIN_TELEGRAM__TOKEN"):
        assert "TELEGRAM_BOT_TOKEN" in told[key][1]
    assert len(told) == 13
    assert not [line for line in map(str, told.items()) if "secret" in line]


def test_a_key_with_line_breaks_is_still_one_line(tmp_path: Path) -> None:
    """What is told can be printed anywhere, whatever the key holds."""
    told = faults({}, written(tmp_path, '"a\\nb\\u0007" = 1\n'))
    assert list(told) == ["a\nb\x07"]


@settings(deadline=None, max_examples=60)  # the machine may be busy; each load takes 8 ms
@given(
    st.dictionaries(
        st.sampled_from(
            ["POLLING__INTERVAL_MIN", "POLLING", "FEEDS", "TELEGRAM__ADMINS", "WEB__LISTEN", "X"]
        ).map("TOCSIN_".__add__),
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(
                ['[{"url": 1}]', '{"per_host": {}}', "[[]]", "null", "1e999", '"\\ud800"']
            ),
        ),
    )
)
def test_any_environment_gives_settings_or_faults(environ: dict[str, str]) -> None:
    """Whatever the variables hold, the answer is settings or printable faults, never a crash."""
    try:
        load(environ=environ)
        told = "settings"
    except SettingsError as error:
        told = str(error)
    assert told.encode("utf-8")
