"""What runs in a parser's process. The parser itself is loaded there, never in the service."""

import multiprocessing
import os
import resource
import signal
from datetime import datetime
from multiprocessing.connection import wait
from threading import Thread
from typing import Final

from bot.models import ParsedFeed

MEMORY_LIMIT: Final = 1024 * 1024 * 1024
"""How many bytes of memory a parser may take; the worst document of 5 MiB took 340 MiB."""


def prepare() -> None:
    """Set up a new process: it ends at once when told to, and with the service, however it ends."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends us
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(MEMORY_LIMIT, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    Thread(target=_end_with_service, daemon=True).start()


def _end_with_service() -> None:
    # The pipe behind the sentinel closes with the service even when that was killed; without
    # this, a parser that is busy at that moment would go on with nobody to stop it.
    service = multiprocessing.parent_process()
    if service is not None:
        wait([service.sentinel])
        os._exit(1)


def read(
    body: bytes, *, url: str, content_type: str, max_entries: int, now: datetime
) -> ParsedFeed:
    """Parse a document as ``bot.feeds.parse.parse`` does."""
    from bot.feeds.parse import parse  # noqa: PLC0415 - keeps the parser out of the service

    return parse(body, url=url, content_type=content_type, max_entries=max_entries, now=now)
