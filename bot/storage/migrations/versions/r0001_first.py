"""The first schema."""

import sqlalchemy as sa
from alembic import op

from bot.storage.columns import Exact, Serial, Utc, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _feeds()
    _stories()
    _verdicts()
    _chats()
    _subscriptions()
    _outbox()
    _bot()


def _belongs(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=f"fk_{table}_{column}_{target}",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", Serial, nullable=False),
        sa.Column("url", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("country", Words, nullable=False),
        sa.Column("owner", Words, nullable=False),
        sa.Column("official", sa.Boolean, nullable=False),
        sa.Column("lang", Words, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("interval_seconds", sa.Float),
        sa.Column("origin", Words, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("etag", Exact),
        sa.Column("last_modified", Exact),
        sa.Column("body_hash", Exact),
        sa.Column("next_due", Utc),
        sa.Column("first_read", Utc),
        sa.Column("last_read", Utc),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", Utc),
        sa.Column("last_error", Words, nullable=False),
        sa.Column("newest_story", Utc),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("url", name="uq_feeds_url"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feeds_active_next_due", "feeds", ["active", "next_due"])


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", Words, nullable=False),
        sa.Column("feed_id", Serial, nullable=False),
        sa.Column("title", Words, nullable=False),
        sa.Column("summary", Words, nullable=False),
        sa.Column("body", Words, nullable=False),
        sa.Column("link", Words, nullable=False),
        sa.Column("published", Utc),
        sa.Column("first_seen", Utc, nullable=False),
        sa.Column("dated", Utc, nullable=False),
        sa.Column("lang", Words, nullable=False),
        sa.Column("content_hash", Words, nullable=False),
        sa.Column("event", Words, nullable=False),
        sa.Column("model", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        _belongs("stories", "feed_id", "feeds"),
    )
    op.create_index("ix_stories_feed_id", "stories", ["feed_id"])
    op.create_index("ix_stories_dated", "stories", ["dated"])
    op.create_index("ix_stories_event_dated", "stories", ["event", "dated"])


def _verdicts() -> None:
    op.create_table(
        "story_signatures",
        sa.Column("story_id", Words, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("signature", Words, nullable=False),
        sa.Column("event", Words, nullable=False),
        sa.Column("first_seen", Utc, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "position", name="pk_story_signatures"),
        _belongs("story_signatures", "story_id", "stories"),
    )
    op.create_index(
        "ix_story_signatures_signature_first_seen", "story_signatures", ["signature", "first_seen"]
    )
    op.create_table(
        "tags",
        sa.Column("story_id", Words, nullable=False),
        sa.Column("topic", Words, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("tagged", sa.Boolean, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "topic", name="pk_tags"),
        _belongs("tags", "story_id", "stories"),
    )


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("suspended", Words, nullable=False),
        sa.Column("not_before", Utc),
        sa.Column("created", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
    )
    op.create_table(
        "moved_chats",
        sa.Column("old_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("new_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("old_id", name="pk_moved_chats"),
        _belongs("moved_chats", "new_id", "chats"),
    )
    op.create_index("ix_moved_chats_new_id", "moved_chats", ["new_id"])


def _subscriptions() -> None:
    op.create_table(
        "keyword_topics",
        sa.Column("id", Serial, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("folded", Words, nullable=False),
        sa.Column("query", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keyword_topics"),
        sa.UniqueConstraint("chat_id", "folded", name="uq_keyword_topics_chat_id_folded"),
        _belongs("keyword_topics", "chat_id", "chats"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", Serial, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread", sa.BigInteger, nullable=False),
        sa.Column("topic", Words),
        sa.Column("keyword_topic_id", Serial),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint(
            "chat_id", "thread", "topic", name="uq_subscriptions_chat_id_thread_topic"
        ),
        sa.UniqueConstraint(
            "chat_id",
            "thread",
            "keyword_topic_id",
            name="uq_subscriptions_chat_id_thread_keyword_topic_id",
        ),
        sa.CheckConstraint(
            "(topic IS NULL) <> (keyword_topic_id IS NULL)",
            name=op.f("ck_subscriptions_one_of_two"),
        ),
        _belongs("subscriptions", "chat_id", "chats"),
        _belongs("subscriptions", "keyword_topic_id", "keyword_topics"),
    )
    op.create_index("ix_subscriptions_keyword_topic_id", "subscriptions", ["keyword_topic_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Serial, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread", sa.BigInteger, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("story_id", Words, nullable=False),
        sa.Column("event", Words, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.Column("not_before", Utc),
        sa.Column("created", Utc, nullable=False),
        sa.Column("claimed_at", Utc),
        sa.Column("sent_at", Utc),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("text", Words, nullable=False),
        sa.Column("why", Words, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("chat_id", "thread", "key", name="uq_outbox_chat_id_thread_key"),
        _belongs("outbox", "chat_id", "chats"),
        _belongs("outbox", "story_id", "stories"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_story_id", "outbox", ["story_id"])
    op.create_index("ix_outbox_state_chat_id_id", "outbox", ["state", "chat_id", "id"])
    op.create_index("ix_outbox_chat_id_message_id", "outbox", ["chat_id", "message_id"])


def _bot() -> None:
    op.create_table(
        "admins",
        sa.Column("user_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("since", Utc, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_admins"),
    )
    op.create_table(
        "meta",
        sa.Column("key", Words, nullable=False),
        sa.Column("value", Words, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
