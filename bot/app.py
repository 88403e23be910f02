"""The one file that wires real objects together: settings in, a working service out."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Final

from filelock import FileLock, Timeout

from bot.console import ConsoleSender
from bot.errors import StorageError, TocsinError
from bot.feeds.fetch import FetchPolicy, user_agent
from bot.feeds.reader import PRELOAD, FeedReader
from bot.keywords.query import parse, read_back
from bot.keywords.search import match
from bot.models import CONSOLE, ChatKind, Source, Story
from bot.pipeline import Pipeline, Polled
from bot.ports import Sender
from bot.processes.pool import Processes
from bot.processes.worker import relax_collector
from bot.recording import searchable
from bot.rules.polling import PollingPolicy
from bot.rules.sources import Gap
from bot.runtime.delivering import Deliverer
from bot.runtime.polling import Poller
from bot.runtime.standalone import Standalone
from bot.storage.store import SqlStore, open_store
from bot.subscriptions import Subscriptions
from bot.tagging import TAGGING_GROWTH, TAGGING_LIMIT, ModelTagger, provide_model
from bot.telegram import messages
from bot.telegram.polling import TelegramBot
from bot.watch import Watch
from bot.web.health import HealthServer
from classifiers import topics
from config.settings import FeedSettings, Settings

Say = Callable[[str], None]

DATABASE: Final = "tocsin.db"
LOCK: Final = "service.lock"

SPARE_THREADS: Final = 16
"""Threads beside those that may look up the names of publishers: twelve for the connections to
Telegram, the others for tagging and the like."""
LOCK_PATIENCE: Final = 1.0
"""Seconds for which a starting service waits for one that is just ending, or for a glance."""


class SystemClock:
    """The time of this machine; fulfils ``bot.ports.Clock``."""

    def now(self) -> datetime:
        """Give the current time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


# ── the workplace ────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def opened(settings: Settings, *, alone: bool = False) -> AsyncIterator[SqlStore]:
    """Open the data directory and its database; ``alone`` keeps a second service out.

    Raises StorageError where that cannot be.
    """
    folder = settings.service.data_dir
    async with AsyncExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if alone:
                # The kernel frees it the moment that its holder is gone, however it ended.
                stack.enter_context(FileLock(folder / LOCK).acquire(timeout=LOCK_PATIENCE))
        except Timeout:
            raise StorageError(
                f"another Tocsin works in {folder}: stop it, or give this one a service.data_dir"
            ) from None
        except OSError as error:
            why = "it is a file" if isinstance(error, FileExistsError) else error.strerror
            raise StorageError(
                f"{folder} cannot be written ({why}): mend that, or set service.data_dir"
            ) from error
        store = await open_store(database_url(settings))
        stack.push_async_callback(store.close)
        yield store


def is_served(settings: Settings) -> bool:
    """Tell whether a service works in the data directory at this moment."""
    lock = FileLock(settings.service.data_dir / LOCK)
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def database_url(settings: Settings) -> str:
    """Give the address of the database: the one of the settings, else a file beside the data."""
    return settings.service.database_url or f"sqlite:///{settings.service.data_dir / DATABASE}"


def sources(settings: Settings) -> list[Source]:
    """Give the feeds of the settings."""
    return [_source(feed) for feed in settings.feeds]


def _source(feed: FeedSettings) -> Source:
    return Source(
        url=feed.url,
        name=feed.name,
        country=feed.country,
        owner=feed.owner,
        official=feed.official,
        lang=feed.lang,
        topics=feed.topics,
        interval=None if feed.interval is None else timedelta(seconds=feed.interval),
        folder=feed.folder,
    )


def parsers(settings: Settings) -> Processes:
    """Make the processes that documents are parsed in."""
    return Processes(settings.polling.parsers, settings.polling.parse_timeout, PRELOAD)


def taggers() -> Processes:
    """Make the process that many stories at once are tagged in; it starts when there are."""
    return Processes(1, TAGGING_LIMIT, growth=TAGGING_GROWTH)


def feed_reader(settings: Settings, parsers: Processes) -> FeedReader:
    """Make the reader of feeds by the settings."""
    polling = settings.polling
    policy = FetchPolicy(
        user_agent=user_agent(version("tocsin"), polling.contact),
        timeout=polling.timeout,
        max_bytes=polling.max_bytes,
        max_redirects=polling.max_redirects,
        per_host=polling.per_host,
        allow_private=settings.network.allow_private,
    )
    return FeedReader(policy, parsers, SystemClock(), polling.max_entries)


