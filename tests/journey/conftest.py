"""A whole world on loopback: a publisher, Telegram, a reader, and the service between them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.botapi.server import BotApiServer, User
from tests.feedserver.documents import Item, rss
from tests.feedserver.server import FeedServer
from tests.journey.service import Service, settings
from tests.waiting import until

BACKLOG = Item(
    guid="0", title="Iran sent Russia attack drones last year", link="https://n.example/0"
)
NEWS = Item(
    guid="1",
    title="Iran ships hundreds of attack drones to Russia, officials say",
    summary="The unmanned aircraft were flown to Moscow from a plant near Isfahan.",
    link="https://n.example/1",
)

PATIENCE = 40.0
"""Seconds until a journey is given up: a start takes two on a quiet machine, ten on a busy one."""


class World:
    """The feed, Telegram and the service, with the verbs that the journeys are told in."""

    def __init__(self, folder: Path, publisher: FeedServer, telegram: BotApiServer) -> None:
        self.folder = folder
        self.publisher = publisher
        self.telegram = telegram
        self.publish()
        self.file = self.settings()
        self.service = Service(folder, self.file, {"TELEGRAM_BOT_TOKEN": telegram.token})

    def settings(self, *more: dict[str, Any], **sections: dict[str, Any]) -> Path:
        """Write the settings, with ``more`` feeds and further sections, and give their file."""
        feed = {"url": self.publisher.url("/feed"), "name": "The Example", "country": "GB"}
        return settings(
            self.folder,
            [feed, *more],
            telegram={"api_url": self.telegram.url},
            delivery={"repeat_after": 1},
            **sections,
        )

    def publish(self, *new: Item) -> None:
        """Let the feed hold ``new`` above its backlog, all dated now."""
        now = datetime.now(UTC)
        self.publisher.serve("/feed", rss([replace(item, date=now) for item in (*new, BACKLOG)]))

    async def feed_was_read(self) -> None:
        """Wait until the service came back for the feed: then its first reading is stored."""
        asked = len(self.publisher.asked("/feed"))
        await until(lambda: len(self.publisher.asked("/feed")) >= asked + 2)

    async def subscriber(self, topic: str = "Drone supply") -> User:
        """Let somebody press Start and tap a topic."""
        user = self.telegram.user(id=1001)
        await user.start()
        welcome = await user.next_message(PATIENCE)
        await user.tap(welcome, topic, PATIENCE)
        return user


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Make a world in which the service is not started yet."""
    async with FeedServer() as publisher, BotApiServer() as telegram:
        made = World(tmp_path, publisher, telegram)
        yield made
        await made.service.kill()
        assert not telegram.violations
        assert telegram.token not in made.service.output + made.service.errors
