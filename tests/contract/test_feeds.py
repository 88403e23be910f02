"""What a store promises about feeds."""

from datetime import timedelta

from bot.models import Feed, Source, Validators
from bot.ports import FailureRecord, Store
from tests.contract.conftest import Open
from tests.contract.samples import HOUR, MINUTE, NOW, URL, one_feed, reading, story, tagged

SOURCE = Source(
    url=URL,
    name="Example",
    country="UA",
    owner="Owner",
    official=True,
    lang="uk",
    topics=("sanctions", "drone supply"),
    interval=timedelta(seconds=90.5),
)


async def the_feed(store: Store, url: str = URL) -> Feed:
    """Give the feed that is polled at ``url``."""
    return next(feed for feed in await store.feeds() if feed.url == url)


async def urls(store: Store) -> list[str]:
    """Give the URLs of the feeds that are polled."""
    return [feed.url for feed in await store.feeds()]


def failed(feed_id: int, *, minutes: int = 0, paused: bool = False) -> FailureRecord:
    """Make the record of a failure some minutes from now."""
    at = NOW + minutes * MINUTE
    return FailureRecord(
        feed_id=feed_id, failed_at=at, next_due=at + HOUR, why="no route", paused=paused
    )


async def test_a_source_comes_back_as_it_was_configured(store: Store) -> None:
    """Every column of a source is kept, and its feed is due at once and unread."""
    await store.sync_sources([SOURCE], NOW)
    feed = await the_feed(store)
    assert feed == Feed(id=feed.id, source=SOURCE, next_due=NOW)


async def test_a_source_that_is_gone_is_no_longer_polled(store: Store) -> None:
    """What the settings no longer name is not polled, and comes back with its id if they do."""
    await store.sync_sources([SOURCE, Source(url="https://example.org/b")], NOW)
    before = await the_feed(store)
    await store.sync_sources([Source(url="https://example.org/b")], NOW)
    assert await urls(store) == ["https://example.org/b"]
    assert [feed.url for feed in await store.due_feeds(NOW, 10)] == ["https://example.org/b"]
    await store.sync_sources([SOURCE], NOW)
    assert (await the_feed(store)).id == before.id


async def test_stories_of_a_source_that_is_gone_stay(store: Store) -> None:
    """Dropping a source drops no story, so that none is new again when the source returns."""
    await store.sync_sources([SOURCE], NOW)
    feed = await the_feed(store)
    await store.record_reading(reading([tagged(story(feed_id=feed.id))], feed_id=feed.id))
    await store.sync_sources([], NOW)
    assert await store.known_stories(["s1"]) == {"s1": "h"}


async def test_what_an_operator_added_outlives_the_settings(store: Store) -> None:
    """A synchronisation stops only what came from the settings, also where both named a feed."""
    await store.sync_sources([SOURCE], NOW)
    await store.add_source(Source(url="https://example.org/added"), NOW)
    await store.add_source(Source(url=URL), NOW)
    await store.sync_sources([], NOW)
    assert await urls(store) == ["https://example.org/added", URL]


async def test_a_synchronisation_updates_what_is_known_and_keeps_state(store: Store) -> None:
    """New settings for a known feed change its description, not its validators or its due time."""
    await store.sync_sources([Source(url=URL, name="Old")], NOW)
    feed = await the_feed(store)
    await store.record_reading(reading(feed_id=feed.id))
    await store.sync_sources([SOURCE], NOW + MINUTE)
    feed = await the_feed(store)
    assert feed.source == SOURCE
    assert feed.validators.etag == 'W/"1"'
    assert feed.next_due == NOW + HOUR


async def test_a_source_named_twice_is_one_feed(store: Store) -> None:
    """Two entries for one URL are one feed, described by the later."""
    await store.sync_sources([SOURCE, Source(url=URL, name="Later")], NOW)
    assert [feed.source.name for feed in await store.feeds()] == ["Later"]