def pipeline(
    settings: Settings, store: SqlStore, reader: FeedReader, tagger: ModelTagger, sender: Sender
) -> Pipeline:
    """Make the route of a story by the settings."""
    relax_collector()
    polling = settings.polling
    return Pipeline(
        store=store,
        reader=reader,
        tagger=tagger,
        sender=sender,
        clock=SystemClock(),
        policy=PollingPolicy(
            shortest=timedelta(seconds=polling.interval_min),
            longest=timedelta(seconds=polling.interval_max),
            unknown=timedelta(seconds=polling.interval_new),
            own_networks=settings.network.allow_private,
        ),
        max_age=timedelta(seconds=settings.delivery.max_story_age),
        repeat_after=timedelta(seconds=settings.delivery.repeat_after),
    )


# ── the service ──────────────────────────────────────────────────────────────────────────────


def telegram_bot(
    settings: Settings, store: SqlStore, tagger: ModelTagger, say: Say
) -> TelegramBot | None:
    """Make the bot; None where there is no token."""
    if settings.telegram_token is None:
        return None
    subscriptions = Subscriptions(
        store,
        tagger.topics,
        SystemClock(),
        frozenset(settings.telegram.admins),
        open_to_all=settings.telegram.access == "open",
        understand=_understand,
        matches=_matches,
        feeds=store.feeds,
        gaps=[Gap(**gap.model_dump()) for gap in settings.gaps],
    )
    return TelegramBot(
        settings.telegram_token.get_secret_value(),
        settings.telegram.api_url,
        subscriptions,
        SystemClock(),
        say,
        rate=int(settings.telegram.rate),
    )


def _understand(query: str) -> str:
    return read_back(parse(query))


def _matches(query: str) -> Callable[[Story, Source], bool]:
    parsed = parse(query)
    return lambda story, source: match(parsed, searchable(story, source)) is not None


def _console(tagger: ModelTagger) -> ConsoleSender:
    clock = SystemClock()
    return ConsoleSender(lambda owed: messages.alert(owed, tagger.topics, clock.now()).plain)


async def run_service(
    settings: Settings,
    say: Say,
    *,
    stop: asyncio.Event | None = None,
    report: Callable[[Polled], None] = lambda _: None,
) -> None:
    """Run the service until SIGTERM, SIGINT or ``stop``.

    ``say`` is told how things go, ``report`` what came of each poll. Raises StorageError where
    the data directory or database cannot be used, TelegramRefused for a wrong token.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Looking up a name holds a thread: those of silent name servers must leave some for the rest.
    threads = settings.polling.concurrency + SPARE_THREADS
    loop.set_default_executor(ThreadPoolExecutor(threads))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(settings, alone=True))
        parse = await stack.enter_async_context(parsers(settings))
        reader = await stack.enter_async_context(feed_reader(settings, parse))
        tagger = ModelTagger(processes=await stack.enter_async_context(taggers()))
        bot = telegram_bot(settings, store, tagger, say)
        if bot:
            stack.push_async_callback(bot.stop)
        route = pipeline(settings, store, reader, tagger, bot.sender if bot else _console(tagger))
        await _prepare(settings, store, say)
        deliverer = Deliverer(route, in_flight=settings.delivery.in_flight)
        service = Standalone(
            poller=Poller(
                route,
                concurrency=settings.polling.concurrency,
                per_host=settings.polling.per_host,
                on_alerts=deliverer.wake,
                report=report,
            ),
            deliverer=deliverer,
            background=[bot.run] if bot else [],
            prepare=lambda: provide_model(settings, tagger, say),
        )
        watch = Watch(store=store, tagger=tagger, clock=SystemClock(), bot=bot)
        await _serve_health(settings, watch, stack, say)
        await service.run(stop)
        say("stopped")


async def _serve_health(settings: Settings, watch: Watch, stack: AsyncExitStack, say: Say) -> None:
    """Serve the health pages; where their port is taken, say so and work without them."""
    web = settings.web
    server = HealthServer(web.host, web.port, watch.faults, watch.metrics)
    try:
        await server.start()
    except TocsinError as error:
        say(f"no health pages: {error}")
    else:
        stack.push_async_callback(server.stop)


async def let_terminal_follow(store: SqlStore) -> None:
    """Make the terminal a subscriber of every topic."""
    await store.ensure_chat(CONSOLE, ChatKind.CONSOLE, SystemClock().now())
    await store.follow(CONSOLE, 0, [spec.name for spec in topics.shipped()])


async def _prepare(settings: Settings, store: SqlStore, say: Say) -> None:
    """Bring the database in line with the settings, and let the terminal follow or not."""
    now = SystemClock().now()
    await store.sync_sources(sources(settings), now)
    say(f"reading {len(await store.feeds())} feeds; data in {settings.service.data_dir}")
    if settings.telegram_token is None:
        await let_terminal_follow(store)
        say("TELEGRAM_BOT_TOKEN is not set: alerts on every topic are printed here instead")
    else:
        await store.suspend_chat(CONSOLE, "the service speaks to Telegram")
