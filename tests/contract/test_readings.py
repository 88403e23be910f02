"""What a store promises about readings: all of one is stored, or nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StorageError
from bot.models import ChatKind, Feed, Source, Validators
from bot.ports import Store
from tests.contract.samples import (
    CHAT,
    HOUR,
    MINUTE,
    NOW,
    OTHER_CHAT,
    VALIDATORS,
    alert,
    due,
    one_feed,
    owe,
    reading,
    story,
    tag,
    tagged,
)


async def the_feed(store: Store) -> Feed:
    """Give the only feed."""
    [feed] = await store.feeds()
    return feed


async def test_a_reading_stores_stories_alerts_and_the_feed(store: Store) -> None:
    """One reading leaves its stories, its alerts with all that they need, and the feed's state."""
    await one_feed(store)
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    tags = (tag("sanctions", probability=0.2, tagged=False), tag("drone supply"))
    new = tagged(story(published=NOW - HOUR), tags=tags, signatures=("z", "a"), event="e1")
    assert await store.record_reading(reading([new], [alert(key="e1:0")])) == ["s1"]
    [owed] = await due(store)
    assert owed.tagged == new
    assert owed.alert == alert(key="e1:0")
    assert (owed.chat.id, owed.chat.kind, owed.source.url) == (
        CHAT,
        ChatKind.GROUP,
        (await the_feed(store)).url,
    )
    assert (owed.attempts, owed.doubts, owed.created, owed.repeat) == (0, 0, NOW, False)
    assert await store.known_stories(["s1", "s2"]) == {"s1": "h"}


async def test_a_reading_moves_its_feed_on(store: Store) -> None:
    """The first reading is remembered for ever, the last and the next move with each reading."""
    await one_feed(store)
    await store.record_reading(reading())
    await store.record_reading(reading(read_at=NOW + HOUR, validators=Validators(etag="2")))
    feed = await the_feed(store)
    assert (feed.first_read, feed.last_read) == (NOW, NOW + HOUR)
    assert feed.next_due == NOW + 2 * HOUR
    assert feed.validators == Validators(etag="2")


async def test_the_newest_story_is_dated_by_its_publisher(store: Store) -> None:
    """A feed of old news is known as such; a date to come counts as now, and none goes back."""
    await one_feed(store)
    await store.record_reading(reading([tagged(story("old", published=NOW - 9 * HOUR))]))
    assert (await the_feed(store)).newest_story == NOW - 9 * HOUR
    future = tagged(story("future", published=NOW + HOUR))
    await store.record_reading(reading([future]))
    assert (await the_feed(store)).newest_story == NOW
    await store.record_reading(reading([tagged(story("older", published=NOW - 10 * HOUR))]))
    assert (await the_feed(store)).newest_story == NOW


async def test_a_story_is_new_only_once(store: Store) -> None:
    """A story that another reading stored first brings no verdicts and no alerts again."""
    await owe(store, alert())
    again = tagged(story(title="Other"), tags=[tag("sanctions")], event="another")
    second = reading([again, tagged(story("s2"))], [alert(key="another:0"), alert("s2")])
    assert await store.record_reading(second) == ["s2"]
    assert [owed.alert.key for owed in await due(store)] == ["event-s1:0"]
    [(latest, _)] = [each for each in await store.latest(None, 9) if each[0].story.id == "s1"]
    assert (latest.story.title, latest.topics) == ("Alabuga", ("drone supply",))


async def test_a_story_twice_in_one_reading_is_one(store: Store) -> None:
    """Two entries with one identity in one document are one story."""
    await one_feed(store)
    assert await store.record_reading(reading([tagged(story()), tagged(story())])) == ["s1"]


async def test_an_event_is_alerted_once_in_a_thread(store: Store) -> None:
    """A second report with the same key adds no alert there, but one in another thread."""
    await owe(store, alert("s1", key="e:0"))
    more = [alert("s2", key="e:0"), alert("s2", key="e:0", thread=7)]
    await store.record_reading(reading([tagged(story("s2"), event="e")], more))
    first = await due(store)
    assert [(owed.alert.story_id, owed.alert.thread) for owed in first] == [("s1", 0)]
    assert await store.claim(first[0].id, NOW)
    assert await store.next_alert_due() == NOW


@pytest.mark.parametrize("gone", ["forgotten", "suspended"])
async def test_a_chat_that_went_meanwhile_is_owed_nothing(store: Store, gone: str) -> None:
    """Alerts for chats that left between matching and storing are left out; the rest is stored."""
    await one_feed(store)
    for chat_id in (CHAT, OTHER_CHAT):
        await store.ensure_chat(chat_id, ChatKind.PRIVATE, NOW)
    leave: dict[str, Callable[[], Awaitable[None]]] = {
        "forgotten": lambda: store.forget_chat(CHAT),
        "suspended": lambda: store.suspend_chat(CHAT, "blocked"),
    }
    await leave[gone]()
    alerts = [alert(chat_id=CHAT), alert(chat_id=OTHER_CHAT)]
    await store.record_reading(reading([tagged(story())], alerts))
    await store.ensure_chat(CHAT, ChatKind.PRIVATE, NOW)
    assert [owed.chat.id for owed in await due(store)] == [OTHER_CHAT]


