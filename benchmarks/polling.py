"""How fast is a whole poll, beside a peer that does less, and how does its cost grow?

Peers: 1,000 feeds of 30 stories are read by this project (fetched, parsed, tagged, matched against
the topics and 300 keyword topics of a chat, stored) and by lemon24/reader (``update_feeds`` with
ten workers: fetched, parsed, stored). All is new the first time, which alerts nobody; then nothing
is, and every feed answers 304; then every tenth feed has one new story. The last two are done three
times, and their medians shown. The two take turns and read the same documents; each has a process,
a memory and a folder of its own, started before the clock is.

Growth: this project alone, the first reading and the unchanged one, with half as many feeds, then
a tenth, as many, two and a half times and five times as many, each in a store of its own; what one
feed costs is held against its cost among half as many, which are 500 unless told otherwise.

The publishers are a process of their own that answers from memory and over several ports: its
work is not counted, and must be small, since it takes a core from those that are measured. One
server would not do either: readers hold back before a host of which they ask too much.

Compare the ratios between machines and versions, not the seconds. CPU adds up all processes of a
side; so does memory, where what they share counts once (PSS), as the most that was seen in a round.
It ends with exit code 1 where a side found other stories than were new, or asked for a whole
document that it had: such figures would mean nothing. ``python benchmarks/polling.py [FEEDS]
[--only peers|growth]``, with 20 to 2,000 feeds.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from _documents import STORIES
from _processes import Peak

HERE: Final = Path(__file__).parent
SIDES: Final = ("tocsin", "reader")
FEEDS: Final = 1_000
FEWEST, MOST = 20, 2_000
GROWTH: Final = (0.5, 0.1, 1.0, 2.5, 5.0)
"""How many times the feeds growth is measured with; the others are held against the first."""

TIMES: Final = 3
"""How often the short rounds are done."""
LIMIT: Final = 600.0
"""Seconds after which one round, or a start, is given up; the longest takes about a hundred."""
PATIENCE: Final = 10.0
"""Seconds that a process has to end by itself."""


# ── processes that are asked ─────────────────────────────────────────────────────────────────


class Child:
    """A process of ours that answers each line with a line."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process

    async def ask(self, command: str) -> str:
        """Give the answer to a command; ends the program where none comes."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{command}\n".encode())
        return await self.line()

    async def line(self) -> str:
        """Give the next line that it writes, without its end."""
        if self._process.stdout is None:
            raise RuntimeError(f"{self.name} cannot be heard")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), LIMIT)
        except TimeoutError:
            sys.exit(f"{self.name} took longer than {LIMIT:g} s and was ended")
        if not line:
            sys.exit(f"{self.name} ended before its time")
        return line.decode().rstrip("\n")

    async def end(self) -> None:
        """Let it end, and end all that it started."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def started(module: str, argument: str) -> AsyncIterator[Child]:
    """Run one of the modules beside this one, in a group of processes of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HERE / f"_{module}.py"), argument),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    child = Child(module, process)
    try:
        yield child
    finally:
        await child.end()


@asynccontextmanager
async def published(feeds: int) -> AsyncIterator[tuple[Child, list[str]]]:
    """Serve feeds; give who does, and their addresses."""
    async with started("publishers", str(feeds)) as publishers:
        addresses = []
        while address := await publishers.line():
            addresses.append(address)
        yield publishers, addresses


@asynccontextmanager
async def side(name: str, addresses: Sequence[str]) -> AsyncIterator[Child]:
    """Start a side that has not read its feeds yet."""
    with TemporaryDirectory(prefix="tocsin-benchmark-") as folder:
        (Path(folder) / "addresses").write_text("\n".join(addresses))
        async with started(name, folder) as child:
            await child.line()
            yield child


# ── a round ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a round took: seconds, and bytes at its peak; and what it brought."""

    wall: float
    cpu: float
    memory: float
    new: int
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a round must bring: so many new stories, and so many documents that had changed."""

    new: int
    changed: int
    feeds: int


async def measured(reader: Child, publishers: Child, expected: Expected) -> Figures:
    """Let a side read all feeds once; ends the program where that brings something else."""
    await publishers.ask("answers")
    peak = Peak(reader.pid)
    watching = asyncio.create_task(peak.watch())
    try:
        found = json.loads(await reader.ask("round"))
    finally:
        watching.cancel()
    peak.look()
    answers = json.loads(await publishers.ask("answers"))
    _check(reader.name, found, answers, expected)
    del found["faults"]
    return Figures(memory=peak.most, **found)


def _check(
    name: str, found: dict[str, object], answers: dict[str, int], expected: Expected
) -> None:
    wanted = {"200": expected.changed, "304": expected.feeds - expected.changed}
    if found["new"] != expected.new:
        why = found["faults"] or "no errors"
        sys.exit(f"{name}: {found['new']} new stories instead of {expected.new}; {why}")
    if answers != {status: count for status, count in wanted.items() if count}:
        sys.exit(f"{name}: the publishers answered {answers} instead of {wanted}")


def middle(rounds: Sequence[Figures]) -> Figures:
    """Give the figures in the middle of several rounds, and the most memory."""
    return Figures(
        wall=median(each.wall for each in rounds),
        cpu=median(each.cpu for each in rounds),
        memory=max(each.memory for each in rounds),
        new=rounds[0].new,
        alerts=rounds[0].alerts,
    )


# ── beside a peer ────────────────────────────────────────────────────────────────────────────


async def peers(feeds: int) -> None:
    """Measure both sides in turn, and print their figures."""
    async with AsyncExitStack() as stack:
        publishers, addresses = await stack.enter_async_context(published(feeds))
        sides = [await stack.enter_async_context(side(name, addresses)) for name in SIDES]
        print(f"\n{'':26}{'':10}{'new':>7}{'alerts':>8}{'wall s':>10}{'CPU s':>10}{'PSS MiB':>10}")
        first = Expected(new=feeds * STORIES, changed=feeds, feeds=feeds)
        compare("first reading", [[await measured(each, publishers, first) for each in sides]])
        same = Expected(new=0, changed=0, feeds=feeds)
        rounds = [[await measured(each, publishers, same) for each in sides] for _ in range(TIMES)]
        compare("unchanged", rounds)
        rounds = []
        for tenth in range(TIMES):
            new = int(await publishers.ask(f"turn {tenth}"))
            some = Expected(new=new, changed=new, feeds=feeds)
            rounds.append([await measured(each, publishers, some) for each in sides])
        compare("a tenth with a new story", rounds)


def compare(name: str, rounds: Sequence[Sequence[Figures]]) -> None:
    """Print a kind of round: both sides, and how many times our cost the peer's is."""
    ours, theirs = (middle(each) for each in zip(*rounds, strict=True))
    for who, each in zip(SIDES, (ours, theirs), strict=True):
        print(
            f"{name:26}{who:10}{each.new:7}{each.alerts:8}{each.wall:10.3f}{each.cpu:10.3f}"
            f"{each.memory / 2**20:10.0f}"
        )
    ratios = [theirs.wall / ours.wall, theirs.cpu / ours.cpu, theirs.memory / (ours.memory or 1)]
    print(f"{'':26}{'ratio':10}{'':15}" + "".join(f"{ratio:9.2f}x" for ratio in ratios), flush=True)


