"""Small things to store, of which a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models import (
    Alert,
    AlertState,
    ChatKind,
    Feed,
    FeedChange,
    Keys,
    OwedAlert,
    QueryReason,
    Source,
    Story,
    Tag,
    TaggedStory,
    TopicReason,
    Validators,
)
from bot.ports import ReadingRecord, Store
from bot.rules.delivery import Verdict

NOW = datetime(2023, 6, 9, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

URL = "https://example.org/feed.xml"
CHAT = -1001
OTHER_CHAT = 42

REASON = TopicReason(topic="drone supply", probability=0.93, words=(("alabuga", 2.5),))
QUERY = QueryReason(name="Engines", query="engine*", terms=("engines",), sentence="Engines came.")

VALIDATORS = Validators(etag='W/"1"', last_modified="Fri, 09 Jun 2023 11:00:00 GMT", body_hash="b")


def tag(topic: str = "drone supply", *, probability: float = 0.93, tagged: bool = True) -> Tag:
    """Make a verdict with two words."""
    words = (("alabuga", 2.5), ("дрон", 1.25))
    return Tag(topic=topic, probability=probability, tagged=tagged, words=words)


def story(  # noqa: PLR0913 - each names one thing that a test can be about
    story_id: str = "s1",
    *,
    feed_id: int = 1,
    title: str = "Alabuga",
    content_hash: str = "h",
    published: datetime | None = None,
    first_seen: datetime = NOW,
    keys: Keys = Keys(),  # noqa: B008 - frozen
) -> Story:
    """Make a story."""
    return Story(
        id=story_id,
        feed_id=feed_id,
        title=title,
        summary="A factory.",
        body="A factory for drones.",
        link="https://example.org/1",
        published=published,
        first_seen=first_seen,
        lang="en",
        content_hash=content_hash,
        keys=keys,
    )


def tagged(
    one: Story, *, event: str = "", tags: Sequence[Tag] = (), signatures: Sequence[str] = ()
) -> TaggedStory:
    """Make a tagged story, of an event of its own unless said otherwise."""
    return TaggedStory(
        story=one,
        tags=tuple(tags) or (tag(),),
        event=event or f"event-{one.id}",
        signatures=tuple(signatures),
        model="m1",
    )


def alert(story_id: str = "s1", *, chat_id: int = CHAT, thread: int = 0, key: str = "") -> Alert:
    """Make an alert on the first report of a story's own event."""
    return Alert(
        chat_id=chat_id,
        thread=thread,
        key=key or f"event-{story_id}:0",
        story_id=story_id,
        reasons=(REASON, QUERY),
    )


def feed(feed_id: int = 1, **state: Any) -> Feed:
    """Make a feed as a reading at NOW leaves it, the next due in an hour."""
    usual: dict[str, Any] = {
        "validators": VALIDATORS,
        "first_read": NOW,
        "last_read": NOW,
        "next_due": NOW + HOUR,
    }
    return Feed(id=feed_id, source=Source(url=URL), **(usual | state))


def reading(  # noqa: PLR0913 - each names one thing that a test can be about
    new: Sequence[TaggedStory] = (),
    alerts: Sequence[Alert] = (),
    *,
    edited: Sequence[Story] = (),
    feed_id: int = 1,
    read_at: datetime = NOW,
    change: FeedChange | None = None,
    **state: Any,
) -> ReadingRecord:
    """Make the record of a reading, which leaves the feed as ``state`` says."""
    moved_on = {"last_read": read_at, "next_due": read_at + HOUR} | state
    return ReadingRecord(
        feed=feed(feed_id, **moved_on),
        read_at=read_at,
        new=new,
        edited=edited,
        alerts=alerts,
        change=change,
    )


async def record(store: Store, one: ReadingRecord) -> list[str]:
    """Store one reading; give the ids of its new stories."""
    [stored] = await store.record_readings([one])
    return stored


async def known(store: Store, *ids: str) -> dict[str, str]:
    """Map those of ``ids`` that are stored to the hash of their content."""
    found = await store.acquaintances(1, [story(each) for each in ids])
    return {each.story_id: each.content_hash for each in found}


async def one_feed(store: Store, url: str = URL) -> int:
    """Store a feed; give its id."""
    return (await store.add_source(Source(url=url), NOW)).id


async def owe(store: Store, *alerts: Alert) -> None:
    """Store alerts with their chats and, one each, their stories."""
    feed_id = await one_feed(store)
    for chat_id in {each.chat_id for each in alerts}:
        await store.ensure_chat(chat_id, ChatKind.GROUP, NOW)
    ids = dict.fromkeys(each.story_id for each in alerts)
    new = [tagged(story(each, feed_id=feed_id), signatures=[f"of {each}"]) for each in ids]
    await record(store, reading(new, alerts, feed_id=feed_id))


async def due(store: Store, now: datetime = NOW) -> list[OwedAlert]:
    """Give what is due, up to far more than a test stores."""
    return await store.due_alerts(now, 1000)


async def claim_one(store: Store, now: datetime = NOW) -> OwedAlert:
    """Claim the first alert that is due."""
    owed = (await due(store, now))[0]
    assert await store.claim(owed.id, now)
    return owed


SENT = Verdict(state=AlertState.SENT, message_id=77, text="as sent")
AGAIN = Verdict(state=AlertState.WAITING, not_before=NOW + MINUTE, why="later")
