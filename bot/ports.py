"""What the use cases need from the edges: each a small protocol that an edge or a test fulfils."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.models import (
    Alert,
    AlertState,
    Chat,
    ChatKind,
    Feed,
    KeywordTopic,
    Outcome,
    OwedAlert,
    Reading,
    Source,
    Story,
    Subscription,
    Tag,
    TaggedStory,
    Topic,
    Validators,
)
from bot.rules.delivery import Verdict


class Clock(Protocol):
    """Time: the real one in the service, a simulated one in tests."""

    def now(self) -> datetime:
        """Give the current time, aware and in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of this clock."""
        ...


class Reader(Protocol):
    """Reads a feed over the network."""

    async def read(self, feed: Feed) -> Reading:
        """Fetch and parse one feed; ``parsed`` is None when it had not changed.

        Raises FeedUnavailable or FeedUnreadable.
        """
        ...


class Tagger(Protocol):
    """Tags stories with topics."""

    @property
    def topics(self) -> Sequence[Topic]:
        """The topics that it knows, in their order."""
        ...

    @property
    def model(self) -> str:
        """The version of the model that decides: a short hash."""
        ...

    async def tag(self, stories: Sequence[Story]) -> list[tuple[Tag, ...]]:
        """Give the verdict of every topic on each story, in the order of the stories."""
        ...


class Sender(Protocol):
    """Sends alerts to chats."""

    async def send(self, owed: OwedAlert) -> Outcome:
        """Send one alert, within the limits of where it goes; never raises for a failed send."""
        ...

    def ready_at(self, chat: Chat, now: datetime) -> datetime:
        """Tell when our own limits next allow a message to ``chat``: ``now`` or later."""
        ...

    def serves(self, chat: Chat) -> bool:
        """Tell whether this sender can reach ``chat`` at all (a terminal, or Telegram)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRecord:
    """All that one reading of one feed changes; stored in one transaction or not at all.

    ``alerts`` holds, for each new story, the alerts that it causes.
    """

    feed_id: int
    read_at: datetime
    next_due: datetime
    validators: Validators
    new: Sequence[TaggedStory] = ()
    edited: Sequence[Story] = ()
    alerts: Sequence[Alert] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRecord:
    """What a failed reading of a feed changes."""

    feed_id: int
    failed_at: datetime
    next_due: datetime
    why: str
    paused: bool = False


class FeedStore(Protocol):
    """Feeds and what their readings leave."""

    async def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources the polled ones; what operators added stays.

        A configured source that is gone is no longer polled; its stories and state stay.
        """
        ...

    async def add_source(self, source: Source, now: datetime) -> Feed:
        """Add or revive a feed that an operator wants polled, due at once."""
        ...

    async def remove_feed(self, url: str) -> bool:
        """Stop polling the feed at ``url``; false where there is none."""
        ...

    async def feeds(self) -> list[Feed]:
        """Give all feeds that are polled, by URL."""
        ...

    async def due_feeds(self, now: datetime, limit: int) -> list[Feed]:
        """Give the feeds whose time has come, the longest overdue first."""
        ...

    async def known_stories(self, ids: Collection[str]) -> dict[str, str]:
        """Map those of ``ids`` that are stored to the hash of their content."""
        ...

    async def events_of(self, signatures: Collection[str], since: datetime) -> dict[str, str]:
        """Map those of ``signatures`` that a story seen after ``since`` bears to its event."""
        ...

    async def told_by(self, feed_id: int, signatures: Collection[str], since: datetime) -> set[str]:
        """Give those of ``signatures`` that a story of a feed, seen after ``since``, bears."""
        ...

    async def subscriptions(self) -> list[Subscription]:
        """Give the subscriptions of all chats that are not suspended."""
        ...

    async def record_reading(self, record: ReadingRecord) -> list[str]:
        """Store a reading whole; give the ids of the stories that were indeed new."""
        ...

    async def record_failure(self, record: FailureRecord) -> None:
        """Store that a feed could not be read."""
        ...


class Outbox(Protocol):
    """The alerts that are owed, and what became of them."""

    async def due_alerts(self, now: datetime, limit: int) -> list[OwedAlert]:
        """Give, for each chat that may be written to, its oldest waiting alert that is due."""
        ...

    async def claim(self, alert_id: int, now: datetime) -> bool:
        """Mark a waiting alert as being sent, durably; false where it no longer waits."""
        ...

    async def settle(self, owed: OwedAlert, verdict: Verdict, now: datetime) -> None:
        """Store what became of an attempt, with what it means for chat and bot."""
        ...

    async def sending(self) -> list[OwedAlert]:
        """Give the alerts that a crash or a stop left in the middle of their sending."""
        ...

    async def next_alert_due(self) -> datetime | None:
        """Tell when the next waiting alert falls due; None where none waits."""
        ...

    async def alert_counts(self) -> dict[AlertState, int]:
        """Count the alerts in each state; states without any are left out."""
        ...


class SubscriberStore(Protocol):
    """Chats, what they follow, and what they may look back on."""

    async def ensure_chat(self, chat_id: int, kind: ChatKind, now: datetime) -> Chat:
        """Give the chat, made if new; one that was suspended is woken by this."""
        ...

    async def suspend_chat(self, chat_id: int, why: str) -> None:
        """Send nothing more to a chat until it speaks again."""
        ...

    async def migrate_chat(self, old_id: int, new_id: int) -> None:
        """Move a chat with all that belongs to it to a new id, in one transaction."""
        ...

    async def forget_chat(self, chat_id: int) -> None:
        """Delete every row that belongs to a chat."""
        ...

    async def follow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """Subscribe a chat to topics; give those that are new to it."""
        ...

    async def unfollow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """End subscriptions to topics; give those that there were."""
        ...

    async def followed(self, chat_id: int, thread: int) -> set[str]:
        """Give the topics that a chat follows in a thread."""
        ...

    async def save_keyword_topic(
        self, chat_id: int, thread: int, name: str, query: str
    ) -> KeywordTopic:
        """Create, or replace by name, a keyword topic and subscribe the chat to it."""
        ...

    async def delete_keyword_topic(self, chat_id: int, name: str) -> bool:
        """Delete a keyword topic by name, whatever its case; false where there is none."""
        ...

    async def keyword_topics(self, chat_id: int) -> list[KeywordTopic]:
        """Give a chat's keyword topics by name."""
        ...

    async def latest(self, topic: str | None, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the last tagged stories, of one topic or of any, newest first, one an event."""
        ...

    async def recent(self, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the last stories, tagged or not, newest first; an event may come several times."""
        ...

    async def sent_alert(self, chat_id: int, message_id: int) -> OwedAlert | None:
        """Find the alert that a message in a chat was; None where it was none."""
        ...

    async def alert(self, chat_id: int, alert_id: int) -> OwedAlert | None:
        """Find an alert of a chat by its id, sent or not; None where there is none."""
        ...

    async def admins(self) -> set[int]:
        """Give the users who became admins by the one-time link."""
        ...

    async def offer_claim(self, code_hash: str) -> None:
        """Keep the hash of the one-time code that makes its first user the admin."""
        ...

    async def take_claim(self, code_hash: str, user_id: int, now: datetime) -> bool:
        """Make a user an admin and burn the code; false where the code is not the offered one."""
        ...


class Store(FeedStore, Outbox, SubscriberStore, Protocol):
    """The whole database."""

    async def close(self) -> None:
        """Release every connection."""
        ...
