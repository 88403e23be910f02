"""Keeps feeds read: one tick looks for what is due, each due feed is read in a task of its own."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.errors import TocsinError
from bot.models import Feed
from bot.pipeline import Pipeline, Polled
from bot.rules.polling import FLOOR

log = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=1)
"""Between two looks into the database for what is due."""

TIME_LIMIT: Final = 180.0  # seconds for a whole poll; fetching and parsing have limits of their own
PAUSE: Final = FLOOR.total_seconds()
"""Seconds that a feed rests after a poll that broke off for reasons of ours: nothing was stored,
and so its publisher is asked for the whole document again."""


class Poller:
    """Polls the feeds that are due, at most ``concurrency`` at once.

    ``on_alerts`` is called when a poll brought alerts, ``report`` with what came of every poll.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        concurrency: int,
        on_alerts: Callable[[], None],
        report: Callable[[Polled], None] = lambda _: None,
    ) -> None:
        self._pipeline = pipeline
        self._concurrency = concurrency
        self._report = report
        self._on_alerts = on_alerts
        self._wake = asyncio.Event()
        self._polls: dict[int, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

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
        # A poll that ends while we ask must not be started again by what we were told before.
        busy = set(self._polls)
        # A tick ahead, so that what falls due between two ticks is read at its time.
        soon = await self._pipeline.store.due_feeds(now + TICK, self._concurrency + free)
        idle = [feed for feed in soon if feed.id not in busy]
        due = [feed for feed in idle if feed.next_due is None or feed.next_due <= now]
        for feed in due[:free]:
            task = asyncio.create_task(self._poll(feed))
            self._polls[feed.id] = task
            task.add_done_callback(partial(self._done, feed.id))
        later = [feed.next_due for feed in idle if feed.next_due and feed.next_due > now]
        self._wake_at(min(later, default=None), now)

    def _wake_at(self, when: datetime | None, now: datetime) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if when is not None:
            seconds = (when - now).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(seconds, self._wake.set)

    def _done(self, feed_id: int, _: asyncio.Task[None]) -> None:
        del self._polls[feed_id]
        self._wake.set()

    async def _poll(self, feed: Feed) -> None:
        try:
            async with asyncio.timeout(TIME_LIMIT):
                polled = await self._pipeline.poll(feed)
            _log_change(polled)
            self._report(polled)
            if polled.alerts:
                self._on_alerts()
        except TocsinError as error:
            log.error("the poll of %s broke off: %s", feed.url, error)  # noqa: TRY400 - it is told
            await self._pipeline.clock.sleep(PAUSE)
        except Exception:
            log.exception("the poll of %s broke off", feed.url)
            await self._pipeline.clock.sleep(PAUSE)


def _log_change(polled: Polled) -> None:
    """Tell once that a feed began to fail, and once that it is back."""
    name = polled.feed.source.name or polled.feed.url
    if polled.error is not None and polled.feed.failures == 0:
        log.warning("%s cannot be read: %s", name, polled.error)
    elif polled.error is None and polled.feed.failures:
        log.info("%s is back after %d failures", name, polled.feed.failures)
