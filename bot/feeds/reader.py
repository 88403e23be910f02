"""Reads feeds: fetches them, and parses what changed in processes that can be killed."""

import asyncio
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from bot.errors import FeedUnreadable
from bot.feeds import processes, worker
from bot.feeds.fetch import Document, Fetcher, FetchPolicy
from bot.models import Feed, ParsedFeed, Reading
from bot.ports import Clock

SLACK: Final = 5.0
"""Seconds beyond its limit that ending and replacing a process may take on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsePolicy:
    """How documents are parsed: by how many processes, within how many seconds, how much of it."""

    workers: int = 1
    timeout: float = 10.0
    max_entries: int = 2_000


class FeedReader:
    """Reads feeds over the network; fulfils ``bot.ports.Reader``."""

    def __init__(self, fetching: FetchPolicy, parsing: ParsePolicy, clock: Clock) -> None:
        self._fetcher = Fetcher(fetching, clock)
        self._parsing = parsing
        self._clock = clock
        self._pool: ProcessPool | None = None
        self._works: set[ProcessFuture[ParsedFeed]] = set()
        self._starting = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        """Give the reader; processes are started as they are needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the reader."""
        await self.close()

    async def close(self) -> None:
        """Close every connection and end every process for good; readings that still run fail."""
        await self._fetcher.close()
        async with self._starting:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(processes.ended, pool)
        for work in self._works:
            if not work.done():
                work.set_exception(BrokenProcessPool("the reader was closed"))

    async def read(self, feed: Feed) -> Reading:
        """Fetch and parse one feed; ``parsed`` is None when it had not changed.

        Raises FeedUnavailable or FeedUnreadable.
        """
        answer = await self._fetcher.get(feed.url, feed.validators)
        parsed = await self._parsed(answer.document) if answer.document else None
        return Reading(validators=answer.validators, parsed=parsed)

    async def _parsed(self, document: Document) -> ParsedFeed:
        try:
            pool = await self._running_pool()
            return await self._finished(self._scheduled(pool, document))
        except FeedUnreadable:
            raise
        except Exception as error:
            raise FeedUnreadable(self._explained(error)) from error

    def _scheduled(self, pool: ProcessPool, document: Document) -> ProcessFuture[ParsedFeed]:
        return pool.schedule(
            worker.read,
            args=(document.body,),
            kwargs={
                "url": document.url,
                "content_type": document.content_type,
                "max_entries": self._parsing.max_entries,
                "now": self._clock.now(),
            },
            timeout=self._parsing.timeout,
        )

    async def _finished(self, work: ProcessFuture[ParsedFeed]) -> ParsedFeed:
        self._works.add(work)
        # The pool holds the limit; this one is for a pool that breaks with works in its queue.
        patience = (self._parsing.timeout + SLACK) * len(self._works)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.wrap_future(work)
        finally:
            self._works.discard(work)

    def _explained(self, error: Exception) -> str:
        match error:
            case TimeoutError():
                return f"took longer than {self._parsing.timeout:g} s to read and was stopped"
            case MemoryError():
                return "needed too much memory to read and was stopped"
            case ProcessExpired() | BrokenProcessPool():
                return "the parser ended while it read the document"
            case _:
                return f"the parser gave up on the document ({type(error).__name__})"

    async def _running_pool(self) -> ProcessPool:
        """Give the pool; a new one where it broke, as it does when an idle process is killed."""
        async with self._starting:
            if self._closed:
                raise BrokenProcessPool("the reader is closed")
            broken = self._pool
            if broken is not None and broken.active:
                return broken
            self._pool = await asyncio.to_thread(processes.started, self._parsing.workers)
            if broken is not None:
                await asyncio.to_thread(processes.ended, broken)
            return self._pool
