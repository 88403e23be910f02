"""A publisher's server, and what is needed to read from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from bot.feeds.fetch import FetchPolicy
from bot.feeds.reader import PRELOAD, FeedReader
from bot.processes.pool import Processes
from tests.feeds.clock import FrozenClock
from tests.feedserver.server import FeedServer

LOOPBACK = FetchPolicy(
    user_agent="Tocsin/0 (+https://tocsin.example)", allow_private=(ip_network("127.0.0.0/8"),)
)
"""Lets feeds be read from the server of the tests."""


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A publisher on loopback."""
    async with FeedServer() as publisher:
        yield publisher


@asynccontextmanager
async def opened(*, workers: int = 1, seconds: float = 10.0) -> AsyncIterator[FeedReader]:
    """Open a reader of loopback feeds with processes of its own."""
    async with (
        Processes(workers, seconds, PRELOAD) as processes,
        FeedReader(LOOPBACK, processes, FrozenClock()) as reader,
    ):
        yield reader
