"""Logs: one line an event to stderr, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

_TOKEN: Final = re.compile(r"(?<!\d)\d{3,}(?::|%3a)[\w-]{16,}", re.IGNORECASE)
"""What a bot token looks like, also within an address (``/bot123:abc``) or quoted for one: the
bot's number, a colon, and its secret."""

_PASSWORD: Final = re.compile(r"(?<=://)([^\s/?#:@]*):[^\s/?#]+@")
"""The name and the password that an address carries before its host."""

_CHATTY: Final = ("httpx", "httpcore", "apscheduler", "aiohttp.access", "telegram", "alembic")
"""Libraries that tell more than an operator wants: httpx each request, with the token in it."""

_SHORTEST: Final = 8
"""Letters that the secret half of a token has at least, to be told from words of the log."""


class RedactingFormatter(logging.Formatter):
    """Formats records, tracebacks included, with every known secret and token struck out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        return redact(super().format(record), self._secrets)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Strike out of a text the given secrets, what looks like a bot token, and passwords."""
    for secret in secrets:
        for form in _forms(secret):
            text = text.replace(form, "[secret]")
    return _PASSWORD.sub(r"\1:[password]@", _TOKEN.sub("[token]", text))


def _forms(secret: str) -> Iterator[str]:
    """Give what a secret is recognised by: itself, as in an address, and its secret half."""
    if secret:
        yield secret
        yield quote(secret, safe="")
    half = secret.rpartition(":")[2]
    if len(half) >= _SHORTEST:
        yield half


def set_up(level: str, secrets: Iterable[str]) -> None:
    """Send the log of the whole process to stderr from ``level`` on, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # A record that cannot be formatted would be printed raw, past the formatter.
    logging.raiseExceptions = False
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
