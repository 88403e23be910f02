"""The quick road beside feedparser's: where it serves a document, every story must be equal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

from bot.errors import FeedUnreadable
from bot.feeds import documents, jsonfeed, parse, quick
from bot.models import Entry, ParsedFeed
from tests.conformance.report import Report

SERVED: Final = 0.85
"""The part of the real documents that the quick road must serve at least."""

_MOST: Final = 2_000
_URL: Final = "https://news.example/feed"


async def roads(*folders: Path) -> Report:
    """Read every XML document of ``folders`` on both roads; the first holds the real ones."""
    began = monotonic()
    faults, table = [], [("folder", "documents", "served", "stories")]
    for folder in folders:
        readable = dict(_readable(folder))
        served = {name: known for name, data in readable.items() if (known := _quickly(data))}
        stories = sum(len(known[1]) for known in served.values())
        table.append((folder.name, str(len(readable)), str(len(served)), str(stories)))
        for name, known in served.items():
            faults += [f"{name}: {each}" for each in _differences(known, _slowly(readable[name]))]
        if folder is folders[0] and len(served) < SERVED * len(readable):
            faults.append(f"only {len(served)} of {len(readable)} documents took the quick road")
    return Report(
        name="the quick road",
        summary="equal to feedparser's where it serves" if not faults else "differs",
        seconds=monotonic() - began,
        faults=faults,
        table=table,
    )


def _readable(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.iterdir()):
        try:
            body = documents.unfolded(file.read_bytes())
            if file.name != "index.jsonl" and not jsonfeed.looks_like_json(body):
                yield file.name, documents.safe(body, "")
        except FeedUnreadable:
            continue


_Read = tuple[str, list[Entry]]


def _quickly(data: bytes) -> _Read | None:
    known = quick.fields(data, _MOST)
    return _read(*known) if known else None


def _slowly(data: bytes) -> _Read:
    feed, items, _ = parse._slow(data, _MOST)
    return _read(feed, items)


def _read(feed: Any, items: list[Any]) -> _Read:
    whole = ParsedFeed(title=feed.get("title") or "", lang=parse.language(feed.get("language")))
    now = datetime.now(UTC)
    return whole.title, [parse._entry(item, _URL, whole, now) for item in items[:_MOST]]


def _differences(quickly: _Read, slowly: _Read) -> Iterator[str]:
    if quickly[0] != slowly[0]:
        yield f"the feed's title is {quickly[0]!r}, by feedparser {slowly[0]!r}"
    if len(quickly[1]) != len(slowly[1]):
        yield f"{len(quickly[1])} entries, by feedparser {len(slowly[1])}"
    for found, expected in zip(*(entries for _, entries in (quickly, slowly)), strict=False):
        if found != expected:
            yield f"{found}, by feedparser {expected}"
