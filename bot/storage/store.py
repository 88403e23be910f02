"""The store: ``bot.ports.Store`` over SQLite or PostgreSQL.

The statements lie beside it by subject. Every method is one transaction, and anything that a
driver raises arrives as StorageError.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from bot.models import (
    Acquaintance,
    AlertState,
    Bearer,
    Chat,
    ChatKind,
    Feed,
    FeedChange,
    KeywordTopic,
    OwedAlert,
    Source,
    Story,
    Subscription,
    TaggedStory,
)
from bot.ports import FailureRecord, ReadingRecord
from bot.rules.delivery import Verdict
from bot.storage import backups, feeds, looking_back, moves, outbox, readings, subscribers
from bot.storage.dialects import parse_url
from bot.storage.engine import Database
from bot.storage.migrate import upgrade


async def open_store(url: str) -> "SqlStore":
    """Bring the database at ``url`` up to date and open it.

    ``url`` is ``sqlite:///file``, whose directory must be there, or ``postgresql://…``.

    Raises:
        UsageError: ``url`` is no address of a database.
        StorageError: the database cannot be used; the sentence says what to do.
    """
    await asyncio.to_thread(upgrade, url)
    return SqlStore(url)


class SqlStore:
    """The database of the service; see the protocol for what each method promises."""

    def __init__(self, url: str) -> None:
        """Prepare a database that ``open_store`` or ``upgrade`` has brought up to date."""
        self._url = parse_url(url)
        self._database = Database(self._url)

    async def close(self) -> None:
        """Release every connection."""
        await self._database.close()

    async def backup(self, file: Path) -> None:
        """Write a copy to ``file``, whole or not at all, while the service goes on.

        Raises:
            StorageError: the file exists or cannot be written, or the database is not SQLite.
        """
        await asyncio.to_thread(backups.backup, self._url, file)

    # ── feeds ────────────────────────────────────────────────────────────────────────────────

    async def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources the polled ones; what operators added stays."""
        await self._database.write(feeds.sync_sources, sources, now)

    async def add_source(self, source: Source, now: datetime) -> Feed:
        """Add or revive a feed that an operator wants polled, due at once."""
        return await self._database.write(feeds.add_source, source, now)

    async def remove_feed(self, url: str) -> bool:
        """Stop polling the feed at ``url``; false where there is none."""
        return await self._database.write(feeds.remove_feed, url)

    async def feeds(self) -> list[Feed]:
        """Give all feeds that are polled, by URL."""
        return await self._database.read(feeds.polled)

    async def due_feeds(
        self, now: datetime, limit: int, besides: Collection[str] = ()
    ) -> list[Feed]:
        """Give the feeds whose time has come, the longest overdue first."""
        return await self._database.read(feeds.due, now, limit, besides)

    async def acquaintances(self, feed_id: int, stories: Sequence[Story]) -> list[Acquaintance]:
        """Give the stored stories of a feed that ``stories`` may be: by id, or by any key."""
        return await self._database.read(readings.acquaintances, feed_id, stories)

    async def bearers(self, signatures: Collection[str], since: datetime) -> list[Bearer]:
        """Give what stories seen after ``since`` bear of ``signatures``, the latest last."""
        return await self._database.read(readings.bearers, signatures, since)

    async def record_readings(self, records: Sequence[ReadingRecord]) -> list[list[str]]:
        """Store readings, all or none; give for each the ids of its new stories."""
        return await self._database.write(readings.record_readings, records)

    async def record_failure(self, record: FailureRecord) -> None:
        """Store that a feed could not be read."""
        await self._database.write(feeds.record_failure, record)

    async def postpone(self, feed_id: int, until: datetime) -> None:
        """Let a feed, which was not asked, be due at ``until``."""
        await self._database.write(feeds.postpone, feed_id, until)

    async def untold_changes(self, limit: int) -> list[FeedChange]:
        """Give the changes of feeds that nobody was told of yet, the oldest first."""
        return await self._database.read(feeds.untold_changes, limit)

    async def mark_told(self, changes: Collection[int]) -> None:
        """Keep that the changes of these ids were told."""
        await self._database.write(feeds.mark_told, changes)

    # ── outbox ───────────────────────────────────────────────────────────────────────────────

    async def due_alerts(self, now: datetime, limit: int) -> list[OwedAlert]:
        """Give, for each chat that may be written to, its oldest waiting alert that is due."""
        return await self._database.read(outbox.due_alerts, now, limit)

    async def claim(self, alert_id: int, now: datetime) -> bool:
        """Mark a waiting alert as being sent, durably; false where it no longer waits."""
        return await self._database.write(outbox.claim, alert_id, now)

    async def settle(self, owed: OwedAlert, verdict: Verdict, now: datetime) -> None:
        """Store what became of an attempt, with what it means for chat and bot."""
        await self._database.write(outbox.settle, owed, verdict, now)

    async def sending(self) -> list[OwedAlert]:
        """Give the alerts that a crash or a stop left in the middle of their sending."""
        return await self._database.read(outbox.sending)

    async def next_alert_due(self) -> datetime | None:
        """Tell when the next waiting alert falls due; None where none waits."""
        return await self._database.read(outbox.next_alert_due)

    async def alert_counts(self) -> dict[AlertState, int]:
        """Count the alerts in each state; states without any are left out."""
        return await self._database.read(outbox.alert_counts)

    # ── subscribers ──────────────────────────────────────────────────────────────────────────

    async def subscriptions(self) -> list[Subscription]:
        """Give the subscriptions of all chats that are not suspended."""
        return await self._database.read(subscribers.all_subscriptions)

    async def ensure_chat(self, chat_id: int, kind: ChatKind, now: datetime) -> Chat:
        """Give the chat, made if new; one that was suspended is woken by this."""
        return await self._database.write(subscribers.ensure_chat, chat_id, kind, now)

    async def suspend_chat(self, chat_id: int, why: str) -> None:
        """Send nothing more to a chat until it speaks again."""
        await self._database.write(outbox.suspend_chat, chat_id, why)

    async def migrate_chat(self, old_id: int, new_id: int) -> None:
        """Move a chat with all that belongs to it to a new id, in one transaction."""
        await self._database.write(moves.migrate_chat, old_id, new_id)

    async def forget_chat(self, chat_id: int) -> None:
        """Delete every row that belongs to a chat."""
        await self._database.write(subscribers.forget_chat, chat_id)

    async def follow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """Subscribe a chat to topics; give those that are new to it."""
        return await self._database.write(subscribers.follow, chat_id, thread, topics)

    async def unfollow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """End subscriptions to topics; give those that there were."""
        return await self._database.write(subscribers.unfollow, chat_id, thread, topics)

    async def followed(self, chat_id: int, thread: int) -> set[str]:
        """Give the topics that a chat follows in a thread."""
        return await self._database.read(subscribers.followed, chat_id, thread)

    async def save_keyword_topic(
        self, chat_id: int, thread: int, name: str, query: str
    ) -> KeywordTopic:
        """Create, or replace by name, a keyword topic and subscribe the chat to it."""
        return await self._database.write(
            subscribers.save_keyword_topic, chat_id, thread, name, query
        )

    async def delete_keyword_topic(self, chat_id: int, name: str) -> bool:
        """Delete a keyword topic by name, whatever its case; false where there is none."""
        return await self._database.write(subscribers.delete_keyword_topic, chat_id, name)

    async def keyword_topics(self, chat_id: int) -> list[KeywordTopic]:
        """Give a chat's keyword topics by name."""
        return await self._database.read(subscribers.keyword_topics_of, chat_id)

    async def latest(self, topic: str | None, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the last tagged stories, of one topic or of any, newest first, one an event."""
        return await self._database.read(looking_back.latest, topic, limit)

    async def recent(self, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the last stories, tagged or not, newest first; an event may come several times."""
        return await self._database.read(looking_back.recent, limit)

    async def sent_alert(self, chat_id: int, message_id: int) -> OwedAlert | None:
        """Find the alert that a message in a chat was; None where it was none."""
        return await self._database.read(outbox.sent_alert, chat_id, message_id)

    async def alert(self, chat_id: int, alert_id: int) -> OwedAlert | None:
        """Find an alert of a chat by its id, sent or not; None where there is none."""
        return await self._database.read(outbox.alert, chat_id, alert_id)

    async def admins(self) -> set[int]:
        """Give the users who became admins by the one-time link."""
        return await self._database.read(subscribers.admin_ids)

    async def offer_claim(self, code_hash: str) -> None:
        """Keep the hash of the one-time code that makes its first user the admin."""
        await self._database.write(subscribers.offer_claim, code_hash)

    async def take_claim(self, code_hash: str, user_id: int, now: datetime) -> bool:
        """Make a user an admin and burn the code; false where the code is not the offered one."""
        return await self._database.write(subscribers.take_claim, code_hash, user_id, now)
