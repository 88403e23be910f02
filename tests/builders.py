"""Small things to test with, each made in one call with only what matters to the test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models import (
    Alert,
    AlertState,
    Chat,
    ChatKind,
    Entry,
    Feed,
    OwedAlert,
    Source,
    Story,
    Subscription,
    Tag,
    TaggedStory,
    TopicReason,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def ago(**how_long: float) -> datetime:
    """Give a time before NOW: ``ago(hours=2)``."""
    return NOW - timedelta(**how_long)


def source(url: str = "https://example.org/feed", **what: Any) -> Source:
    """Make a source."""
    return Source(url=url, **what)


def feed(url: str = "https://example.org/feed", **what: Any) -> Feed:
    """Make a feed that was read before, so that what it brings is news."""
    state = {"first_read": ago(days=30), "last_read": ago(minutes=15), "next_due": NOW}
    return Feed(id=1, source=what.pop("source", source(url)), **(state | what))


def entry(title: str = "Iran ships drones", **what: Any) -> Entry:
    """Make an entry of a feed."""
    return Entry(title=title, **what)


def story(title: str = "Iran ships drones", **what: Any) -> Story:
    """Make a story, just seen."""
    fields: dict[str, Any] = {
        "id": "a1b2c3d4e5f60718",
        "feed_id": 1,
        "summary": "",
        "body": "",
        "link": "https://example.org/iran-ships-drones",
        "published": ago(minutes=20),
        "first_seen": NOW,
        "lang": "en",
        "content_hash": "0",
    }
    return Story(title=title, **(fields | what))


def tag(topic: str = "drone_supply", probability: float = 0.94, **what: Any) -> Tag:
    """Make a verdict: tagged, unless told otherwise."""
    fields: dict[str, Any] = {"tagged": True, "words": (("drones", 2.1), ("ships", 1.4))}
    return Tag(topic=topic, probability=probability, **(fields | what))


def tagged(*tags: Tag, **what: Any) -> TaggedStory:
    """Make a tagged story that is an event of its own."""
    about = story(**what)
    return TaggedStory(story=about, tags=tags or (tag(),), event=about.id, model="0123abcd")


def follows(chat_id: int = 7, topic: str | None = "drone_supply", **what: Any) -> Subscription:
    """Make a subscription to a topic."""
    return Subscription(chat_id=chat_id, topic=topic, **what)


def owed(**what: Any) -> OwedAlert:
    """Make an alert as it lies in the outbox, waiting."""
    about = what.pop("tagged", None) or tagged()
    chat = what.pop("chat", None) or Chat(id=7, kind=ChatKind.PRIVATE)
    reasons = tuple(
        TopicReason(topic=each.topic, probability=each.probability, words=each.words)
        for each in about.tags
        if each.tagged
    )
    alert = Alert(
        chat_id=chat.id, thread=0, key=f"{about.event}:0", story_id=about.story.id, reasons=reasons
    )
    fields: dict[str, Any] = {
        "id": 1,
        "alert": alert,
        "source": source(name="The Example", country="GB"),
        "state": AlertState.WAITING,
        "attempts": 0,
        "doubts": 0,
        "created": NOW,
    }
    return OwedAlert(tagged=about, chat=chat, **(fields | what))
