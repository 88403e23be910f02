"""Hostile feeds one by one beside twenty healthy ones: who suffers, and for how long?

The real route polls feeds on loopback every second, by the settings that come with the program.
For each attack this prints what came of it, after how long, how late the event loop was, how late
the healthy feeds were asked, and the memory of the service with all its processes. It exits with 1
where a limit is broken. Some minutes; with arguments, only the attacks whose names hold one.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from _attacks import ATTACKS
from _processes import memory_used
from _tocsin import opened

from bot.models import Source
from bot.pipeline import Pipeline, Polled
from bot.runtime.polling import Poller
from bot.tagging import MANY
from config.settings import Settings, load
from tests.builders import story

HEALTHY: Final = 20
INTERVAL: Final = 1.0  # seconds
FETCH_TIMEOUT: Final = 8.0  # seconds; less than by default, so that silence costs no half minutes

LAG_P99: Final = 0.100  # seconds
LAG_MAX: Final = 0.500
GONE_WITHIN: Final = 10.0
LATE: Final = 2.0
"""Seconds after which a healthy feed that is due is late: two looks into the database."""
GROWTH: Final = 1.10
SETTLING: Final = 3.0
"""Seconds that the service has between two attacks."""

MIB: Final = 2**20


class Lag:
    """Measures by how much the event loop is late."""

    def __init__(self) -> None:
        self._times: list[float] = []

    async def watch(self) -> None:
        """Measure for good."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self._times.append(time.perf_counter() - began - 0.005)

    def taken(self) -> tuple[float, float]:
        """Give the 99th percentile and the most since this was last called."""
        times, self._times = sorted(self._times), []
        return times[int(len(times) * 0.99)], times[-1]


@dataclass(slots=True)
class Trial:
    """One attack and what it did; times in seconds, memory in bytes."""

    name: str
    outcome: str = "nothing within its time"
    took: float = 0.0
    lag: tuple[float, float] = (0.0, 0.0)
    late: float = 0.0
    memory: tuple[int, int] = (0, 0)

    def faults(self) -> list[str]:
        """Give the limits that were broken."""
        grown = self.memory[1] / self.memory[0]
        broken = {
            f"lag p99 {self.lag[0] * 1000:.0f} ms": self.lag[0] > LAG_P99,
            f"lag {self.lag[1] * 1000:.0f} ms": self.lag[1] > LAG_MAX,
            f"gone after {self.took:.1f} s": self.took > GONE_WITHIN,
            f"healthy feeds {self.late:.1f} s late": self.late > LATE,
            f"memory times {grown:.2f}": grown > GROWTH,
        }
        return [fault for fault, holds in broken.items() if holds]

    def row(self) -> str:
        """Give what is printed."""
        before, after = (each / MIB for each in self.memory)
        figures = (
            f"{self.took:5.1f} s  {self.lag[0] * 1000:4.0f} {self.lag[1] * 1000:4.0f} ms  "
            f"{self.late:5.2f} s  {before:4.0f} {after:4.0f} MiB"
        )
        return f"{self.name:32}{figures}  {self.outcome}"


@dataclass(slots=True)
class Service:
    """The route at work, and the publisher that it reads from."""

    route: Pipeline
    publisher: asyncio.subprocess.Process
    hostile: str
    lag: Lag = field(default_factory=Lag)
    reports: dict[str, asyncio.Future[Polled]] = field(default_factory=dict)

    def report(self, polled: Polled) -> None:
        """Take what came of a poll."""
        awaited = self.reports.get(polled.feed.url)
        if awaited is not None and not awaited.done():
            awaited.set_result(polled)

    async def tried(self, number: int) -> Trial:
        """Let the service read one hostile feed, until it has failed or brought something."""
        trial = Trial(ATTACKS[number])
        before = memory_of_service(self.publisher)
        await self.lateness()
        self.lag.taken()
        url = f"{self.hostile}{number}"
        done = self.reports[url] = asyncio.get_running_loop().create_future()
        interval = timedelta(hours=1)
        await self.route.store.add_source(Source(url=url, interval=interval), datetime.now(UTC))
        began = time.monotonic()
        with suppress(TimeoutError):
            polled = await asyncio.wait_for(done, 60)
            trial.outcome = str(polled.error or f"{len(polled.stories)} stories")
            del polled  # its error holds on to all that it passed through
        trial.took = time.monotonic() - began
        del self.reports[url], done
        await asyncio.sleep(SETTLING)
        trial.lag, trial.late = self.lag.taken(), await self.lateness()
        await self.route.store.remove_feed(url)
        trial.memory = (before, memory_of_service(self.publisher))
        return trial

    async def lateness(self) -> float:
        """Give by how much a healthy feed was asked late at most, since this was last called."""
        if self.publisher.stdin is None or self.publisher.stdout is None:
            raise RuntimeError("the publisher has no pipes")
        self.publisher.stdin.write(b"\n")
        asked = json.loads(await self.publisher.stdout.readline())
        now = time.monotonic()
        gaps = [
            later - earlier
            for times in asked.values()
            for earlier, later in zip(times, [*times[1:], now], strict=True)
        ]
        silent = HEALTHY - len(asked)
        return max(gaps, default=0.0) - INTERVAL if not silent else float("inf")


