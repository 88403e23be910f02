"""What the commands do, once the command line has understood them."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot import app, lines
from bot.console import ConsoleSender
from bot.errors import FeedError, StorageError, TocsinError, UsageError
from bot.feeds import opml
from bot.models import Feed, Source, Validators
from bot.pipeline import Pipeline, Polled
from bot.ports import Reader
from bot.storage import backups
from bot.storage.store import SqlStore
from classifiers import artifact, labelled
from classifiers.model import Model
from config.settings import Settings

if TYPE_CHECKING:
    from classifiers.evaluation import Evaluation

Advance = Callable[[str, int, int], None]


# ── stories ──────────────────────────────────────────────────────────────────────────────────


async def poll(settings: Settings, urls: Sequence[str], show: Callable[[Polled], None]) -> None:
    """Read the configured feeds once, or ``urls`` into a throw-away store; sends nothing."""
    if urls:
        with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
            await _poll_into(_elsewhere(settings, folder), _given(urls), show)
    else:
        await _poll_into(settings, app.sources(settings), show)


def _elsewhere(settings: Settings, folder: str) -> Settings:
    service = settings.service.model_copy(update={"data_dir": Path(folder), "database_url": ""})
    return settings.model_copy(update={"service": service})


def _given(urls: Iterable[str]) -> list[Source]:
    for url in urls:
        if not url.lower().startswith(("http://", "https://")):
            raise UsageError(f"{url} is no address of a feed: it begins with http:// or https://")
    return [Source(url=url) for url in dict.fromkeys(urls)]


async def _poll_into(
    settings: Settings, sources: Sequence[Source], show: Callable[[Polled], None]
) -> None:
    tagger = app.ModelTagger(app.find_model(settings))
    async with app.opened(settings) as store, app.feed_reader(settings) as reader:
        await store.sync_sources(sources, app.SystemClock().now())
        route = app.pipeline(settings, store, reader, tagger, ConsoleSender(str))
        await _poll_all(route, await store.feeds(), settings.polling.concurrency, show)


async def _poll_all(
    route: Pipeline, feeds: Sequence[Feed], at_once: int, show: Callable[[Polled], None]
) -> None:
    places = asyncio.Semaphore(at_once)

    async def one(feed: Feed) -> Polled:
        async with places:
            return await route.poll(feed)

    async with asyncio.TaskGroup() as group:
        for poll in [group.create_task(one(feed)) for feed in feeds]:
            show(await poll)


def classify(model: Model, record: lines.Record) -> lines.Record:
    """Answer one record of ``classify``: the contract of its output."""
    text = (lines.text_of(record, key) for key in ("title", "summary", "lang"))
    verdict = model.classify(*text)
    return {
        "id": record.get("id"),
        "topics": verdict.probabilities,
        "tags": verdict.tags,
        "why": verdict.why,
    }


# ── the model ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """Turn what training and measuring complain of into errors of ours."""
    try:
        yield
    except labelled.ItemError as error:
        raise TocsinError(str(error)) from error
    except OSError as error:
        raise TocsinError(f"{error.filename} cannot be used: {error.strerror}") from error


def train(out: Path | None, extra: Sequence[Path], advance: Advance) -> "Evaluation":
    """Train, and give the figures on what was held out."""
    # scikit-learn takes a second to load and is wanted here alone: the service never does.
    from classifiers import training  # noqa: PLC0415

    with _mistakes_told():
        try:
            return training.train(out or artifact.PACKAGED, extra, advance).held_out
        except training.TrainingError as error:
            raise TocsinError(str(error)) from error


def evaluate(model: Model, file: str, *, record: bool) -> "Evaluation":
    """Measure the model on a file of labelled stories; ``record`` keeps the figures."""
    from classifiers import evaluation  # noqa: PLC0415 - as in train

    with lines.opened(file) as text, _mistakes_told():
        measured = evaluation.evaluate(model, labelled.read_items(text, file))
        if not measured.stories:
            raise TocsinError(f"{file} holds no story to measure on")
        if record:
            evaluation.record(measured, date.today())  # noqa: DTZ011 - the day where it was done
    return measured


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


async def import_feeds(settings: Settings, file: Path) -> int:
    """Add the feeds of an OPML file; give how many are new."""
    try:
        with file.open("rb") as document:
            sources = opml.read(document.read(opml.LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    async with app.opened(settings) as store:
        known = {feed.url for feed in await _synced(settings, store)}
        new = [source for source in sources if source.url not in known]
        for source in new:
            await store.add_source(source, app.SystemClock().now())
    return len(new)


async def export_feeds(settings: Settings) -> str:
    """Give all feeds as OPML."""
    feeds = await list_feeds(settings)
    return opml.write([feed.source for feed in feeds], app.SystemClock().now())


# ── the database ─────────────────────────────────────────────────────────────────────────────


async def upgrade(settings: Settings) -> None:
    """Bring the database to the form that this program needs: opening it does."""
    async with app.opened(settings):
        pass


async def backup(settings: Settings, file: Path) -> None:
    """Copy the database to a new file while the service may run."""
    async with app.opened(settings) as store:
        await store.backup(file)


def verify(file: Path) -> list[tuple[str, object]]:
    """Check a backup and give what it holds; raises StorageError where it cannot be trusted."""
    report = backups.verify(file)
    if report.faults:
        raise StorageError(f"{file} cannot be trusted: {'; '.join(report.faults)}")
    return [("revision", report.revision), *report.rows.items()]
