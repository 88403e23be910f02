"""What a store promises about readings: all of one is stored, or nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StorageError
from bot.models import (
    Acquaintance,
    AlertState,
    Bearer,
    ChatKind,
    Feed,
    FeedChange,
    Keys,
    Validators,
)
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
    known,
    one_feed,
    owe,
    reading,
    record,
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
    assert await record(store, reading([new], [alert(key="e1:0")])) == ["s1"]
    [owed] = await due(store)
    assert owed.tagged == new
    assert owed.alert == alert(key="e1:0")
    assert (owed.chat.id, owed.chat.kind, owed.source.url) == (
        CHAT,
        ChatKind.GROUP,
        (await the_feed(store)).url,
    )
    assert (owed.attempts, owed.doubts, owed.created, owed.repeat) == (0, 0, NOW, False)
    assert await known(store, "s1", "s2") == {"s1": "h"}


async def test_a_story_is_new_only_once(store: Store) -> None:
    """A story that another reading stored first brings no verdicts and no alerts again."""
    await owe(store, alert())
    again = tagged(story(title="Other"), tags=[tag("sanctions")], event="another")
    second = reading([again, tagged(story("s2"))], [alert(key="another:0"), alert("s2")])
    assert await record(store, second) == ["s2"]
    assert [owed.alert.key for owed in await due(store)] == ["event-s1:0"]
    assert await store.alert_counts() == {AlertState.WAITING: 2}
    [(latest, _)] = [each for each in await store.latest(None, 9) if each[0].story.id == "s1"]
    assert (latest.story.title, latest.topics) == ("Alabuga", ("drone supply",))


async def test_a_story_twice_in_one_reading_is_one(store: Store) -> None:
    """Two entries with one identity in one document are one story."""
    await one_feed(store)
    assert await record(store, reading([tagged(story()), tagged(story())])) == ["s1"]


async def test_an_event_is_alerted_once_in_a_thread(store: Store) -> None:
    """A second report with the same key adds no alert there, but one in another thread."""
    await owe(store, alert("s1", key="e:0"))
    more = [alert("s2", key="e:0"), alert("s2", key="e:0", thread=7)]
    await record(store, reading([tagged(story("s2"), event="e")], more))
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
    await record(store, reading([tagged(story())], alerts))
    await store.ensure_chat(CHAT, ChatKind.PRIVATE, NOW)
    assert [owed.chat.id for owed in await due(store)] == [OTHER_CHAT]


async def test_a_chat_that_moved_meanwhile_loses_no_alert(store: Store) -> None:
    """An alert that was matched for the old id of a chat reaches the chat at its newest one."""
    await one_feed(store)
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    await store.migrate_chat(CHAT, -2000)
    await store.migrate_chat(-2000, -3000)
    await record(store, reading([tagged(story())], [alert(chat_id=CHAT)]))
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
    await record(store, reading(edited=[edited]))
    assert (await due(store))[0].tagged == replace(before, story=edited)
    assert await known(store, "s1") == {"s1": "h2"}


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
        change=FeedChange(feed_id=1, at=NOW, trouble="stale"),
    )
    with pytest.raises(StorageError) as raised:
        await record(store, bad)
    assert raised.value.__cause__ is not None
    assert await the_feed(store) == before
    assert before.validators == VALIDATORS
    assert await store.untold_changes(9) == []
    assert await known(store, "s1", "s2") == {"s1": "h"}
    assert len(await due(store)) == 1


async def test_a_batch_passes_a_vanished_feed_over(store: Store) -> None:
    """Of readings stored together, that of a feed which is gone leaves nothing, and the others all.

    Its alerts are dropped with its stories, and what became of it is told to nobody.
    """
    feed_id = await one_feed(store)
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    lost = FeedChange(feed_id=99, at=NOW, trouble="dead")
    gone = tagged(story("s2", feed_id=99))
    batch = [
        reading([gone], [alert("s2")], feed_id=99, edited=[story("s1")], change=lost),
        reading([tagged(story("s1"))], [alert("s1")], feed_id=feed_id),
    ]
    assert await store.record_readings(batch) == [[], ["s1"]]
    assert [owed.alert.story_id for owed in await due(store)] == ["s1"]
    assert await known(store, "s1", "s2") == {"s1": "h"}
    assert await store.untold_changes(9) == []
    assert (await the_feed(store)).validators == VALIDATORS


async def test_a_batch_of_nothing_is_stored(store: Store) -> None:
    """No readings leave no trace, and readings without stories leave their feed's state."""
    await one_feed(store)
    assert await store.record_readings([]) == []
    assert await store.record_readings([reading()]) == [[]]
    assert (await the_feed(store)).last_read == NOW


