"""Reads feeds: fetches them, and has what changed parsed in processes that can be killed."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, ParamSpec, Self, TypeVar
from urllib.parse import urljoin

from bot.errors import FeedError, FeedUnavailable, FeedUnreadable
from bot.feeds import worker
from bot.feeds.fetch import Document, Fetcher, FetchPolicy
from bot.models import Feed, ParsedFeed, Reading, Validators
from bot.ports import Clock
from bot.processes.pool import Processes
from bot.processes.worker import CallFailed

P = ParamSpec("P")
T = TypeVar("T")

USUAL_PLACES: Final = ("/feed/", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")
"""Where the feed of a site is that names none."""


PRELOAD: Final = ("bot.feeds.worker", "bot.feeds.parse")
"""What the processes that documents are parsed in load before they start."""

MOST_ENTRIES: Final = 2_000
"""How many entries of a document are read, unless the settings say otherwise."""


class FeedReader:
    """Reads feeds over the network; fulfils ``bot.ports.Reader``."""

    def __init__(
        self,
        policy: FetchPolicy,
        processes: Processes,
        clock: Clock,
        max_entries: int = MOST_ENTRIES,
    ) -> None:
        """Read by ``policy``, parse in ``processes``, at most ``max_entries`` of a document."""
        self._fetcher = Fetcher(policy, clock)
        self._processes = processes
        self._clock = clock
        self._max_entries = max_entries

    async def __aenter__(self) -> Self:
        """Give the reader; connections are made as they are needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the reader."""
        await self.close()

    async def close(self) -> None:
        """Close every connection for good; readings that still run fail."""
        await self._fetcher.close()

    async def read(self, feed: Feed) -> Reading:
        """Fetch and parse one feed; ``parsed`` is None when it had not changed.

        Raises FeedUnavailable, FeedUnreadable or FeedDeferred.
        """
        answer = await self._fetcher.get(feed.asked_at, feed.validators)
        parsed = await self._parsed(answer.document) if answer.document else None
        return Reading(
            validators=answer.validators,
            parsed=parsed,
            fresh_for=answer.fresh_for,
            moved_to=answer.moved_to,
        )

    async def discover(self, url: str) -> list[tuple[str, str]]:
        """Give the feeds, address and title, that are meant by ``url``; at most twenty.

        That is ``url`` itself where it is a feed; else those that the page there names; else the
        first that is at one of the usual places of its site.

        Raises FeedError where there is none.
        """
        answer = await self._fetcher.get(url, Validators())
        if answer.document is None:
            return []
        try:
            parsed = await self._parsed(answer.document)
        except FeedUnreadable as error:
            found = await self._linked(answer.document) or await self._guessed(answer.document)
            if not found:
                raise FeedUnreadable(f"{error}, and it leads to none") from error
            return found
        return [(answer.moved_to or url, parsed.title)]

    async def _linked(self, page: Document) -> list[tuple[str, str]]:
        return await self._run(
            worker.links, page.body, url=page.url, content_type=page.content_type
        )

    async def _guessed(self, page: Document) -> list[tuple[str, str]]:
        for place in USUAL_PLACES:
            address = urljoin(page.url, place)
            with suppress(FeedUnavailable, FeedUnreadable):
                answer = await self._fetcher.get(address, Validators())
                if answer.document is not None:
                    title = (await self._parsed(answer.document)).title
                    return [(answer.moved_to or address, title)]
        return []

    async def _parsed(self, document: Document) -> ParsedFeed:
        return await self._run(
            worker.read,
            document.body,
            url=document.url,
            content_type=document.content_type,
            max_entries=self._max_entries,
            now=self._clock.now(),
        )

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._processes.run(function, *args, **kwargs)
        except FeedError:
            raise
        except Exception as error:
            raise FeedUnreadable(self._explained(error)) from error

    def _explained(self, error: Exception) -> str:
        match error:
            case TimeoutError():
                return f"took longer than {self._processes.timeout:g} s to read and was stopped"
            case MemoryError():
                return "needed too much memory to read and was stopped"
            case EOFError():
                return "the parser ended while it read the document"
            case CallFailed():
                return f"the parser gave up on the document ({error})"
            case _:
                return f"no parser could be started ({type(error).__name__})"
