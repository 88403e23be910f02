"""What the commands of the service do, once the command line has understood them."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from bot import app, tagging
from bot.commands.printing import Advance
from bot.console import ConsoleSender
from bot.errors import FeedError, StorageError, UsageError
from bot.feeds import opml
from bot.models import Feed, Source, Validators
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
        if fault := _address_fault(url):
            raise UsageError(fault)
    return [Source(url=url) for url in dict.fromkeys(urls)]


def _address_fault(url: str) -> str:
    """Tell what is wrong with the address of a feed, by the rules of the settings."""
    try:
        FeedSettings(url=url)
    except ValidationError as error:
        [fault, *_] = faults_of(error, FeedSettings, {})
        return str(replace(fault, key=url or "the address"))
    return ""


async def _poll_into(
    settings: Settings,
    sources: Sequence[Source],
    show: Callable[[Polled], None],
    advance: Advance,
) -> None:
    tagger = tagging.ModelTagger(tagging.find_model(settings))
    async with app.opened(settings) as store, app.feed_reader(settings) as reader:
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


async def add_feed(settings: Settings, url: str) -> str:
    """Read a feed to see that it is one, then add it; give its name.

    Raises FeedError where it cannot be read.
    """
    [source] = _given([url])
    async with app.opened(settings) as store, app.feed_reader(settings) as reader:
        reading = await reader.read(Feed(id=0, source=source))
        name = (reading.parsed.title if reading.parsed else "") or url
        await store.add_source(Source(url=url, name=name), app.SystemClock().now())
    return name


async def remove_feed(settings: Settings, url: str) -> None:
    """Stop polling a feed; raises UsageError where there is none or the settings name it."""
    if url in {source.url for source in app.sources(settings)}:
        raise UsageError(f"{url} stands in the settings: take it out there")
    async with app.opened(settings) as store:
        if not await store.remove_feed(url):
            raise UsageError(f"{url} is not among the feeds: `tocsin feeds list` shows them")


async def check_feeds(settings: Settings, advance: Advance) -> list[tuple[Feed, str]]:
    """Read every feed now and store nothing; give what is wrong with each, or an empty text."""
    feeds = await list_feeds(settings)
    places = asyncio.Semaphore(settings.polling.concurrency)
    done = 0
    async with app.feed_reader(settings) as reader:

        async def one(feed: Feed) -> tuple[Feed, str]:
            nonlocal done
            async with places:
                fault = await _fault(reader, feed)
            done += 1
            advance("reading feeds", done, len(feeds))
            return feed, fault

        return await asyncio.gather(*(one(feed) for feed in feeds))


async def _fault(reader: Reader, feed: Feed) -> str:
    try:
        # Without validators: "not modified" would say nothing of the document.
        reading = await reader.read(replace(feed, validators=Validators()))
    except FeedError as error:
        return str(error)
    return "" if reading.parsed and reading.parsed.entries else "it holds no story"


async def import_feeds(settings: Settings, file: Path) -> tuple[int, list[str]]:
    """Add the feeds of an OPML file; give how many are new, and what is wrong with the others."""
    try:
        with file.open("rb") as document:
            sources = opml.read(document.read(opml.LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    faults = {source.url: _address_fault(source.url) for source in sources}
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
