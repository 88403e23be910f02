"""What the use cases need from the edges: each a small protocol that an edge or a test fulfils."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.models import (
    Acquaintance,
    Alert,
    AlertState,
    Bearer,
    Chat,
    ChatKind,
    Feed,
    FeedChange,
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

        Raises FeedUnavailable, FeedUnreadable or FeedDeferred.
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

    ``feed`` is the feed as the reading leaves it; ``uneventful`` tells that this differs from
    what it was only in when it was read and is due. ``alerts`` holds, for each new story, the
    alerts that it causes. The keys of an edited story are stored with its text.
    """

    feed: Feed
    read_at: datetime
    uneventful: bool = False
    new: Sequence[TaggedStory] = ()
    edited: Sequence[Story] = ()
    alerts: Sequence[Alert] = ()
    change: FeedChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRecord:
    """What a failed reading of a feed changes.

    ``feed`` is the feed as the failure leaves it. No feed of ``resting_host`` is due before
    ``resting_until`` (429: its publisher asked for that).
    """

    feed: Feed
    change: FeedChange | None = None
    resting_host: str = ""
    resting_until: datetime | None = None


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

    async def due_feeds(
        self, now: datetime, limit: int, besides: Collection[str] = ()
    ) -> list[Feed]:
        """Give the feeds whose time has come, the longest overdue first.

        Feeds on the hosts of ``besides`` (``bot.rules.polling.host_of``) are left out.
        """
        ...

    async def acquaintances(self, feed_id: int, stories: Sequence[Story]) -> list[Acquaintance]:
        """Give the stored stories of a feed that ``stories`` may be: by id, or by any key."""
        ...

    async def bearers(self, signatures: Collection[str], since: datetime) -> list[Bearer]:
        """Give what stories seen after ``since`` bear of ``signatures``, the latest last."""
        ...

    async def subscriptions(self) -> list[Subscription]:
        """Give the subscriptions of all chats that are not suspended."""
        ...

    async def record_readings(self, records: Sequence[ReadingRecord]) -> list[list[str]]:
        """Store readings, all or none; give for each the ids of its stories that were indeed new.

        A feed that is there no more is passed over, and its stories with it.
        """
        ...

    async def record_failure(self, record: FailureRecord) -> None:
        """Store that a feed could not be read."""
        ...

    async def postpone(self, feed_id: int, until: datetime) -> None:
        """Let a feed, which was not asked, be due at ``until``."""
        ...

    async def untold_changes(self, limit: int) -> list[FeedChange]:
        """Give the changes of feeds that nobody was told of yet, the oldest first."""
        ...

    async def mark_told(self, changes: Collection[int]) -> None:
        """Keep that the changes of these ids were told."""
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