def memory_of_service(publisher: asyncio.subprocess.Process) -> int:
    """Give what our processes hold, without the publisher's."""
    return memory_used(os.getpid()) - memory_used(publisher.pid)


def settings(folder: Path) -> Settings:
    """Give the settings of the program, but for the network and the patience with silence."""
    return load(
        environ={
            **os.environ,
            "TOCSIN_SERVICE__DATA_DIR": str(folder),
            "TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.0/8"]',
            "TOCSIN_POLLING__INTERVAL_MIN": str(INTERVAL),
            "TOCSIN_POLLING__TIMEOUT": str(FETCH_TIMEOUT),
        }
    )


@asynccontextmanager
async def publishing() -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Start the publisher; give it with the addresses of the healthy feeds and of the attacks."""
    script = str(Path(__file__).with_name("_attacks.py"))
    pipe = asyncio.subprocess.PIPE
    publisher = await asyncio.create_subprocess_exec(
        sys.executable, script, str(HEALTHY), stdin=pipe, stdout=pipe
    )
    if publisher.stdout is None:
        raise RuntimeError("the publisher has no pipe")
    lines = [await publisher.stdout.readline() for _ in range(HEALTHY + 2)]
    try:
        yield publisher, b"".join(lines).decode().split()
    finally:
        publisher.kill()
        await publisher.wait()


@asynccontextmanager
async def serving(made: Settings) -> AsyncIterator[Service]:
    """Start the service over the healthy feeds."""
    async with publishing() as (publisher, addresses), opened(made) as route:
        service = Service(route, publisher, addresses[-1])
        interval = timedelta(seconds=INTERVAL)
        sources = [Source(url=address, interval=interval) for address in addresses[:-1]]
        await route.store.sync_sources(sources, datetime.now(UTC))
        # A service at work has its process for many stories at once since its first readings.
        await route.tagger.tag([story(id=str(number)) for number in range(MANY)])
        poller = Poller(
            route,
            concurrency=made.polling.concurrency,
            per_host=made.polling.per_host,
            on_alerts=lambda: None,
            report=service.report,
        )
        async with asyncio.TaskGroup() as work:
            tasks = [work.create_task(each) for each in (poller.run(), service.lag.watch())]
            tasks.append(work.create_task(ticking(poller)))
            yield service
            for task in tasks:
                task.cancel()
        await poller.stop()


async def ticking(poller: Poller) -> None:
    """Wake the poller as the service does."""
    while True:
        await poller.tick()
        await asyncio.sleep(1)


async def main(wanted: list[str]) -> int:
    """Try every attack; give the exit code."""
    faulty = 0
    with tempfile.TemporaryDirectory() as folder:
        async with serving(settings(Path(folder))) as service:
            await asyncio.sleep(4 * SETTLING)
            print(f"{'attack':34}took   lag p99, max   late      memory  what came of it")
            for number, name in enumerate(ATTACKS):
                if wanted and not any(each in name for each in wanted):
                    continue
                trial = await service.tried(number)
                print(trial.row(), *trial.faults(), sep="  !! ", flush=True)
                faulty += bool(trial.faults())
    print(f"{faulty} attacks broke a limit" if faulty else "every limit held")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
