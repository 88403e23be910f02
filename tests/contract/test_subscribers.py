"""What a store promises about chats: what they follow, where they move, and that it forgets."""

import asyncio

import pytest

from bot.errors import StorageError
from bot.models import Chat, ChatKind, KeywordTopic, Subscription
from bot.ports import Store
from tests.contract.samples import (
    CHAT,
    HOUR,
    MINUTE,
    NOW,
    OTHER_CHAT,
    SENT,
    alert,
    claim_one,
    due,
    one_feed,
    owe,
    reading,
    record,
    story,
    tag,
    tagged,
)

NEW = -2000


@pytest.fixture
async def chat(store: Store) -> int:
    """Give a chat that is there."""
    return (await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)).id


# ── chats ────────────────────────────────────────────────────────────────────────────────────


async def test_a_chat_is_made_once(store: Store) -> None:
    """Ensuring makes a chat, keeps its subscriptions the second time, and learns its new kind."""
    made = await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    assert made == Chat(id=CHAT, kind=ChatKind.GROUP)
    await store.follow(CHAT, 0, ["sanctions"])
    again = await store.ensure_chat(CHAT, ChatKind.SUPERGROUP, NOW + HOUR)
    assert again == Chat(id=CHAT, kind=ChatKind.SUPERGROUP)
    assert await store.followed(CHAT, 0) == {"sanctions"}


async def test_large_ids_are_kept(store: Store) -> None:
    """Ids of Telegram go beyond 32 bits."""
    big = -1_002_147_483_648_123
    assert (await store.ensure_chat(big, ChatKind.CHANNEL, NOW)).id == big
    assert await store.follow(big, 4_000_000_000, ["sanctions"]) == {"sanctions"}


async def test_a_suspended_chat_follows_nothing_until_it_wakes(store: Store, chat: int) -> None:
    """The subscriptions of a suspended chat are kept, but not matched."""
    await store.follow(chat, 0, ["sanctions"])
    await store.suspend_chat(chat, "")
    assert await store.subscriptions() == []
    await store.ensure_chat(chat, ChatKind.GROUP, NOW)
    assert len(await store.subscriptions()) == 1


# ── topics ───────────────────────────────────────────────────────────────────────────────────


async def test_topics_are_followed_and_left_by_thread(store: Store, chat: int) -> None:
    """Following and leaving tell what changed, and one thread does not touch another."""
    assert await store.follow(chat, 0, ["a", "b"]) == {"a", "b"}
    assert await store.follow(chat, 0, ["b", "c", "c"]) == {"c"}
    assert await store.follow(chat, 5, ["b"]) == {"b"}
    assert await store.unfollow(chat, 0, ["b", "x"]) == {"b"}
    assert await store.followed(chat, 0) == {"a", "c"}
    assert await store.followed(chat, 5) == {"b"}


async def test_nothing_to_follow_changes_nothing(store: Store, chat: int) -> None:
    """No topics are no topics."""
    assert await store.follow(chat, 0, []) == set()
    assert await store.unfollow(chat, 0, []) == set()


async def test_a_chat_that_is_not_there_cannot_follow(store: Store) -> None:
    """A subscription without a chat is refused, for it could never be forgotten."""
    with pytest.raises(StorageError):
        await store.follow(999, 0, ["a"])


async def test_keyword_topics_are_saved_replaced_and_deleted(store: Store, chat: int) -> None:
    """A name is one keyword topic whatever its case, and deleting ends its subscription."""
    first = await store.save_keyword_topic(chat, 0, "Двигун  V2", "engine*")
    second = await store.save_keyword_topic(chat, 0, "ДВИГУН v2", "motor")
    assert second == KeywordTopic(id=first.id, chat_id=chat, name="ДВИГУН v2", query="motor")
    other = await store.save_keyword_topic(chat, 3, "Aid", "aid")
    assert await store.keyword_topics(chat) == [other, second]
    assert await store.subscriptions() == [
        Subscription(chat_id=chat, thread=0, keyword_topic=second),
        Subscription(chat_id=chat, thread=3, keyword_topic=other),
    ]
    assert await store.delete_keyword_topic(chat, "двигун v2")
    assert not await store.delete_keyword_topic(chat, "двигун v2")
    assert await store.keyword_topics(chat) == [other]
    assert len(await store.subscriptions()) == 1


