"""Everything that can be set, read once at the start and frozen.

    defaults.toml + feeds.toml  <  the person's file  <  TOCSIN_<SECTION>__<KEY>  →  Settings

The defaults stand in ``config/defaults.toml`` and nowhere else; that file is also the reference
page. All faults are told at once. Times are seconds.
"""

import os
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo
from pydantic import field_validator as checks
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.credentials import find_token
from config.faults import Fault, Refused, SettingsError, faults_of
from config.fields import (
    AllowedNetwork,
    ApiRoot,
    Country,
    DatabaseUrl,
    Directory,
    FeedUrl,
    Language,
    Line,
    Listen,
    Lowered,
    Text,
    feed_key,
    split_listen,
)
from config.layers import Layer, merge, read_environment, read_file

__all__ = [
    "Delivery",
    "Fault",
    "FeedSettings",
    "GapSettings",
    "Network",
    "Polling",
    "Service",
    "Settings",
    "SettingsError",
    "Telegram",
    "Web",
    "load",
]

_DAY: Final = 86_400
_LONGEST_INTERVAL: Final = 30 * _DAY
"""Seconds of a month: what lemon24/reader allows a publisher to ask for at most."""

_LONGEST_AGE: Final = 100 * 365 * _DAY
_LARGEST_DOCUMENT: Final = 100 * 1024 * 1024
_WORD: Final = 'text in quotes, such as "word"'


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,  # true is not the number 1, and "300" is not a number
        allow_inf_nan=False,
        hide_input_in_errors=True,  # values may be secrets
    )


class Service(_Section):
    """Where the service keeps its data, and how much it logs."""

    data_dir: Directory = Field(description='a directory, such as "/var/lib/tocsin"')
    database_url: DatabaseUrl = Field(repr=False, description='text, such as "postgresql://…"')
    log_level: Annotated[Literal["debug", "info", "warning", "error", "critical"], Lowered] = Field(
        description="debug, info, warning, error or critical"
    )


class Telegram(_Section):
    """How the bot reaches Telegram, who runs it and who may use it.

    ``rate`` is messages a second to all chats together.
    """

    api_url: ApiRoot = Field(description='an address, such as "https://api.telegram.org"')
    admins: tuple[Annotated[int, Field(ge=1, le=2**52)], ...] = Field(
        strict=False, description="a list of Telegram user ids, such as [123456789]"
    )
    access: Annotated[Literal["open", "allowlist"], Lowered] = Field(
        description="open or allowlist"
    )
    rate: float = Field(ge=1, le=1000)


class Polling(_Section):
    """How often, how many at once and how much of each feed is read.

    ``timeout``, ``parse_timeout`` and the intervals are seconds; ``max_bytes`` counts a document
    after decompression.
    """

    interval_min: float = Field(ge=1, le=_LONGEST_INTERVAL)
    interval_max: float = Field(ge=1, le=_LONGEST_INTERVAL)
    interval_new: float = Field(ge=1, le=_LONGEST_INTERVAL)
    per_host: int = Field(ge=1, le=100)
    concurrency: int = Field(ge=1, le=1000)
    timeout: float = Field(ge=0.1, le=60)
    max_bytes: int = Field(ge=1024, le=_LARGEST_DOCUMENT)
    max_entries: int = Field(ge=1, le=100_000)
    max_redirects: int = Field(ge=0, le=20)
    parsers: int = Field(ge=1, le=64)
    parse_timeout: float = Field(ge=0.1, le=60)
    contact: Line = Field(max_length=200, description="an address for publishers, or nothing")

    @checks("interval_max")
    @classmethod
    def _not_below_the_shortest(cls, longest: float, info: ValidationInfo) -> float:
        if longest < info.data.get("interval_min", longest):
            raise Refused(
                "makes the longest interval shorter than the shortest",
                "let polling.interval_max be at least polling.interval_min",
                sibling="interval_min",
            )
        return longest

    @checks("interval_new")
    @classmethod
    def _between_the_two(cls, new: float, info: ValidationInfo) -> float:
        shortest: float = info.data.get("interval_min", new)
        longest: float = info.data.get("interval_max", new)
        return min(max(new, shortest), longest)


class Network(_Section):
    """The private networks that feeds may be on."""

    allow_private: tuple[AllowedNetwork, ...] = Field(
        strict=False, description='a list of networks, such as ["192.168.1.0/24"]'
    )


