"""What the tests of this room share: topics, a strict Bot API server, and a bot at work on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from bot.errors import QueryError
from bot.models import Delivered, Feed, OwedAlert, RetryAt, Source, Story, Topic, TopicQuality
from bot.rules.sources import Gap
from bot.subscriptions import Subscriptions
from bot.telegram.polling import TelegramBot
from tests import waiting
from tests.botapi.server import BotApiServer, Limits
from tests.fakes import MemorySubscribers, WallClock

QUALITY: Final = TopicQuality(
    precision=0.86, recall=0.79, support=112, stories=1017, measured_on="2026-11-20"
)
TOPICS: Final = (
    Topic(
        name="drone_supply",
        title="Drone supply",
        meaning="Making, selling and shipping of military drones.",
        threshold=0.8,
        quality=QUALITY,
    ),
    Topic(
        name="sanctions",
        title="Sanctions",
        meaning="New sanctions, and their evasion.",
        threshold=0.85,
    ),
    Topic(
        name="ukraine_aid",
        title="Ukraine aid",
        meaning="Aid that states give to Ukraine.",
        threshold=0.7,
    ),
)
GAPS: Final = (
    Gap(
        name="Reuters", topics=("sanctions",), why="It closed its feeds.", instead="Search: Reuters"
    ),
    Gap(name="NATO", topics=("ukraine_aid",), why="Its feed answers 404."),
)


def understand(query: str) -> str:
    """Accept every query but one with a bracket, whose place is told."""
    if "(" in query:
        raise QueryError(query, query.index("("), "this bracket is never closed")
    return f"Stories with “{query}”."


def matches(query: str) -> Callable[[Story, Source], bool]:
    """Find a query in a title or in the name of the source."""
    return lambda story, source: query.casefold() in f"{story.title} {source.name}".casefold()


class Shop:
    """A server, a bot at work on it, and what stands behind the bot."""

    def __init__(
        self,
        server: BotApiServer,
        *,
        admins: frozenset[int] = frozenset(),
        open_to_all: bool = True,
        speed: float = 1.0,
    ) -> None:
        """Put the parts together; the bot's clock runs ``speed`` times as fast as the server's."""
        clock = WallClock(speed)
        self.server = server
        self.store = MemorySubscribers()
        self.said: list[str] = []
        self.feeds: list[Feed] = []
        self.subscriptions = Subscriptions(
            self.store,
            TOPICS,
            clock,
            admins,
            open_to_all=open_to_all,
            understand=understand,
            matches=matches,
            feeds=self._read,
            gaps=GAPS,
        )
        self.bot = TelegramBot(
            server.token, server.url, self.subscriptions, clock, self.said.append
        )

    async def _read(self) -> list[Feed]:
        return self.feeds

    async def deliver(self, owed: OwedAlert) -> None:
        """Send an alert; again where the chat's last message was too short a time ago."""
        async with asyncio.timeout(5):
            while not isinstance(outcome := await self.bot.sender.send(owed), Delivered):
                assert isinstance(outcome, RetryAt), outcome

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Shop"]:
        """Let the bot answer chats until the block ends."""
        task = asyncio.create_task(self.bot.run())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.bot.stop()


@asynccontextmanager
async def open_shop(
    *, admins: frozenset[int] = frozenset(), open_to_all: bool = True
) -> AsyncIterator[Shop]:
    """Start a server and a bot that answers on it."""
    # Quick, because the bot would otherwise wait a second before each answer to the same person;
    # the server therefore does not count.
    async with (
        BotApiServer(limits=Limits(enabled=False)) as server,
        Shop(server, admins=admins, open_to_all=open_to_all, speed=50).running() as shop,
    ):
        yield shop


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that the server does not see."""
    await waiting.until(condition, seconds=5, step=0.01)