async def test_names_of_keyword_topics_are_a_chats_own(store: Store, chat: int) -> None:
    """Two chats may use one name, and neither sees or deletes the other's."""
    await store.ensure_chat(OTHER_CHAT, ChatKind.PRIVATE, NOW)
    mine = await store.save_keyword_topic(chat, 0, "Aid", "aid")
    assert not await store.delete_keyword_topic(OTHER_CHAT, "Aid")
    theirs = await store.save_keyword_topic(OTHER_CHAT, 0, "Aid", "help")
    assert await store.keyword_topics(chat) == [mine]
    assert await store.keyword_topics(OTHER_CHAT) == [theirs]


async def test_keyword_topics_are_not_topics(store: Store, chat: int) -> None:
    """A keyword topic is not among the topics that a chat follows, nor left with them."""
    await store.save_keyword_topic(chat, 0, "sanctions", "sanction*")
    await store.follow(chat, 0, ["sanctions"])
    assert await store.followed(chat, 0) == {"sanctions"}
    await store.unfollow(chat, 0, ["sanctions"])
    assert len(await store.subscriptions()) == 1


# ── moving ───────────────────────────────────────────────────────────────────────────────────


async def test_a_chat_moves_with_all_that_it_has(store: Store) -> None:
    """Subscriptions, keyword topics and alerts are at the new id, and nothing at the old."""
    await owe(store, alert("s1"), alert("s2"))
    await store.settle(await claim_one(store), SENT, NOW)
    await store.follow(CHAT, 2, ["a"])
    await store.save_keyword_topic(CHAT, 0, "Aid", "aid")
    await store.migrate_chat(CHAT, NEW)
    assert {each.chat_id for each in await store.subscriptions()} == {NEW}
    assert [topic.chat_id for topic in await store.keyword_topics(NEW)] == [NEW]
    assert await store.sent_alert(NEW, 77)
    [owed] = await due(store)
    assert owed.chat == Chat(id=NEW, kind=ChatKind.SUPERGROUP)
    assert await store.followed(CHAT, 2) == set()


async def test_moving_twice_or_from_nowhere_changes_nothing(store: Store, chat: int) -> None:
    """Telegram tells of a move more than once; a chat we do not know is not made by it."""
    await store.follow(chat, 0, ["a"])
    for _ in range(2):
        await store.migrate_chat(chat, NEW)
    await store.migrate_chat(NEW, NEW)
    await store.migrate_chat(777, 778)
    assert [each.chat_id for each in await store.subscriptions()] == [NEW]
    with pytest.raises(StorageError):
        await store.follow(778, 0, ["a"])


async def test_a_chat_merges_with_one_that_is_there(store: Store) -> None:
    """Where the new chat is known already, each thing is there once, and its own come first."""
    await owe(store, alert("s1"), alert("s2"), alert("s1", chat_id=NEW))
    await store.follow(CHAT, 0, ["a", "b"])
    await store.follow(NEW, 0, ["b", "c"])
    await store.save_keyword_topic(CHAT, 0, "AID", "old")
    await store.save_keyword_topic(CHAT, 0, "Engines", "engine*")
    await store.save_keyword_topic(NEW, 0, "aid", "new")
    await store.migrate_chat(CHAT, NEW)
    assert await store.followed(NEW, 0) == {"a", "b", "c"}
    assert [each.query for each in await store.keyword_topics(NEW)] == ["new", "engine*"]
    assert len(await store.subscriptions()) == 5
    owed = []
    while await due(store):
        owed.append(await claim_one(store))
        await store.settle(owed[-1], SENT, NOW)
    assert sorted(each.alert.story_id for each in owed) == ["s1", "s2"]


async def test_a_merge_sends_nothing_twice(store: Store) -> None:
    """What the old chat was sent is not sent to the chat that it became part of."""
    await owe(store, alert("s1"), alert("s1", chat_id=NEW))
    await store.settle(await claim_one(store), SENT, NOW)
    await store.migrate_chat(CHAT, NEW)
    assert await due(store) == []
    assert await store.sent_alert(NEW, 77)


