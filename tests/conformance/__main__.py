"""Holds the program to what was agreed, on material that does not lie in the repository.

Run it with ``make conformance``, or ``python -m tests.conformance [FOLDER]``; FOLDER holds
``feeds/`` and ``eval/`` and is ``../shared`` beside the repository unless given. It runs the real
commands in processes of their own, prints what each check found, and ends with exit code 1 where
one failed. Every command has a time limit, so it ends whatever they do.
"""

import asyncio
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path
from time import monotonic

from tests.conformance import again, classifier, feeds, roads
from tests.conformance.report import Report
from tests.journey.service import ROOT


def checks(shared: Path) -> Iterator[Awaitable[Report]]:
    """Give the checks, each to be awaited before the next is asked for."""
    yield feeds.real(shared / "feeds" / "real")
    yield again.again(shared / "feeds" / "real")
    yield feeds.hard(shared / "feeds" / "hard")
    yield roads.roads(shared / "feeds" / "real", shared / "feeds" / "hard")
    yield classifier.seed(shared / "eval" / "seed.jsonl")
    yield classifier.evaluation(shared / "eval" / "dev.jsonl")
    yield classifier.events(shared / "eval" / "events_dev.jsonl")


async def main(shared: Path) -> int:
    """Run every check, one after the other; give the exit code."""
    began = monotonic()
    failed = []
    for check in checks(shared):
        report = await check
        sys.stdout.write(f"{report}\n")
        sys.stdout.flush()
        failed += [report.name] if report.faults else []
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all good"
    sys.stdout.write(f"{verdict}, {monotonic() - began:.0f} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    given = Path(*sys.argv[1:2]) if sys.argv[1:] else ROOT.parent / "shared"
    if not (given / "feeds").is_dir():
        sys.exit(f"{given} holds no feeds: name the folder that does")
    sys.exit(asyncio.run(main(given)))
