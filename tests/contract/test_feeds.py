"""What a store promises about feeds."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.models import Feed, FeedChange, Pace, Source, Validators
from bot.ports import FailureRecord, ReadingRecord, Store
from tests.contract.conftest import Open
from tests.contract.samples import (
    HOUR,
    MINUTE,
    NOW,
    URL,
    feed,
    known,
    one_feed,
    reading,
    record,
    story,
    tagged,
)

SOURCE = Source(
    url=URL,
    name="Example",
    country="UA",
    owner="Owner",
    official=True,
    lang="uk",
    topics=("sanctions", "drone supply"),
    interval=timedelta(seconds=90.5),
    folder="World / Europe",
)

LEFT: dict[str, Any] = {
    "validators": Validators(
        etag="2", last_modified="once", body_hash="b2", url="https://moved.example:8443/feed"
    ),
    "next_due": NOW + HOUR,
    "first_read": NOW - HOUR,
    "last_read": NOW,
    "failures": 3,
    "failing_since": NOW - MINUTE,
    "last_error": "no route",
    "newest_story": NOW - 2 * HOUR,
    "paused": True,
    "address": "https://moved.example:8443/feed",
    "moving_to": "https://again.example/feed",
    "moves": 2,
    "pace": Pace(
        ttl=timedelta(minutes=90),
        period=timedelta(hours=0.5),
        skip_hours=(0, 23),
        skip_days=(6,),
        gap=timedelta(minutes=7),
    ),
    "empty_since": NOW - 3 * HOUR,
    "trouble": "failing",
}
"""Something else than the usual in every column that readings and failures change."""


async def the_feed(store: Store, url: str = URL) -> Feed:
    """Give the feed that is polled at ``url``."""
    return next(feed for feed in await store.feeds() if feed.url == url)


async def urls(store: Store) -> list[str]:
    """Give the URLs of the feeds that are polled."""
    return [feed.url for feed in await store.feeds()]


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
    await record(store, reading([tagged(story(feed_id=feed.id))], feed_id=feed.id))
    await store.sync_sources([], NOW)
    assert await known(store, "s1") == {"s1": "h"}


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
    await record(store, reading(feed_id=feed.id))
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
    await record(store, reading(feed_id=feed.id))
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
        folder=SOURCE.folder,
    )
    assert (added.id, added.next_due, added.first_read) == (feed.id, NOW + MINUTE, NOW)


async def test_a_removed_feed_is_not_polled_until_it_is_added_again(store: Store) -> None:
    """Removing works once; adding revives the same feed, whose backlog is then a first reading."""
    feed_id = await one_feed(store)
    await record(store, reading(feed_id=feed_id))
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


async def test_feeds_on_hosts_that_are_busy_are_left_out(store: Store) -> None:
    """Hosts are those of the asked addresses; what is left out makes room below the limit."""
    addresses = [
        "https://a.example/1",
        "https://a.example/2",
        "http://b.example:8080/",
        "no address",
    ]
    await store.sync_sources([Source(url=each) for each in addresses], NOW)
    everything = [each.url for each in await store.due_feeds(NOW, 9)]
    assert everything == addresses
    assert [each.url for each in await store.due_feeds(NOW, 1, ["a.example"])] == [addresses[2]]
    busy = {"a.example", "b.example:8080"}
    assert [each.url for each in await store.due_feeds(NOW, 9, busy)] == [addresses[3]]


async def test_a_feed_that_moved_is_on_its_new_host(store: Store) -> None:
    """The host of a feed follows the address that it is asked at."""
    feed_id = await one_feed(store)
    await record(store, reading(feed_id=feed_id, address="https://moved.example/x", next_due=NOW))
    assert len(await store.due_feeds(NOW, 9, ["example.org"])) == 1
    assert await store.due_feeds(NOW, 9, ["moved.example"]) == []


@pytest.mark.parametrize("how", ["reading", "failure"])
async def test_the_state_of_a_feed_is_kept_whole(store: Store, how: str) -> None:
    """Every field that a reading or a failure leaves comes back, and the source is untouched."""
    await store.sync_sources([SOURCE], NOW)
    before = await the_feed(store)
    after = Feed(id=before.id, source=Source(url="https://other.example/"), **LEFT)
    if how == "reading":
        await store.record_readings([ReadingRecord(feed=after, read_at=NOW)])
    else:
        await store.record_failure(FailureRecord(feed=after))
    assert await the_feed(store) == replace(after, source=SOURCE)
    await record(store, reading(feed_id=before.id))
    assert await the_feed(store) == replace(feed(before.id), source=SOURCE)


def test_the_sample_state_leaves_nothing_out() -> None:
    """The state that the test above stores differs from a new feed's in every field."""
    new = Feed(id=1, source=SOURCE)
    same = [each.name for each in fields(Feed) if getattr(new, each.name) == LEFT.get(each.name)]
    assert LEFT.keys() | {"id", "source"} == {each.name for each in fields(Feed)}
    assert same == []


async def test_a_removed_feed_stays_removed_when_its_reading_ends(store: Store) -> None:
    """What was under way while an operator removed it brings it not back, and no story of it."""
    feed_id = await one_feed(store)
    await store.remove_feed(URL)
    assert await record(store, reading([tagged(story())], feed_id=feed_id)) == []
    await store.record_failure(FailureRecord(feed=feed(feed_id)))
    assert await store.feeds() == []


