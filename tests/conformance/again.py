"""A document that is read a second time holds no new story, also where it looks like a new one."""

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.conformance.command import run
from tests.conformance.report import Report
from tests.feedserver.server import TYPES, FeedServer

LIMIT: Final = 60.0
"""Seconds for one reading of all feeds; it needs about 5 on two idle cores."""

_OTHER: Final = b"\n\n"
"""Behind a document it changes the document's hash, so that it is parsed again, and no story."""


async def again(folder: Path) -> Report:
    """Read every feed of ``folder`` twice into one database, changed to the byte in between."""
    files = _documents(folder)
    async with FeedServer() as server:
        with TemporaryDirectory(prefix="tocsin-conformance-") as name:
            env = {
                "TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.0/8"]',
                "TOCSIN_POLLING__PER_HOST": "16",
                "TOCSIN_FEEDS": json.dumps([{"url": server.url(f"/{f.name}")} for f in files]),
            }
            rounds = []
            for addition in (b"", _OTHER):
                for file in files:
                    kind = TYPES.get(file.suffix, "application/rss+xml")
                    body = file.read_bytes() + addition
                    server.serve(f"/{file.name}", body, content_type=kind)
                rounds.append(
                    await run("poll", "--all", "--json", limit=LIMIT, env=env, data=Path(name))
                )
    first, second = rounds
    asked = Counter(request.path for request in server.requests)
    faults = [*first.faults(), *second.faults()]
    faults += [f"{line['feed']}: new again: {line['title']}" for line in second.records]
    faults += [f"{path} was asked for {n} times" for path, n in asked.items() if n != len(rounds)]
    if not first.records:
        faults.append("the first reading brought nothing")
    return Report(
        name="read again",
        summary=(
            f"{len(first.records)} stories of {len(files)} feeds, "
            f"{len(second.records)} new ones at the second reading"
        ),
        seconds=first.seconds + second.seconds,
        faults=faults,
    )


def _documents(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix != ".jsonl")