# ── forgetting ───────────────────────────────────────────────────────────────────────────────


async def test_a_forgotten_chat_is_gone_and_others_are_not(store: Store) -> None:
    """Nothing of a forgotten chat can be found any more; it may begin anew with nothing."""
    await owe(store, alert("s1"), alert("s1", chat_id=OTHER_CHAT))
    for chat_id in (CHAT, OTHER_CHAT):
        await store.follow(chat_id, 0, ["a"])
        await store.save_keyword_topic(chat_id, 0, "Aid", "aid")
    await store.settle(await claim_one(store), SENT, NOW)
    await store.forget_chat(CHAT)
    assert {each.chat_id for each in await store.subscriptions()} == {OTHER_CHAT}
    assert await store.keyword_topics(CHAT) == []
    assert await store.sent_alert(CHAT, 77) is None
    assert [owed.chat.id for owed in await due(store)] == [OTHER_CHAT]
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    assert await store.followed(CHAT, 0) == set()


# ── looking back ─────────────────────────────────────────────────────────────────────────────


async def test_the_latest_stories_come_one_an_event(store: Store) -> None:
    """The newest tagged report of each event comes, by the date of publication, up to the limit."""
    await one_feed(store)
    no = tag("sanctions", tagged=False)
    new = [
        tagged(story("first", published=NOW - 3 * HOUR), event="e"),
        tagged(story("copy", published=NOW - 2 * HOUR), event="e"),
        tagged(story("untagged", published=NOW - HOUR), event="e", tags=[no]),
        tagged(story("fresh", published=NOW - MINUTE), tags=[tag("sanctions")]),
        tagged(story("undated", first_seen=NOW), tags=[no, tag("aid")]),
    ]
    await record(store, reading(new))

    async def ids(topic: str | None, limit: int = 10) -> list[str]:
        return [found.story.id for found, _ in await store.latest(topic, limit)]

    assert await ids(None) == ["undated", "fresh", "copy"]
    assert await ids(None, 1) == ["undated"]
    assert await ids("sanctions") == ["fresh"]
    assert await ids("drone supply") == ["copy"]
    assert await ids("nothing") == []
    [(whole, source)] = await store.latest("aid", 1)
    assert (whole, source.url) == (new[-1], (await store.feeds())[0].url)


async def test_the_recent_stories_come_tagged_or_not(store: Store) -> None:
    """Every report comes, whatever it is about, with its source, the newest first."""
    await one_feed(store)
    no = tag(tagged=False)
    new = [
        tagged(story("first", published=NOW - 3 * HOUR), event="e"),
        tagged(story("copy", published=NOW - HOUR), event="e", tags=[no]),
        tagged(story("tagged", published=NOW - 2 * HOUR)),
        tagged(story("undated", first_seen=NOW), tags=[no]),
    ]
    assert await store.recent(10) == []
    await record(store, reading(new))
    found = [each.story.id for each, _ in await store.recent(10)]
    assert found == ["undated", "copy", "tagged", "first"]
    [(whole, source)] = await store.recent(1)
    assert (whole, source.url) == (new[-1], (await store.feeds())[0].url)


# ── operators ────────────────────────────────────────────────────────────────────────────────


async def test_the_first_to_show_the_code_becomes_admin(store: Store) -> None:
    """Of many who show the one-time code at once, one becomes admin, and the code is burnt."""
    await store.offer_claim("hash")
    assert not await store.take_claim("wrong", 1, NOW)
    taken = await asyncio.gather(*(store.take_claim("hash", user, NOW) for user in range(2, 9)))
    assert sum(taken) == 1
    assert await store.admins() == {2 + taken.index(True)}
    assert not await store.take_claim("hash", 99, NOW)


async def test_a_new_code_voids_the_old(store: Store) -> None:
    """Only the code that was offered last is good."""
    await store.offer_claim("old")
    await store.offer_claim("new")
    assert not await store.take_claim("old", 1, NOW)
    assert await store.take_claim("new", 1, NOW)
    assert await store.admins() == {1}
