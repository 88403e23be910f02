"""The kinds of values that settings hold, each checked with a reason in plain words."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field

from config.faults import Refused

_LONGEST_TEXT: Final = 4096
_HIGHEST_PORT: Final = 65535
_TOKEN: Final = re.compile(r"\d+(:|%3A)[\w-]{10,}", re.IGNORECASE)
_DATABASE: Final = re.compile(r"(sqlite|postgresql)(\+\w+)?://")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _visible(text: str) -> str:
    if not text.isprintable():
        raise Refused("holds a line break or a control character", "give one line of plain text")
    return text


Line = Annotated[str, AfterValidator(_visible)]
"""One line of text, whose length the setting limits."""

Text = Annotated[Line, Field(max_length=_LONGEST_TEXT)]
"""One line of text."""


def _web_address(text: str) -> SplitResult:
    """Take an http(s) address apart, or refuse it."""
    example = "write it in full, such as https://example.org/feed.xml"
    if any(c.isspace() for c in text):
        raise Refused("holds a blank", "write blanks in an address as %20")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("is not an address", example) from None
    if parts.scheme not in {"http", "https"}:
        raise Refused("does not begin with http:// or https://", example)
    if not host or port == 0:
        raise Refused("names no host that can be reached", example)
    return parts


def _feed_url(text: str) -> str:
    if _web_address(text).username is not None:
        raise Refused("holds a user name or password", "leave them out: they are never sent")
    return text


def _api_root(text: str) -> str:
    """Check that an address is the root of a Bot API server; give it without a last slash."""
    parts = _web_address(text)
    remedy = "give the server alone, such as https://api.telegram.org"
    if _TOKEN.search(text):
        raise Refused("seems to hold a bot token", f"{remedy}; the token is TELEGRAM_BOT_TOKEN")
    if "/bot" in parts.path.lower():
        raise Refused("holds /bot", remedy)
    if parts.username is not None or parts.query or parts.fragment:
        raise Refused("holds more than a server", remedy)
    return text.rstrip("/?#")


def _database(text: str) -> str:
    if text and not _DATABASE.match(text):
        raise Refused(
            "is not a database that can be used",
            "leave it empty for SQLite, or write postgresql://user@host/name",
        )
    return text


def _directory(given: object) -> Path:
    """Give an absolute directory: the system's own for an empty text."""
    if isinstance(given, Path):
        return given.absolute()
    if not isinstance(given, str) or not given.isprintable():
        raise Refused("is not the path of a directory", 'give text, such as "/var/lib/tocsin"')
    if not given.strip():
        return platformdirs.user_data_path("tocsin", appauthor=False)
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:
        raise Refused("names a home that does not exist", "write the path in full") from None


def split_listen(text: str) -> tuple[str, int]:
    """Take ``host:port`` apart; the host of an IPv6 address comes without its brackets.

    Raises ValueError where it is not of that form.
    """
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if bare != host:
        ipaddress.IPv6Address(bare)
    elif ":" in host or any(c.isspace() for c in host):
        raise ValueError("an IPv6 address stands in brackets; a host holds no blank")
    if not (colon and bare and port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise ValueError("not host:port")
    return bare, int(port)


def _listen(text: str) -> str:
    try:
        split_listen(text)
    except ValueError:
        raise Refused("is not host:port", "write it such as 127.0.0.1:8787 or [::1]:8787") from None
    return text


def _network(given: object) -> Network:
    remedy = "write it such as 192.168.1.0/24 or fd00::/8"
    if isinstance(given, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return given
    if not isinstance(given, str):
        raise Refused("is not a network in quotes", remedy)
    try:
        network = ipaddress.ip_network(given.strip(), strict=False)
    except ValueError:
        raise Refused("is not a network", remedy) from None
    if ipaddress.ip_address(given.strip().partition("/")[0]) != network.network_address:
        raise Refused("has an address inside the network", f"for the whole of it write {network}")
    return network


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise Refused("is not a language", 'give its code, such as "en" or "uk"')
    return text.lower()


def _country(text: str) -> str:
    if text and not _COUNTRY.fullmatch(text):
        raise Refused("is not a country", 'give its two letters, such as "UA"; or "EU", "UN"')
    return text.upper()


def _lowered(given: Any) -> Any:  # noqa: ANN401 - whatever is no text is refused after this
    return given.lower() if isinstance(given, str) else given


FeedUrl = Annotated[Text, AfterValidator(_feed_url)]
"""An http(s) address with a host, kept as it was written."""

ApiRoot = Annotated[Text, AfterValidator(_api_root)]
"""The root of a Bot API server, without ``/bot``, token or last slash."""

DatabaseUrl = Annotated[Text, AfterValidator(_database)]
"""An SQLAlchemy address of SQLite or PostgreSQL, or empty."""

Directory = Annotated[Path, BeforeValidator(_directory)]
"""An absolute path; ``~`` is the home, and an empty text the system's data directory."""

Listen = Annotated[Text, AfterValidator(_listen)]
"""``host:port``; port 0 takes any free one."""

AllowedNetwork = Annotated[Network, BeforeValidator(_network)]
"""A network of IPv4 or IPv6."""

Language = Annotated[Text, AfterValidator(_language)]
"""A language code in small letters (BCP 47), or empty."""

Country = Annotated[Text, AfterValidator(_country)]
"""Two capital letters (ISO 3166, and EU and UN), or empty."""

Lowered = BeforeValidator(_lowered)
"""Words of a choice may be written in any case."""


def feed_key(url: str) -> str:
    """Give what is equal for two addresses that are one feed written differently."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}?{parts.query}"