async def test_a_chat_that_moved_meanwhile_loses_no_alert(store: Store) -> None:
    """An alert that was matched for the old id of a chat reaches the chat at its newest one."""
    await one_feed(store)
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    await store.migrate_chat(CHAT, -2000)
    await store.migrate_chat(-2000, -3000)
    await store.record_reading(reading([tagged(story())], [alert(chat_id=CHAT)]))
    assert [owed.alert.chat_id for owed in await due(store)] == [-3000]


async def test_an_edit_changes_text_and_nothing_else(store: Store) -> None:
    """An edited story keeps its identity, dates, event and verdicts, and alerts nobody."""
    await owe(store, alert())
    before = (await due(store))[0].tagged
    edited = replace(
        before.story,
        title="New",
        summary="New.",
        body="New text.",
        link="https://example.org/new",
        content_hash="h2",
    )
    await store.record_reading(reading(edited=[edited]))
    assert (await due(store))[0].tagged == replace(before, story=edited)
    assert await store.known_stories(["s1"]) == {"s1": "h2"}


async def test_a_reading_that_fails_leaves_nothing(store: Store) -> None:
    """An alert on a story that is not there undoes the reading: validators, stories, edits."""
    await owe(store, alert())
    before = await the_feed(store)
    bad = reading(
        [tagged(story("s2"))],
        [alert("s2"), alert("nowhere")],
        edited=[story(title="New", content_hash="h2")],
        validators=Validators(etag="2"),
        read_at=NOW + HOUR,
    )
    with pytest.raises(StorageError) as raised:
        await store.record_reading(bad)
    assert raised.value.__cause__ is not None
    assert await the_feed(store) == before
    assert before.validators == VALIDATORS
    assert await store.known_stories(["s1", "s2"]) == {"s1": "h"}
    assert len(await due(store)) == 1


async def test_a_reading_of_no_feed_is_refused(store: Store) -> None:
    """A reading of a feed that is not there stores nothing and says so."""
    with pytest.raises(StorageError, match="no feed 99"):
        await store.record_reading(reading(feed_id=99))


async def test_hostile_text_costs_no_reading(store: Store) -> None:
    """A title with half a surrogate pair, NUL and markup is stored, its odd characters replaced."""
    await one_feed(store)
    await store.record_reading(reading([tagged(story(title="a\0b\ud800 <b>'\"; ✓"))]))
    [(stored, _)] = await store.latest(None, 1)
    assert stored.story.title == "a\ufffdb? <b>'\"; ✓"


async def test_events_are_found_by_signature(store: Store) -> None:
    """A signature leads to the event of the latest story after ``since`` that bears it."""
    await one_feed(store)
    early = tagged(story("s1", first_seen=NOW), signatures=["x", "y"], event="e1")
    late = tagged(story("s2", first_seen=NOW + MINUTE), signatures=["y"], event="e2")
    await store.record_reading(reading([early, late]))
    ever = NOW - HOUR
    assert await store.events_of(["x", "y", "z"], ever) == {"x": "e1", "y": "e2"}
    assert await store.events_of(["x", "y"], NOW) == {"y": "e2"}
    assert await store.events_of([], ever) == {}


async def test_a_feed_is_asked_what_it_told_before(store: Store) -> None:
    """What another feed told, or this one too long ago, is not its own telling."""
    await store.sync_sources(
        [Source(url="https://example.org/a"), Source(url="https://b.org")], NOW
    )
    mine, other = [feed.id for feed in await store.feeds()]
    early = tagged(story("s1", feed_id=mine), signatures=["x", "y"])
    late = tagged(story("s2", feed_id=mine, first_seen=NOW + MINUTE), signatures=["y"])
    await store.record_reading(reading([early, late], feed_id=mine))
    theirs = tagged(story("s3", feed_id=other), signatures=["z"])
    await store.record_reading(reading([theirs], feed_id=other))
    ever = NOW - HOUR
    assert await store.told_by(mine, ["x", "y", "z"], ever) == {"x", "y"}
    assert await store.told_by(mine, {"x": "e1", "y": "e2"}, NOW) == {"y"}
    assert await store.told_by(other, ["x", "y", "z"], ever) == {"z"}
    assert await store.told_by(mine, [], ever) == set()


async def test_very_many_at_once(store: Store) -> None:
    """A reading and its questions may hold more values than a statement has variables."""
    await one_feed(store)
    new = [tagged(story(f"s{i}"), signatures=[f"g{i}"]) for i in range(3000)]
    assert len(await store.record_reading(reading(new))) == 3000
    ids = [f"s{i}" for i in range(70_000)]
    assert len(await store.known_stories(ids)) == 3000
    signatures = {f"g{i}" for i in range(70_000)}
    assert len(await store.events_of(signatures, NOW - timedelta(days=1))) == 3000


async def test_one_story_fans_out_to_many_chats(store: Store) -> None:
    """A story for many chats is as many alerts, given up to the limit asked for."""
    ids = range(1, 61)
    await owe(store, *[alert(chat_id=chat_id) for chat_id in ids])
    assert {owed.chat.id for owed in await due(store)} == set(ids)
    assert len(await store.due_alerts(NOW, 30)) == 30
