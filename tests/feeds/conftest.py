"""A publisher's server, and what is needed to read from it."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from bot.feeds.fetch import FetchPolicy
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
