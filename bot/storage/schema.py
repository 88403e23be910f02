"""The tables. A change here needs a revision in ``migrations/versions``; a test compares the two.

A chat's rows hang on ``chats.id`` with ON UPDATE and ON DELETE CASCADE: to move a chat is to change
its id, to forget it is to delete one row.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from bot.storage.columns import Exact, Serial, Token, Utc, Words

CONFIGURED: Final = "configured"
"""The origin of a feed that the settings name: it is polled as long as they do."""

ADDED: Final = "added"
"""The origin of a feed that an operator added: it is polled until an operator removes it."""

ALERT: Final = "alert"
"""The kind of an outbox row that holds an alert."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _belongs(target: str) -> ForeignKey:
    """Make a row follow the row it belongs to, when that is renamed and when it is deleted."""
    return ForeignKey(target, ondelete="CASCADE", onupdate="CASCADE")


# ── feeds ────────────────────────────────────────────────────────────────────────────────────

feeds = Table(
    "feeds",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("url", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("country", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("official", Boolean, nullable=False),
    Column("lang", Words, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("interval_seconds", Float),
    Column("origin", Words, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("etag", Exact),
    Column("last_modified", Exact),
    Column("body_hash", Exact),
    Column("next_due", Utc),
    Column("first_read", Utc),
    Column("last_read", Utc),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Utc),
    Column("last_error", Words, nullable=False, default=""),
    Column("newest_story", Utc),
    Column("paused", Boolean, nullable=False, default=False),
    Column("validators_url", Exact),
    Column("folder", Words, nullable=False, server_default=""),
    Column("host", Words, nullable=False, server_default=""),
    Column("address", Words, nullable=False, server_default=""),
    Column("moving_to", Words, nullable=False, server_default=""),
    Column("moves", Integer, nullable=False, server_default="0"),
    Column("pace", JSON(none_as_null=True)),
    Column("empty_since", Utc),
    Column("trouble", Words, nullable=False, server_default=""),
    Index(None, "active", "next_due"),
    sqlite_autoincrement=True,
)

feed_changes = Table(
    "feed_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("feed_id", _belongs("feeds.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("trouble", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("told", Boolean, nullable=False, default=False),
    Index(None, "told", "id"),
    # An id must never come again: who tells of a change marks it by its id afterwards.
    sqlite_autoincrement=True,
)

# ── stories ──────────────────────────────────────────────────────────────────────────────────

stories = Table(
    "stories",
    metadata,
    Column("id", Token, primary_key=True),
    Column("feed_id", _belongs("feeds.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("link", Words, nullable=False),
    Column("published", Utc),
    Column("first_seen", Utc, nullable=False),
    # When the story is of: published where that can be, else first seen. Kept, to be indexed.
    Column("dated", Utc, nullable=False, index=True),
    Column("lang", Words, nullable=False),
    Column("content_hash", Token, nullable=False),
    Column("event", Token, nullable=False),
    Column("model", Token, nullable=False),
    Column("outlet", Words, nullable=False, server_default=""),
    Column("guid_key", Token, nullable=False, server_default=""),
    Column("link_key", Token, nullable=False, server_default=""),
    Column("title_key", Token, nullable=False, server_default=""),
    # What all topics say: [topic, probability, tagged, [[word, weight], …]], in their order.
    Column("verdicts", JSON, nullable=False, server_default="[]"),
    Index(None, "event", "dated"),
    Index(None, "feed_id", "guid_key"),
    Index(None, "feed_id", "link_key"),
    Index(None, "feed_id", "title_key"),
)

story_signatures = Table(
    "story_signatures",
    metadata,
    Column("story_id", _belongs("stories.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("signature", Token, nullable=False),
    Column("event", Token, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("feed_id", Serial, nullable=False, server_default="0"),
    Index(None, "signature", "first_seen"),
)

# The topics that stories are tagged with, to look stories up by.
tags = Table(
    "tags",
    metadata,
    Column("story_id", _belongs("stories.id"), primary_key=True),
    Column("topic", Token, primary_key=True),
)

# ── subscribers ──────────────────────────────────────────────────────────────────────────────

chats = Table(
    "chats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("suspended", Words, nullable=False, default=""),
    Column("not_before", Utc),
    Column("created", Utc, nullable=False),
)

moved_chats = Table(
    "moved_chats",
    metadata,
    Column("old_id", BigInteger, primary_key=True, autoincrement=False),
    Column("new_id", _belongs("chats.id"), nullable=False, index=True),
)

keyword_topics = Table(
    "keyword_topics",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("chat_id", _belongs("chats.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("folded", Words, nullable=False),
    Column("query", Words, nullable=False),
    UniqueConstraint("chat_id", "folded"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("chat_id", _belongs("chats.id"), nullable=False),
    Column("thread", BigInteger, nullable=False),
    Column("topic", Words),
    Column("keyword_topic_id", _belongs("keyword_topics.id"), index=True),
    # Two NULLs are never equal to a UNIQUE, so each of these binds only one kind.
    UniqueConstraint("chat_id", "thread", "topic"),
    UniqueConstraint("chat_id", "thread", "keyword_topic_id"),
    CheckConstraint("(topic IS NULL) <> (keyword_topic_id IS NULL)", name="one_of_two"),
)

# ── alerts ───────────────────────────────────────────────────────────────────────────────────

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", Words, nullable=False, default=ALERT),
    Column("chat_id", _belongs("chats.id"), nullable=False),
    Column("thread", BigInteger, nullable=False),
    Column("key", Words, nullable=False),
    Column("story_id", _belongs("stories.id"), nullable=False, index=True),
    Column("event", Words, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("doubts", Integer, nullable=False, default=0),
    Column("not_before", Utc),
    Column("created", Utc, nullable=False),
    Column("claimed_at", Utc),
    Column("sent_at", Utc),
    Column("message_id", BigInteger),
    Column("text", Words, nullable=False, default=""),
    Column("why", Words, nullable=False, default=""),
    UniqueConstraint("chat_id", "thread", "key"),
    Index(None, "state", "chat_id", "id"),
    Index(None, "chat_id", "message_id"),
    # An id must never come again: the verdict on a send in the air would strike another alert.
    sqlite_autoincrement=True,
)

# ── the bot ──────────────────────────────────────────────────────────────────────────────────

admins = Table(
    "admins",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Utc, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
