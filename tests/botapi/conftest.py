"""What the tests of the Bot API server share."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.botapi.server import BotApiServer, User


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library give retry_after as a timedelta, which it will always do one day."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """A server of its own for each test."""
    async with BotApiServer() as running:
        yield running


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """The library's own bot, connected."""
    async with Bot(server.token, base_url=f"{server.url}/bot") as connected:
        yield connected


@pytest.fixture
def ada(server: BotApiServer) -> User:
    """Somebody with the id 1001 who has started the bot."""
    return server.user(1001, started=True)
