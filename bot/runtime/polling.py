"""Keeps feeds read: one tick looks for what is due, each due feed is read in a task of its own."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.errors import FeedDeferred, TocsinError
from bot.models import Feed
from bot.pipeline import Pipeline, Polled
from bot.rules.polling import FLOOR, host_of

log = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=1)
"""Between two looks into the database for what is due."""

PAGE: Final = 256
"""Due feeds that are asked for at once; the next ones when these are under way."""

TIME_LIMIT: Final = 180.0  # seconds for a whole poll; fetching and parsing have limits of their own
PAUSE: Final = FLOOR.total_seconds()
"""Seconds that a feed rests after a poll that broke off for reasons of ours: nothing was stored,
and so its publisher is asked for the whole document again."""


class Poller:
    """Polls the feeds that are due, at most ``concurrency`` at once and few of one host.

    ``per_host`` is how many requests a host is sent at once; up to twice as many of its feeds are
    under way, but no more than half of all: a slow host with many feeds never holds all places.
    ``on_alerts`` is called when a poll brought alerts, ``report`` with what came of every poll.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        concurrency: int,
        per_host: int,
        on_alerts: Callable[[], None],
        report: Callable[[Polled], None] = lambda _: None,
    ) -> None:
        self._pipeline = pipeline
        self._concurrency = concurrency
        self._of_one_host = min(2 * per_host, max(concurrency // 2, 1))
        self._report = report
        self._on_alerts = on_alerts
        self._wake = asyncio.Event()
        self._polls: dict[int, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()
        self._soon: list[Feed] = []
        self._look = True
        self._timer: asyncio.TimerHandle | None = None

    async def tick(self) -> None:
        """Look into the database whether something is due."""
        self._look = True
        self._wake.set()

    async def run(self) -> None:
        """Start the polls that fall due, for good."""
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._start_due()
            while self._look and len(self._polls) < self._concurrency:
                await self._look_ahead()
                self._start_due()

    async def stop(self) -> None:
        """Break off the polls under way; each is one transaction, so nothing is half done."""
        polls = list(self._polls.values())
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)

    async def _look_ahead(self) -> None:
        """Ask for what is due, and a tick ahead, so that it is read at its time."""
        now = self._pipeline.clock.now()
        # A poll that ends while we ask must not be started again by what we were told before.
        busy = set(self._polls)
        full = {host for host, polls in self._hosts.items() if polls >= self._of_one_host}
        # Those being read are still due, and lead the list.
        most = PAGE + len(busy)
        page = await self._pipeline.store.due_feeds(now + TICK, most, full)
        waiting = [feed for feed in self._soon if host_of(feed.asked_at) in full]
        self._soon = waiting + [feed for feed in page if feed.id not in busy]
        self._look = len(page) == most and self._is_due(page[-1], now)

    def _start_due(self) -> None:
        now = self._pipeline.clock.now()
        left = []
        for feed in self._soon:
            if not (self._is_due(feed, now) and self._has_place(feed)):
                left.append(feed)
                continue
            self._start(feed)
        self._soon = left
        later = [feed.next_due for feed in left if feed.next_due and feed.next_due > now]
        self._wake_at(min(later, default=None), now)

    @staticmethod
    def _is_due(feed: Feed, now: datetime) -> bool:
        return feed.next_due is None or feed.next_due <= now

    def _has_place(self, feed: Feed) -> bool:
        of_its_host = self._hosts[host_of(feed.asked_at)]
        return len(self._polls) < self._concurrency and of_its_host < self._of_one_host

    def _start(self, feed: Feed) -> None:
        host = host_of(feed.asked_at)
        self._hosts[host] += 1
        self._polls[feed.id] = task = asyncio.create_task(self._poll(feed))
        task.add_done_callback(partial(self._done, feed.id, host))

    def _wake_at(self, when: datetime | None, now: datetime) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if when is not None:
            seconds = (when - now).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(seconds, self._wake.set)

    def _done(self, feed_id: int, host: str, _: asyncio.Task[None]) -> None:
        del self._polls[feed_id]
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
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
    """Tell once that a feed began to fail, and once that it is back; and of each flood."""
    name = polled.feed.source.name or polled.feed.url
    if polled.flood:
        log.warning("%s renamed what it had, or brought very much: only what is newer rings", name)
    if isinstance(polled.error, FeedDeferred):
        log.info("%s is not asked now: %s", name, polled.error)
    elif polled.error is not None and polled.feed.failures == 0:
        log.warning("%s cannot be read: %s", name, polled.error)
    elif polled.error is None and polled.feed.failures:
        log.info("%s is back after %d failures", name, polled.feed.failures)
