"""What the commands of the service do, once the command line has understood them."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import ValidationError

from bot import app, tagging
from bot.commands.printing import Advance, Checked
from bot.console import ConsoleSender
from bot.errors import FeedError, FeedUnreadable, StorageError, UsageError
from bot.feeds import opml
from bot.feeds.reader import FeedReader
from bot.models import Feed, Source
from bot.pipeline import Pipeline, Polled
from bot.ports import Reader
from bot.storage import backups
from bot.storage.dialects import parse_url
from bot.storage.store import SqlStore
from config.faults import faults_of
from config.settings import FeedSettings, Settings

# ── stories ──────────────────────────────────────────────────────────────────────────────────


async def poll(
    settings: Settings, urls: Sequence[str], show: Callable[[Polled], None], advance: Advance
) -> None:
    """Read the configured feeds once, or ``urls`` into a throw-away store; sends nothing.

    ``show`` is told what came of each feed in turn, ``advance`` how many are done.
    """
    if urls:
        with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
            await _poll_into(_elsewhere(settings, folder), _given(urls), show, advance)
    else:
        await _poll_into(settings, app.sources(settings), show, advance)


def _elsewhere(settings: Settings, folder: str) -> Settings:
    service = settings.service.model_copy(update={"data_dir": Path(folder), "database_url": ""})
    return settings.model_copy(update={"service": service})


def _given(urls: Iterable[str]) -> list[Source]:
    for url in urls:
        if fault := _fault(Source(url=url)):
            raise UsageError(fault)
    return [Source(url=url) for url in dict.fromkeys(urls)]


def _fault(source: Source) -> str:
    """Tell what is wrong with a source, by the rules of the settings."""
    told = asdict(source)
    if source.interval is not None:
        told["interval"] = source.interval.total_seconds()
    try:
        FeedSettings(**told)
    except ValidationError as error:
        [fault, *_] = faults_of(error, FeedSettings, {})
        where = source.url or "the address"
        key = where if fault.key == "url" else f"{where}: {fault.key}"
        return str(replace(fault, key=key))
    return ""


async def _poll_into(
    settings: Settings,
    sources: Sequence[Source],
    show: Callable[[Polled], None],
    advance: Advance,
) -> None:
    found = tagging.find_model(settings)
    async with (
        app.opened(settings) as store,
        app.parsers(settings) as parsers,
        app.feed_reader(settings, parsers) as reader,
        app.taggers() as taggers,
    ):
        tagger = tagging.ModelTagger(found, taggers)
        await store.sync_sources(sources, app.SystemClock().now())
        if settings.telegram_token is None and not app.is_served(settings):
            # What is found now is printed by the next `run`, where that has no token either.
            await app.let_terminal_follow(store)
        route = app.pipeline(settings, store, reader, tagger, ConsoleSender(str))
        feeds = await store.feeds()
        polls = _polls(route, feeds, settings.polling.concurrency)
        try:
            for done, poll in enumerate(polls, start=1):
                show(await poll)
                advance("reading feeds", done, len(feeds))
        finally:
            await _ended(polls)


def _polls(route: Pipeline, feeds: Sequence[Feed], at_once: int) -> list[asyncio.Task[Polled]]:
    """Start to read all feeds, a few at once."""
    places = asyncio.Semaphore(at_once)

    async def one(feed: Feed) -> Polled:
        async with places:
            return await route.poll(feed)

    return [asyncio.create_task(one(feed)) for feed in feeds]


async def _ended(tasks: Sequence[asyncio.Task[Polled]]) -> None:
    """End what still runs; the first fault was told, and was enough."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# ── feeds ────────────────────────────────────────────────────────────────────────────────────


async def list_feeds(settings: Settings) -> list[Feed]:
    """Give all feeds, those of the settings and those that were added, with their states."""
    async with app.opened(settings) as store:
        return await _synced(settings, store)


async def _synced(settings: Settings, store: SqlStore) -> list[Feed]:
    await store.sync_sources(app.sources(settings), app.SystemClock().now())
    return await store.feeds()


async def add_feed(settings: Settings, url: str) -> tuple[list[Source], bool]:
    """Add the feed at an address, or the one that the page there names, once it was read.

    Gives what was found, one source, which was added, or several, of which none was; and whether
    the one was new. Raises FeedError where there is none, or it cannot be read.
    """
    new = False
    [source] = _given([url])
    async with app.parsers(settings) as parsers, app.feed_reader(settings, parsers) as reader:
        found = await _found(reader, source)
        if len(found) == 1:
            async with app.opened(settings) as store:
                new = found[0].url not in {feed.url for feed in await _synced(settings, store)}
                await store.add_source(found[0], app.SystemClock().now())
    return found, new


