"""What does the route of a story cost, compared with only parsing the same documents?

It serves generated feeds of 30 stories on loopback, from a process whose work is not counted, and
polls them three times with the real pipeline: fetching, parsing processes, classifier, one chat
that follows every topic, SQLite store on disk. The second time nothing is new, and every feed
answers 304; the third time every tenth feed has one new story.

The yardstick is ``feedparser.parse`` with its default options over the same documents, one after
the other in this process: what the simplest reader of feeds would do each time. The ratios say
how many times the yardstick a round took; compare those between machines and versions, not the
seconds. CPU adds up this process and its parsers, so it may exceed the wall time on several
cores. Stories a second counts all stories of the documents that were looked after, new or not.

The parsers are started before the clock is. Their CPU is read from /proc; where there is none,
only this process is counted. Run it with ``python benchmarks/route.py [FEEDS]``: 50 feeds unless
given, at most 500.
"""

import asyncio
import io
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import feedparser
from _processes import cpu_used
from _tocsin import Found, opened, poll_all

from bot.models import Feed, Source
from config.settings import load
from tests.feedserver.documents import Item, atom, rss

ROOT: Final = Path(__file__).parents[1]
FEEDS: Final = 50
MOST_FEEDS: Final = 500
STORIES: Final = 30
"""Stories in one feed: about what real feeds hold."""

LIMIT: Final = 300.0
"""Seconds after which the rounds are given up; those of 50 feeds take about five."""

TEXT: Final = (
    "government minister talks border port factory drone drones Iran Russia Ukraine Kyiv sanctions "
    "package aid billion air defence ammunition export chips engines court market bank prices "
    "election police storm football final museum health school train strike union budget energy "
    "grain harvest river bridge city council mayor airport company workers shares report study"
)
WORDS: Final = TEXT.split()

Documents = dict[str, list[Item]]


# ── the documents, and who serves them ───────────────────────────────────────────────────────


def documents(feeds: int, luck: random.Random) -> Documents:
    """Give the items of each feed by the name of its file; RSS and Atom in turn."""
    names = (f"{number:03}.{'atom' if number % 2 else 'rss'}" for number in range(feeds))
    return {name: [item(f"{name}-{n}", luck) for n in range(STORIES)] for name in names}


def item(name: str, luck: random.Random) -> Item:
    """Make an item of random words, about as long as a real one."""
    paragraphs = (" ".join(luck.choices(WORDS, k=60)) for _ in range(4))
    return Item(
        guid=f"tag:news.example,2023:{name}",
        title=" ".join(luck.choices(WORDS, k=9)),
        summary=" ".join(luck.choices(WORDS, k=30)),
        link=f"https://news.example/{name}",
        date=datetime.now(UTC) - timedelta(minutes=luck.randrange(600)),
        body="".join(f'<p class="text">{text}</p>' for text in paragraphs),
    )


def write(folder: Path, changed: Documents) -> None:
    """Write documents into a folder."""
    for name, items in changed.items():
        render = atom if name.endswith(".atom") else rss
        (folder / name).write_bytes(render(items, title=name))


@asynccontextmanager
async def served(folder: Path, port: int = 0) -> AsyncIterator[tuple[int, int]]:
    """Serve a folder from a process of its own; give the port and the id of the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.feedserver.server", str(folder), str(port),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise RuntimeError("the feed server cannot be heard")
        first = (await process.stdout.readline()).decode()
        yield int(first.split("/")[2].split(":")[1]), process.pid
    finally:
        process.kill()
        await process.wait()


# ── the measuring ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one round took, in seconds, and how many stories were new in it."""

    name: str
    wall: float
    cpu: float
    new: int = 0


def yardstick(bodies: Sequence[bytes]) -> Figures:
    """Parse documents as the simplest reader would; the better of two times."""
    rounds = []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        for body in bodies:
            feedparser.parse(io.BytesIO(body))
        rounds.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = min(rounds)
    return Figures(name="feedparser alone", wall=wall, cpu=cpu)


async def measured(
    work: Callable[[], Coroutine[None, None, Found]], name: str, new: int, besides: int
) -> Figures:
    """Measure a round that brings ``new`` stories; the process ``besides`` is left out.

    Ends the program where the round brings others: its figures would mean nothing.
    """
    wall, cpu = time.perf_counter(), cpu_used(besides=besides)
    found = await work()
    wall, cpu = time.perf_counter() - wall, cpu_used(besides=besides) - cpu
    if found.new != new:
        sys.exit(f"{name}: {found.new} new stories, not {new}; {found.faults or 'no errors'}")
    return Figures(name=name, wall=wall, cpu=cpu, new=new)


# ── the rounds ───────────────────────────────────────────────────────────────────────────────


async def rounds(folder: Path, whole: Documents, luck: random.Random) -> list[Figures]:
    """Measure the three rounds."""
    settings = load(
        environ={
            "TOCSIN_SERVICE__DATA_DIR": str(folder / "data"),
            "TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.0/8"]',
        }
    )
    pages = folder / "pages"
    changed = {name: [item(f"{name}-new", luck), *whole[name][:-1]] for name in list(whole)[::10]}
    async with opened(settings) as route:
        measure = partial(measured, lambda: poll_all(route, settings.polling.concurrency))
        async with served(pages) as (port, server):
            sources = [Source(url=f"http://127.0.0.1:{port}/{name}") for name in whole]
            await route.store.sync_sources(sources, datetime.now(UTC))
            await route.reader.read(Feed(id=0, source=sources[0]))  # starts the parsers
            first = await measure("first reading", len(whole) * STORIES, server)
            second = await measure("unchanged", 0, server)
        write(pages, changed)
        async with served(pages, port) as (_, server):
            third = await measure("a tenth with a new story", len(changed), server)
    return [first, second, third]


def show(found: Sequence[Figures], stories: int) -> None:
    """Print the figures, the first of them as the yardstick of all."""
    unit = found[0]
    print(f"{'':26}{'new':>6}{'wall s':>9}{'CPU s':>9}{'stories/s':>11}{'wall':>8}{'CPU':>8}")
    for each in found:
        speed, wall, cpu = stories / each.wall, each.wall / unit.wall, each.cpu / unit.cpu
        print(
            f"{each.name:26}{each.new:6}{each.wall:9.3f}{each.cpu:9.3f}{speed:11.0f}"
            f"{wall:7.2f}x{cpu:7.2f}x"
        )


def main(feeds: int) -> None:
    """Measure, and print the figures."""
    luck = random.Random(30)
    whole = documents(feeds, luck)
    with TemporaryDirectory(prefix="tocsin-benchmark-") as name:
        pages = Path(name) / "pages"
        pages.mkdir()
        write(pages, whole)
        bodies = [file.read_bytes() for file in sorted(pages.iterdir())]
        size = sum(map(len, bodies)) / len(bodies) / 1024
        print(f"{feeds} feeds of {STORIES} stories, {size:.0f} KiB each, {os.cpu_count()} cores")
        unit = yardstick(bodies)
        found = asyncio.run(asyncio.wait_for(rounds(Path(name), whole, luck), LIMIT))
    show([unit, *found], feeds * STORIES)


if __name__ == "__main__":
    main(min(int(sys.argv[1]) if sys.argv[1:] else FEEDS, MOST_FEEDS))
