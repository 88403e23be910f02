"""One process that does everything: reads feeds, delivers alerts, answers chats.

APScheduler holds a few fixed jobs in memory; what is due lies in the database. The ticks only
wake two supervised loops: a time limit of a job that cancelled a send in the air would leave
nobody knowing whether it arrived.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import TelegramRefused, TocsinError
from bot.runtime.delivering import Deliverer
from bot.runtime.polling import TICK, Poller

log = logging.getLogger(__name__)

SWEEP: Final = timedelta(minutes=1)
RESTART_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
"""Seconds before a part that failed starts again: doubled each time, up to the longest, so that
a full disk fills no log; a part that ran well in between begins with the shortest anew."""

GRACE: Final = 3.5  # seconds for sends in the air at a stop: at most four, and five for all of it


class Standalone:
    """The service of one process.

    ``background`` are further parts that run for as long as the service does, each restarted
    after a pause should it fail; ``prepare`` is awaited before the first feed is read, while
    everything else already runs.
    """

    def __init__(
        self,
        *,
        poller: Poller,
        deliverer: Deliverer,
        background: Sequence[Callable[[], Awaitable[None]]] = (),
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._poller = poller
        self._deliverer = deliverer
        self._background = background
        self._prepare = prepare

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then end within five seconds with nothing lost.

        Raises TelegramRefused when Telegram does not accept the bot token.
        """
        scheduler = self._schedule()
        parts = [self._read_feeds, self._deliverer.run, *self._background]
        tasks = [asyncio.create_task(supervise(part)) for part in parts]
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            scheduler.shutdown(wait=False)
            stopped.cancel()
            await self._wind_down(tasks)
        for task in done - {stopped}:
            task.result()

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for tick in (self._poller.tick, self._deliverer.tick):
            scheduler.add_job(tick, "interval", seconds=TICK.total_seconds())
        scheduler.add_job(self._deliverer.sweep, "interval", seconds=SWEEP.total_seconds())
        scheduler.start()
        return scheduler

    async def _read_feeds(self) -> None:
        if self._prepare is not None:
            await self._prepare()
        await self._poller.run()

    async def _wind_down(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        # Together: five seconds are all that there is.
        endings = (self._poller.stop(), self._deliverer.stop(GRACE))
        await asyncio.gather(*tasks, *endings, return_exceptions=True)


async def supervise(part: Callable[[], Awaitable[None]]) -> None:
    """Run a part of the service for good: when it fails, say so, pause, and start it again.

    Raises TelegramRefused: no pause mends a wrong token.
    """
    pause = RESTART_PAUSE
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await part()
        except TelegramRefused:
            raise
        except TocsinError as error:
            log.error("%s; trying again in %g s", error, pause)  # noqa: TRY400 - it is told
        except Exception:
            log.exception("a part of the service failed; it starts again in %g s", pause)
        await asyncio.sleep(pause)
        ran = asyncio.get_running_loop().time() - began
        pause = RESTART_PAUSE if ran > 2 * LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