@pytest.mark.parametrize("how", ["settings", "operator"])
async def test_a_revived_feed_is_asked_for_at_its_url(store: Store, how: str) -> None:
    """Where a feed moved to is forgotten when it is taken up again: the URL was given anew."""
    await store.sync_sources([SOURCE], NOW)
    feed_id = (await the_feed(store)).id
    await record(store, reading(feed_id=feed_id, **LEFT))
    await store.remove_feed(URL)
    if how == "settings":
        await store.sync_sources([SOURCE], NOW)
    else:
        await store.add_source(SOURCE, NOW)
    revived = await the_feed(store)
    assert (revived.address, revived.moving_to, revived.moves) == ("", "", 0)
    assert (revived.first_read, revived.paused, revived.next_due) == (None, False, NOW)
    assert len(await store.due_feeds(NOW, 9, ["moved.example:8443"])) == 1
    assert await store.due_feeds(NOW, 9, ["example.org"]) == []


async def test_a_synchronisation_leaves_an_address_alone(store: Store) -> None:
    """The settings name the URL; a feed that moved is asked where it moved to all the same."""
    await store.sync_sources([SOURCE], NOW)
    await record(store, reading(feed_id=(await the_feed(store)).id, **LEFT))
    await store.sync_sources([Source(url=URL, name="New")], NOW)
    assert (await the_feed(store)).asked_at == LEFT["address"]


async def test_a_paused_feed_still_falls_due(store: Store) -> None:
    """No feed is given up for ever: a paused one is asked again when its time comes."""
    feed_id = await one_feed(store)
    await store.record_failure(FailureRecord(feed=feed(feed_id, paused=True)))
    assert await store.due_feeds(NOW, 10) == []
    assert [feed.id for feed in await store.due_feeds(NOW + HOUR, 10)] == [feed_id]


async def test_validators_are_kept_to_the_byte(store: Store, open_another: Open) -> None:
    """What a server gave us to echo survives a restart even where it is no text at all."""
    feed_id = await one_feed(store)
    odd = Validators(etag='"caf\udce9\x01 ✓"', last_modified="yesterday, or so", body_hash=None)
    await record(store, reading(feed_id=feed_id, validators=odd))
    assert (await the_feed(await open_another())).validators == odd


async def test_a_host_that_wants_rest_gets_it_from_all_its_feeds(store: Store) -> None:
    """After a 429 no feed of its host is due before the time, and none is hurried to it."""
    names = ["a.example/1", "a.example/2", "a.example/later", "b.example/1"]
    await store.sync_sources([Source(url=f"https://{name}") for name in names], NOW)
    ids = {each.url: each.id for each in await store.feeds()}
    await store.postpone(ids["https://a.example/later"], NOW + 9 * HOUR)
    asked = Feed(id=ids["https://a.example/1"], source=Source(url="https://a.example/1"))
    await store.record_failure(
        FailureRecord(
            feed=replace(asked, next_due=NOW + HOUR),
            resting_host="a.example",
            resting_until=NOW + 2 * HOUR,
        )
    )
    due_at = {each.url[8:]: each.next_due for each in await store.feeds()}
    hours = {name: at and (at - NOW) // HOUR for name, at in due_at.items()}
    assert hours == {"a.example/1": 2, "a.example/2": 2, "a.example/later": 9, "b.example/1": 0}


async def test_a_postponed_feed_keeps_the_rest_of_its_state(store: Store) -> None:
    """A feed that was not asked is due when it is told, and has neither failed nor been read."""
    feed_id = await one_feed(store)
    before = await the_feed(store)
    await store.postpone(feed_id, NOW + HOUR)
    assert await the_feed(store) == replace(before, next_due=NOW + HOUR)


async def test_a_change_is_told_once_and_the_oldest_first(store: Store) -> None:
    """What a feed got into and out of waits, in order and up to a limit, until it was told."""
    feed_id = await one_feed(store)
    died = FeedChange(feed_id=feed_id, at=NOW, trouble="dead", why="no route")
    back = FeedChange(feed_id=feed_id, at=NOW + HOUR, trouble="")
    await store.record_failure(FailureRecord(feed=feed(feed_id), change=died))
    await record(store, reading(feed_id=feed_id, change=back))
    [first, second] = await store.untold_changes(9)
    assert [replace(each, id=0) for each in (first, second)] == [died, back]
    assert first.id
    assert await store.untold_changes(1) == [first]
    await store.mark_told([first.id])
    assert await store.untold_changes(9) == [second]
    await store.mark_told([second.id, 99])
    await store.mark_told([])
    assert await store.untold_changes(9) == []


async def test_a_failure_of_no_feed_is_passed_over(store: Store) -> None:
    """A feed that is gone meanwhile has neither state nor change."""
    change = FeedChange(feed_id=99, at=NOW, trouble="dead")
    await store.record_failure(FailureRecord(feed=feed(99), change=change))
    assert await store.untold_changes(9) == []


async def test_a_feed_that_is_due_far_ahead_is_due_when_the_service_starts(store: Store) -> None:
    """A clock that was years ahead for an hour must not silence a feed for years."""
    await store.sync_sources([SOURCE], NOW)
    [about] = await store.feeds()
    await store.postpone(about.id, NOW + timedelta(days=400))
    await store.sync_sources([SOURCE], NOW)
    assert [each.url for each in await store.due_feeds(NOW, 9)] == [URL]


async def test_an_uneventful_reading_moves_the_times_and_nothing_else(store: Store) -> None:
    """Most readings are such, and the rest of the feed is as it was."""
    feed_id = await one_feed(store)
    await record(store, reading(feed_id=feed_id))
    before = await the_feed(store)
    after = replace(before, last_read=NOW + HOUR, next_due=NOW + 2 * HOUR)
    await record(store, replace(reading(), feed=after, uneventful=True))
    assert await the_feed(store) == after
