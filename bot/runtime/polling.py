"""Keeps feeds read: one tick looks for what is due, each due feed is read in a task of its own."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from bot.models import Feed
from bot.pipeline import Pipeline, Polled

log = logging.getLogger(__name__)

TIME_LIMIT: Final = 180.0  # seconds for a whole poll; fetching and parsing have limits of their own
PAUSE: Final = 30.0  # seconds that a feed rests after a poll that broke off for reasons of ours


class Poller:
    """Polls the feeds that are due, at most ``concurrency`` at once.

    ``report`` is called with what came of each poll.
    """

    def __init__(
        self, pipeline: Pipeline, *, concurrency: int, report: Callable[[Polled], None]
    ) -> None:
        self._pipeline = pipeline
        self._concurrency = concurrency
        self._report = report
        self._wake = asyncio.Event()
        self._polls: dict[int, asyncio.Task[None]] = {}

    async def tick(self) -> None:
        """Look whether something is due."""
        self._wake.set()

    async def run(self) -> None:
        """Start the polls that fall due, for good."""
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._start_due()

    async def stop(self) -> None:
        """Break off the polls under way; each is one transaction, so nothing is half done."""
        polls = list(self._polls.values())
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)

    async def _start_due(self) -> None:
        free = self._concurrency - len(self._polls)
        if free <= 0:
            return
        now = self._pipeline.clock.now()
        due = await self._pipeline.store.due_feeds(now, self._concurrency + free)
        for feed in [feed for feed in due if feed.id not in self._polls][:free]:
            task = asyncio.create_task(self._poll(feed))
            self._polls[feed.id] = task
            task.add_done_callback(partial(self._done, feed.id))

    def _done(self, feed_id: int, _: asyncio.Task[None]) -> None:
        del self._polls[feed_id]
        self._wake.set()

    async def _poll(self, feed: Feed) -> None:
        try:
            async with asyncio.timeout(TIME_LIMIT):
                self._report(await self._pipeline.poll(feed))
        except Exception:
            log.exception("the poll of %s broke off", feed.url)
            await self._pipeline.clock.sleep(PAUSE)
