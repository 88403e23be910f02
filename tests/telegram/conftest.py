"""A shop that is open for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.telegram.shop import Shop, open_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A bot that answers chats on a server of its own."""
    async with open_shop() as opened:
        yield opened