async def test_a_story_of_two_feeds_in_one_batch_is_new_once(store: Store) -> None:
    """The first reading that brings a story has it, with its alerts; the second has neither."""
    first = await one_feed(store)
    second = await one_feed(store, "https://example.org/other.xml")
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    twin = tagged(story("s1", feed_id=second), event="another")
    batch = [
        reading([tagged(story("s1"))], [alert("s1")], feed_id=first),
        reading([twin, tagged(story("s2"))], [alert("s1", key="another:0")], feed_id=second),
    ]
    assert await store.record_readings(batch) == [["s1"], ["s2"]]
    [owed] = await due(store)
    assert (owed.alert.key, owed.tagged.story.feed_id) == ("event-s1:0", first)
    assert await store.alert_counts() == {AlertState.WAITING: 1}


async def test_a_batch_that_fails_leaves_nothing_of_any_feed(store: Store) -> None:
    """One reading that cannot be stored undoes those that were stored with it."""
    first = await one_feed(store)
    second = await one_feed(store, "https://example.org/other.xml")
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    before = await store.feeds()
    batch = [
        reading([tagged(story("s1"))], [alert("s1")], feed_id=first),
        reading([tagged(story("s2"))], [alert("nowhere")], feed_id=second),
    ]
    with pytest.raises(StorageError):
        await store.record_readings(batch)
    assert await store.feeds() == before
    assert await known(store, "s1", "s2") == {}


async def test_hostile_text_costs_no_reading(store: Store) -> None:
    """A title with half a surrogate pair, NUL and markup is stored, its odd characters replaced."""
    await one_feed(store)
    await record(store, reading([tagged(story(title="a\0b\ud800 <b>'\"; ✓"))]))
    [(stored, _)] = await store.latest(None, 1)
    assert stored.story.title == "a\ufffdb? <b>'\"; ✓"


async def test_bearers_come_with_the_latest_last(store: Store) -> None:
    """Who bears a signature since some time is told once for each event and feed, latest last."""
    first = await one_feed(store)
    second = await one_feed(store, "https://example.org/other.xml")
    early = tagged(story("s1"), signatures=["x", "y"], event="e1")
    late = tagged(story("s2", first_seen=NOW + MINUTE), signatures=["y"], event="e2")
    again = tagged(story("s3", first_seen=NOW + 2 * MINUTE), signatures=["x"], event="e1")
    theirs = tagged(story("s4", feed_id=second), signatures=["x"], event="e1")
    batch = [reading([late, again, early], feed_id=first), reading([theirs], feed_id=second)]
    await store.record_readings(batch)
    mine = [Bearer(signature=s, event=e, feed_id=first) for s, e in (("y", "e1"), ("y", "e2"))]
    other = Bearer(signature="x", event="e1", feed_id=second)
    last = Bearer(signature="x", event="e1", feed_id=first)
    ever = NOW - HOUR
    assert await store.bearers(["x", "y", "z"], ever) == [mine[0], other, mine[1], last]
    assert await store.bearers({"x": 1, "y": 2}, NOW + MINUTE) == [last]
    assert await store.bearers([], ever) == []


