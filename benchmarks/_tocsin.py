"""This project's side: the real route of a story, wired by the settings.

Run with a folder that holds the file ``addresses``, it keeps its data there, says that it is
ready, and for each line on its standard input polls all feeds once, as the service does: fetched,
parsed, tagged, matched against the subscriptions of a chat, and stored with their alerts. It
answers each with the figures of that round as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import _documents
from _processes import cpu_used

from bot import app
from bot.console import ConsoleSender
from bot.models import CONSOLE, ChatKind, Feed, Source
from bot.pipeline import Pipeline, Polled
from bot.tagging import ModelTagger, find_model
from config.settings import Settings, load

KEYWORD_TOPICS: Final = 300


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Pipeline]:
    """Wire the real route, with one chat that follows every topic."""
    async with (
        app.opened(settings) as store,
        app.parsers(settings) as parsers,
        app.feed_reader(settings, parsers) as reader,
        app.taggers() as taggers,
    ):
        tagger = ModelTagger(find_model(settings), taggers)
        await store.ensure_chat(CONSOLE, ChatKind.CONSOLE, datetime.now(UTC))
        await store.follow(CONSOLE, 0, [topic.name for topic in tagger.topics])
        yield app.pipeline(settings, store, reader, tagger, ConsoleSender(str))


@dataclass(slots=True)
class Found:
    """What polls brought. The stories are counted only: held, they would pass for our memory."""

    new: int = 0
    alerts: int = 0
    faults: set[str] = field(default_factory=set)

    def add(self, polled: Polled) -> None:
        """Count what one poll brought."""
        self.new += len(polled.stories)
        self.alerts += polled.alerts
        if polled.error is not None:
            self.faults.add(str(polled.error))


async def poll_all(route: Pipeline, at_once: int) -> Found:
    """Poll every feed of the store, ``at_once`` at the same time, as the service does."""
    places, found = asyncio.Semaphore(at_once), Found()

    async def one(feed: Feed) -> None:
        async with places:
            found.add(await route.poll(feed))

    await asyncio.gather(*(one(feed) for feed in await route.store.feeds()))
    return found


async def prepare(route: Pipeline, addresses: list[str]) -> None:
    """Store feeds and keyword topics, and have the parsers started, as in a service at work."""
    sources = [Source(url=address) for address in addresses]
    await route.store.sync_sources(sources, datetime.now(UTC))
    for number, query in enumerate(_documents.queries(KEYWORD_TOPICS)):
        await route.store.save_keyword_topic(CONSOLE, 0, f"topic {number}", query)
    await route.reader.read(Feed(id=0, source=sources[0]))


async def measured(route: Pipeline, at_once: int) -> dict[str, object]:
    """Poll all feeds once and give what that took and brought."""
    wall, cpu = time.perf_counter(), cpu_used()
    found = await poll_all(route, at_once)
    wall, cpu = time.perf_counter() - wall, cpu_used() - cpu
    return {
        "wall": wall,
        "cpu": cpu,
        "new": found.new,
        "alerts": found.alerts,
        "faults": sorted(found.faults)[:3],
    }


async def main(folder: Path) -> None:
    """Measure a round for each line of the input."""
    settings = load(
        environ={
            "TOCSIN_SERVICE__DATA_DIR": str(folder),
            "TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.0/8"]',
            # Here a few hosts stand for the many of real feeds.
            "TOCSIN_POLLING__PER_HOST": "100",
        }
    )
    addresses = (folder / "addresses").read_text().split()
    async with opened(settings) as route:
        await prepare(route, addresses)
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await measured(route, settings.polling.concurrency)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