async def test_adding_a_known_feed_keeps_what_is_known_of_it(store: Store) -> None:
    """An operator who gives only a URL does not wipe the name and country from the settings."""
    await store.sync_sources([SOURCE], NOW)
    feed = await the_feed(store)
    await store.record_reading(reading(feed_id=feed.id))
    added = await store.add_source(Source(url=URL, name="Mine"), NOW + MINUTE)
    assert added.source == Source(
        url=URL,
        name="Mine",
        country="UA",
        owner="Owner",
        official=True,
        lang="uk",
        topics=SOURCE.topics,
        interval=SOURCE.interval,
    )
    assert (added.id, added.next_due, added.first_read) == (feed.id, NOW + MINUTE, NOW)


async def test_a_removed_feed_is_not_polled_until_it_is_added_again(store: Store) -> None:
    """Removing works once; adding revives the same feed, whose backlog is then a first reading."""
    feed_id = await one_feed(store)
    await store.record_reading(reading(feed_id=feed_id))
    assert await store.remove_feed(URL)
    assert not await store.remove_feed(URL)
    assert not await store.remove_feed("https://example.org/never")
    assert await store.feeds() == []
    revived = await store.add_source(Source(url=URL), NOW + HOUR)
    assert (revived.id, revived.first_read, revived.next_due) == (feed_id, None, NOW + HOUR)


async def test_due_feeds_come_longest_overdue_first(store: Store) -> None:
    """Only feeds whose time has come are due, in the order of their times, up to the limit."""
    for minutes, name in [(0, "c"), (-2, "a"), (-1, "b"), (1, "later")]:
        await store.add_source(Source(url=f"https://example.org/{name}"), NOW + minutes * MINUTE)
    assert [feed.url[-1] for feed in await store.due_feeds(NOW, 10)] == ["a", "b", "c"]
    assert [feed.url[-1] for feed in await store.due_feeds(NOW, 2)] == ["a", "b"]


async def test_failures_add_up_until_a_reading_succeeds(store: Store) -> None:
    """A failure counts, keeps when the trouble began, and a reading wipes all of it."""
    feed_id = await one_feed(store)
    await store.record_failure(failed(feed_id))
    await store.record_failure(failed(feed_id, minutes=5, paused=True))
    feed = await the_feed(store)
    assert (feed.failures, feed.failing_since, feed.last_error) == (2, NOW, "no route")
    assert (feed.paused, feed.next_due, feed.last_read) == (True, NOW + 5 * MINUTE + HOUR, None)
    await store.record_reading(reading(feed_id=feed_id))
    feed = await the_feed(store)
    assert (feed.failures, feed.failing_since, feed.last_error) == (0, None, "")
    assert not feed.paused


async def test_a_paused_feed_still_falls_due(store: Store) -> None:
    """No feed is given up for ever: a paused one is asked again when its time comes."""
    feed_id = await one_feed(store)
    await store.record_failure(failed(feed_id, paused=True))
    assert await store.due_feeds(NOW, 10) == []
    assert [feed.id for feed in await store.due_feeds(NOW + HOUR, 10)] == [feed_id]


async def test_a_failure_keeps_the_validators(store: Store) -> None:
    """After a failed reading the next one still asks "has it changed?"."""
    feed_id = await one_feed(store)
    await store.record_reading(reading(feed_id=feed_id))
    await store.record_failure(failed(feed_id))
    assert (await the_feed(store)).validators.etag == 'W/"1"'


async def test_validators_are_kept_to_the_byte(store: Store, open_another: Open) -> None:
    """What a server gave us to echo survives a restart even where it is no text at all."""
    feed_id = await one_feed(store)
    odd = Validators(etag='"caf\udce9\x01 ✓"', last_modified="yesterday, or so", body_hash=None)
    await store.record_reading(reading(feed_id=feed_id, validators=odd))
    assert (await the_feed(await open_another())).validators == odd
