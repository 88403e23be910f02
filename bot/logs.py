"""Logs: one line an event to stderr, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Final

_TOKEN: Final = re.compile(r"\b\d{3,}:[\w-]{16,}")
"""What a bot token looks like: the bot's number, a colon, and its secret."""

_CHATTY: Final = ("httpx", "httpcore", "apscheduler", "aiohttp.access", "telegram", "alembic")
"""Libraries that tell more than an operator wants: httpx each request, with the token in it."""


class RedactingFormatter(logging.Formatter):
    """Formats records, tracebacks included, with every known secret and token struck out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        return redact(super().format(record), self._secrets)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Strike out the given secrets, and whatever looks like a bot token, from a text."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return _TOKEN.sub("[token]", text)


def set_up(level: str, secrets: Iterable[str]) -> None:
    """Send the log of the whole process to stderr from ``level`` on, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