# ── growth ───────────────────────────────────────────────────────────────────────────────────


async def growth(feeds: int) -> None:
    """Measure our side with ever more feeds, and print what one feed costs."""
    sizes = [int(feeds * factor) for factor in GROWTH]
    units: list[Figures] = []
    print(f"\n{'':26}{'feeds':>7}{'wall ms':>10}{'CPU ms':>10}{'PSS MiB':>10}{'wall':>9}{'CPU':>9}")
    async with published(max(sizes)) as (publishers, addresses):
        for size in sizes:
            async with side(SIDES[0], addresses[:size]) as ours:
                new = Expected(new=size * STORIES, changed=size, feeds=size)
                same = Expected(new=0, changed=0, feeds=size)
                first = await measured(ours, publishers, new)
                rounds = [await measured(ours, publishers, same) for _ in range(TIMES)]
            found = [of_one(first, size), of_one(middle(rounds), size)]
            units = units or found
            show_growth("first reading, of a feed", size, found[0], units[0])
            show_growth("unchanged, of a feed", size, found[1], units[1])


def of_one(figures: Figures, feeds: int) -> Figures:
    """Give the seconds of one feed among several; memory stays that of all."""
    return replace(figures, wall=figures.wall / feeds, cpu=figures.cpu / feeds)


def show_growth(name: str, feeds: int, each: Figures, unit: Figures) -> None:
    """Print what one feed cost among how many, beside its cost among the first number of them."""
    print(
        f"{name:26}{feeds:7}{each.wall * 1000:10.3f}{each.cpu * 1000:10.3f}"
        f"{each.memory / 2**20:10.0f}{each.wall / unit.wall:8.2f}x{each.cpu / unit.cpu:8.2f}x",
        flush=True,
    )


PARTS: Final = {"peers": peers, "growth": growth}


async def main(feeds: int, parts: Sequence[str]) -> None:
    """Measure, and print the figures."""
    print(f"{feeds} feeds of {STORIES} stories, {os.cpu_count()} cores", flush=True)
    for part in parts:
        await PARTS[part](feeds)


def understood(arguments: Sequence[str]) -> tuple[int, list[str]]:
    """Give the number of feeds and the parts that are wanted."""
    parser = argparse.ArgumentParser(description="How fast is a whole poll?")
    parser.add_argument("feeds", nargs="?", type=int, default=FEEDS, help=f"{FEEDS} unless given")
    parser.add_argument("--only", choices=list(PARTS), help="one part of the two")
    given = parser.parse_args(arguments)
    if not FEWEST <= given.feeds <= MOST:
        parser.error(f"between {FEWEST} and {MOST:,} feeds, please")
    return given.feeds, [given.only] if given.only else list(PARTS)


if __name__ == "__main__":
    # Also when it is told to end, what it started ends and its folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    asyncio.run(main(*understood(sys.argv[1:])))