class Delivery(_Section):
    """How alerts are sent; ``repeat_after`` and ``max_story_age`` are seconds."""

    repeat_after: float = Field(ge=0, le=3600)
    in_flight: int = Field(ge=1, le=8)
    max_story_age: float = Field(ge=1, le=_LONGEST_AGE)


class Web(_Section):
    """Where health and metrics are served."""

    listen: Listen = Field(description='host and port, such as "127.0.0.1:8787"')

    @property
    def host(self) -> str:
        """The host of ``listen``, an IPv6 address without its brackets."""
        return split_listen(self.listen)[0]

    @property
    def port(self) -> int:
        """The port of ``listen``, 0 to 65535."""
        return split_listen(self.listen)[1]


class FeedSettings(_Section):
    """One feed and what is known of its publisher; ``interval`` overrides the adaptive one."""

    url: FeedUrl = Field(description="an address in quotes")
    name: Text = Field(default="", description=_WORD)
    country: Country = Field(default="", description=_WORD)
    owner: Text = Field(default="", description=_WORD)
    official: bool = Field(default=False, description="true or false")
    lang: Language = Field(default="", description=_WORD)
    topics: tuple[Text, ...] = Field(
        default=(), strict=False, description='a list of topics, such as ["sanctions"]'
    )
    interval: Annotated[float, Field(ge=1, le=_LONGEST_INTERVAL)] | None = Field(
        default=None, description=f"a number of seconds from 1 to {_LONGEST_INTERVAL}"
    )
    folder: Text = Field(default="", description='folders, such as "Press/Kyiv"')


class GapSettings(_Section):
    """What no feed tells: ``instead`` is the name or address of what stands in, or empty."""

    name: Text = Field(description=_WORD)
    topics: tuple[Text, ...] = Field(
        default=(), strict=False, description='a list of topics, such as ["sanctions"]'
    )
    why: Text = Field(description=_WORD)
    instead: Text = Field(default="", description=_WORD)


class Settings(BaseSettings):
    """All settings. ``Settings()`` holds the defaults; what is passed lies deeply above them."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    service: Service
    telegram: Telegram
    polling: Polling
    network: Network
    delivery: Delivery
    web: Web
    feeds: tuple[FeedSettings, ...] = Field(
        description="feeds as [[feeds]] tables, or a JSON list of them in the environment"
    )
    gaps: tuple[GapSettings, ...] = Field(
        description="what has no feed as [[gaps]] tables, or a JSON list of them in the environment"
    )
    telegram_token: SecretStr | None = Field(default=None, repr=False, exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - its faults come one at a time
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not promised
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see credentials.py
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put what is passed above the packaged files; the environment comes in by ``load``."""
        here = files("config")
        packaged = [Path(str(here / name)) for name in ("defaults.toml", "feeds.toml")]
        return init_settings, TomlConfigSettingsSource(settings_cls, toml_file=packaged)


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; see the head of this module for what stands above what.

    ``file`` is the one of ``--config``; without it TOCSIN_CONFIG may name one. ``environ`` is
    the environment of the process unless given.

    Raises SettingsError with every fault of file, environment and secrets.
    """
    environ = os.environ if environ is None else environ
    given = merge(read_file(file, environ, Settings), read_environment(environ, Settings))
    token, token_faults = find_token(environ)
    settings, wrong = _build(given, token)
    faults = (*given.faults, *wrong, *_repeated(given), *token_faults)
    if settings is None or faults:
        raise SettingsError(faults)
    return settings


def _build(given: Layer, token: SecretStr | None) -> tuple[Settings | None, tuple[Fault, ...]]:
    # The gaps that are told by default are those of the default feeds.
    gaps = {"gaps": ()} if "feeds" in given.values else {}
    try:
        return Settings(**(gaps | given.values), telegram_token=token), ()
    except ValidationError as error:
        return None, faults_of(error, Settings, given.names)


def _repeated(given: Layer) -> Iterator[Fault]:
    """Tell of feeds that stand twice, also where other things are wrong with them."""
    key = given.names.get(("feeds",), "feeds")
    listed = given.values.get("feeds")
    first: dict[object, int] = {}
    for number, feed in enumerate(listed if isinstance(listed, list) else (), start=1):
        url = feed.get("url") if isinstance(feed, dict) else None
        if isinstance(url, str) and (known := first.setdefault(feed_key(url), number)) != number:
            yield Fault(f"{key}[{number}].url", f"is that of {key}[{known}]", "keep one of the two")
