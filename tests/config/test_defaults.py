"""The reference page: config/defaults.toml says everything, and it is where defaults come from."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

import pytest
from pydantic import BaseModel

from config.layers import read_environment
from config.settings import FeedSettings, GapSettings, Settings, load

PAGE = (files("config") / "defaults.toml").read_text(encoding="utf-8")


def keys() -> Iterator[tuple[str, str]]:
    """Give every section and key of the settings, without the list of feeds."""
    for section, held in Settings.model_fields.items():
        if isinstance(held.annotation, type) and issubclass(held.annotation, BaseModel):
            yield from ((section, key) for key in held.annotation.model_fields)


KEYS = tuple(keys())


def section_of_page(section: str) -> str:
    """Give the lines of the page under a section's head."""
    return PAGE.split(f"\n[{section}]\n")[1].split("\n[")[0]


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_has_its_line_with_a_reason(section: str, key: str) -> None:
    """Each key stands on the page once, under a comment that explains it."""
    lines = section_of_page(section).splitlines()
    at = [number for number, line in enumerate(lines) if line.startswith(f"{key} =")]
    assert len(at) == 1
    assert re.match(r"# .{20,}|# [a-z]", lines[at[0] - 1]), "a comment stands above it"


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_the_range_of_every_number_stands_on_the_page(section: str, key: str) -> None:
    """A reader knows what is allowed without trying it."""
    field = Settings.model_fields[section].annotation
    assert field is not None
    bounds = [
        str(getattr(limit, name))
        for limit in field.model_fields[key].metadata
        for name in ("ge", "le")
        if hasattr(limit, name)
    ]
    above = section_of_page(section).split(f"\n{key} =")[0].rpartition(" = ")[2]
    assert f"({' to '.join(bounds)})" in above or not bounds


@pytest.mark.parametrize(("table", "model"), [("feeds", FeedSettings), ("gaps", GapSettings)])
def test_every_key_of_the_lists_stands_on_the_page(table: str, model: type[BaseModel]) -> None:
    """What can be said of a feed is shown in an example that can be used as it stands."""
    example = PAGE.partition(f"#   [[{table}]]\n")[2].partition("#\n")[0]
    [shown] = tomllib.loads(f"[[{table}]]\n" + example.replace("#   ", ""))[table]
    assert set(shown) == set(model.model_fields)
    model(**shown)


def test_the_page_holds_nothing_but_settings() -> None:
    """What the page sets is what there is to set, no more and no less."""
    page = tomllib.loads(PAGE)
    assert {(section, key) for section, held in page.items() for key in held} == set(KEYS)


def test_the_values_are_those_that_were_decided() -> None:
    """The defaults that others rely on are the promised ones."""
    settings = load(environ={})
    polling = settings.polling
    assert (polling.interval_min, polling.interval_max, polling.interval_new) == (300, 21600, 900)
    assert (polling.per_host, polling.max_redirects, polling.parsers) == (2, 5, 2)
    assert settings.telegram.api_url == "https://api.telegram.org"
    assert settings.telegram.access == "open"
    assert settings.telegram.rate == 28
    assert settings.network.allow_private == ()
    assert (settings.delivery.repeat_after, settings.delivery.in_flight) == (10, 8)
    assert settings.delivery.max_story_age == 48 * 3600
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8787)
    assert settings.service.data_dir.is_absolute()
    assert settings.service.data_dir.name == "tocsin"
    assert settings.service.database_url == ""
    assert settings.telegram_token is None


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_has_its_variable(section: str, key: str) -> None:
    """Each key can be set in the environment under its name."""
    name = f"TOCSIN_{section}__{key}".upper()
    layer = read_environment({name: "1"}, Settings)
    assert not layer.faults
    assert key in layer.values[section]
    assert layer.names[section, key] == name


def test_no_file_of_settings_is_read_from_where_the_program_was_started() -> None:
    """Settings made by hand stand on the packaged files alone."""
    assert Settings() == load(environ={})