async def _found(reader: FeedReader, source: Source) -> list[Source]:
    named = await reader.discover(source.url)
    if not named:
        raise FeedUnreadable("the answer was empty, to the very first question")
    if len(named) == 1 and named[0][0] != source.url:
        # Somebody else said that a feed is there: it is read before that is believed.
        [[address, _]] = named
        reading = await reader.read(Feed(id=0, source=Source(url=address)))
        named = [(address, reading.parsed.title if reading.parsed else "")]
    return [Source(url=address, name=title or address) for address, title in named]


async def remove_feed(settings: Settings, url: str) -> None:
    """Stop polling a feed; raises UsageError where there is none or the settings name it."""
    if url in {source.url for source in app.sources(settings)}:
        raise UsageError(f"{url} stands in the settings: take it out there")
    async with app.opened(settings) as store:
        if not await store.remove_feed(url):
            raise UsageError(f"{url} is not among the feeds: `tocsin feeds list` shows them")


async def check_feeds(settings: Settings, urls: Sequence[str], advance: Advance) -> list[Checked]:
    """Read every feed, or those at ``urls``, now; what they bring is not stored."""
    feeds = _asked(settings, urls) if urls else await list_feeds(settings)
    places = asyncio.Semaphore(settings.polling.concurrency)
    done = 0
    async with app.parsers(settings) as parsers, app.feed_reader(settings, parsers) as reader:

        async def one(feed: Feed) -> Checked:
            nonlocal done
            async with places:
                checked = await _checked(reader, feed)
            done += 1
            advance("reading feeds", done, len(feeds))
            return checked

        return await asyncio.gather(*(one(feed) for feed in feeds))


def _asked(settings: Settings, urls: Sequence[str]) -> list[Feed]:
    """Make feeds of addresses, with what the settings know of them."""
    known = {source.url: source for source in app.sources(settings)}
    return [Feed(id=0, source=known.get(each.url, each)) for each in _given(urls)]


async def _checked(reader: Reader, feed: Feed) -> Checked:
    # As if it was never read: "not modified" would say nothing of the document.
    fresh = Feed(id=feed.id, source=feed.source, address=feed.address)
    began = time.monotonic()
    try:
        reading = await reader.read(fresh)
        entries = reading.parsed.entries if reading.parsed else ()
        now = app.SystemClock().now()
        read = replace(
            fresh,
            last_read=now,
            empty_since=None if entries else now,
            newest_story=max((entry.published or now for entry in entries), default=None),
        )
    except FeedError as error:
        entries, now = (), app.SystemClock().now()
        read = replace(fresh, failures=1, last_error=str(error))
    return Checked(feed=read, at=now, stories=len(entries), seconds=time.monotonic() - began)


async def import_feeds(settings: Settings, file: Path) -> tuple[int, list[str]]:
    """Add the feeds of an OPML file; give how many are new, and what is wrong with the others."""
    try:
        with file.open("rb") as document:
            sources = opml.read(document.read(opml.LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    faults = {source.url: _fault(source) for source in sources}
    async with app.opened(settings) as store:
        known = {feed.url for feed in await _synced(settings, store)}
        new = [each for each in sources if each.url not in known and not faults[each.url]]
        for source in new:
            await store.add_source(source, app.SystemClock().now())
    return len(new), [fault for fault in faults.values() if fault]


async def export_feeds(settings: Settings) -> str:
    """Give all feeds as OPML."""
    feeds = await list_feeds(settings)
    return opml.write([feed.source for feed in feeds], app.SystemClock().now())


# ── the database ─────────────────────────────────────────────────────────────────────────────


async def upgrade(settings: Settings) -> None:
    """Bring the database to the form that this program needs: opening it does."""
    async with app.opened(settings):
        pass


def backup(settings: Settings, file: Path) -> None:
    """Copy the database as it is to a new file, while the service may run."""
    # Not through the store: opening that would make a missing database, and change an older one
    # before the copy that is taken lest the change goes wrong.
    backups.backup(parse_url(app.database_url(settings)), file)


def verify(file: Path) -> list[tuple[str, object]]:
    """Check a backup and give what it holds; raises StorageError where it cannot be trusted."""
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    report = backups.verify(file)
    if report.faults:
        raise StorageError(f"{file} cannot be trusted: {'; '.join(report.faults)}")
    return [("revision", report.revision), *report.rows.items()]