KNOWN = story("s1", keys=Keys(guid="g", link="l", title="t"), published=NOW - HOUR)


@pytest.mark.parametrize(
    "keys", [Keys(guid="g"), Keys(link="l"), Keys(title="t"), Keys(guid="g", link="other")]
)
async def test_a_story_is_known_again_by_any_key(store: Store, keys: Keys) -> None:
    """A story under a new id is found by its guid, its link or its title, with all its keys."""
    await one_feed(store)
    await record(store, reading([tagged(KNOWN), tagged(story("s2"))]))
    found = await store.acquaintances(1, [story("new", keys=keys)])
    assert found == [
        Acquaintance(story_id="s1", content_hash="h", keys=KNOWN.keys, published=NOW - HOUR)
    ]


async def test_empty_keys_match_nothing(store: Store) -> None:
    """Stories that a key tells nothing of are not taken for each other."""
    await one_feed(store)
    half = story("s2", keys=Keys(guid="g2"))
    await record(store, reading([tagged(story("s1")), tagged(half)]))
    unknown = [story("new"), story("newer", keys=Keys(link="l2"))]
    assert await store.acquaintances(1, unknown) == []
    assert await store.acquaintances(1, []) == []


async def test_keys_are_those_of_one_kind_and_one_feed(store: Store) -> None:
    """A guid is no link, and what another feed calls the same is another story."""
    await one_feed(store)
    second = await one_feed(store, "https://example.org/other.xml")
    await record(store, reading([tagged(KNOWN)]))
    swapped = story("new", keys=Keys(guid="l", link="t", title="g"))
    assert await store.acquaintances(1, [swapped]) == []
    assert await store.acquaintances(second, [story("new", keys=KNOWN.keys)]) == []


async def test_a_story_found_by_id_and_by_key_comes_once(store: Store) -> None:
    """Two entries that may be one stored story bring one memory of it."""
    await one_feed(store)
    await record(store, reading([tagged(KNOWN)]))
    both = [KNOWN, story("new", keys=Keys(guid="g", title="t"))]
    assert [each.story_id for each in await store.acquaintances(1, both)] == ["s1"]


async def test_an_edit_changes_the_keys_too(store: Store) -> None:
    """A story whose link was rewritten is known by the new one from then on."""
    await one_feed(store)
    await record(store, reading([tagged(KNOWN)]))
    rewritten = replace(KNOWN, keys=Keys(guid="g", link="l2", title="t"), outlet="The Example")
    await record(store, reading(edited=[rewritten]))
    assert await store.acquaintances(1, [story("new", keys=Keys(link="l"))]) == []
    [found] = await store.acquaintances(1, [story("new", keys=Keys(link="l2"))])
    assert found.keys == rewritten.keys
    assert [each.story for each, _ in await store.recent(1)] == [rewritten]


async def test_very_many_at_once(store: Store) -> None:
    """A reading and its questions may hold more values than a statement has variables."""
    await one_feed(store)
    new = [tagged(story(f"s{i}"), signatures=[f"g{i}"]) for i in range(3000)]
    assert len(await record(store, reading(new))) == 3000
    asked = [story(f"s{i}", keys=Keys(guid=f"g{i}", title=f"t{i}")) for i in range(70_000)]
    assert len(await store.acquaintances(1, asked)) == 3000
    signatures = {f"g{i}" for i in range(70_000)}
    assert len(await store.bearers(signatures, NOW - timedelta(days=1))) == 3000


async def test_one_story_fans_out_to_many_chats(store: Store) -> None:
    """A story for many chats is as many alerts, given up to the limit asked for."""
    ids = range(1, 61)
    await owe(store, *[alert(chat_id=chat_id) for chat_id in ids])
    assert {owed.chat.id for owed in await due(store)} == set(ids)
    assert len(await store.due_alerts(NOW, 30)) == 30
