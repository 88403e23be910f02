"""Statements about chats, what they follow, and who may operate the bot."""

import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, select

from bot.models import Chat, ChatKind, KeywordTopic, Subscription
from bot.storage.dialects import insert_or_ignore, insert_or_update
from bot.storage.rows import chat_of, keyword_topic_of
from bot.storage.schema import admins, chats, keyword_topics, meta, moved_chats, subscriptions

_CLAIM: Final = "claim"
"""The key in ``meta`` of the hash of the one-time code that makes an admin."""

_SUBSCRIPTIONS: Final = (
    select(
        subscriptions.c.chat_id,
        subscriptions.c.thread,
        subscriptions.c.topic,
        keyword_topics.c.id,
        keyword_topics.c.name,
        keyword_topics.c.query,
    )
    .select_from(
        subscriptions.join(chats).outerjoin(
            keyword_topics, subscriptions.c.keyword_topic_id == keyword_topics.c.id
        )
    )
    .where(chats.c.suspended == "")
    .order_by(subscriptions.c.id)
)


def fold(name: str) -> str:
    """Give the form in which two names of keyword topics are the same: case and spaces aside."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


# ── chats ────────────────────────────────────────────────────────────────────────────────────


def ensure_chat(connection: Connection, chat_id: int, kind: ChatKind, now: datetime) -> Chat:
    """Give the chat, made if new; one that was suspended is woken by this."""
    statement = insert_or_update(connection, chats, ["id"], ["kind", "suspended"])
    row = {"id": chat_id, "kind": kind, "suspended": "", "created": now}
    connection.execute(statement, [row])
    stored = connection.execute(select(chats).where(chats.c.id == chat_id))
    return chat_of(stored.mappings().one())


def forget_chat(connection: Connection, chat_id: int) -> None:
    """Delete every row that bears the id of a chat; a private chat has the id of its user."""
    connection.execute(delete(chats).where(chats.c.id == chat_id))
    connection.execute(delete(moved_chats).where(moved_chats.c.old_id == chat_id))
    connection.execute(delete(admins).where(admins.c.user_id == chat_id))


# ── what they follow ─────────────────────────────────────────────────────────────────────────


def all_subscriptions(connection: Connection) -> list[Subscription]:
    """Give the subscriptions of all chats that are not suspended."""
    return [
        Subscription(
            chat_id=chat_id,
            thread=thread,
            topic=topic,
            keyword_topic=KeywordTopic(id=id_, chat_id=chat_id, name=name, query=query)
            if id_ is not None
            else None,
        )
        for chat_id, thread, topic, id_, name, query in connection.execute(_SUBSCRIPTIONS)
    ]


def follow(connection: Connection, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
    """Subscribe a chat to topics; give those that are new to it."""
    if not topics:
        return set()
    statement = insert_or_ignore(connection, subscriptions).returning(subscriptions.c.topic)
    rows = [_subscription(chat_id, thread, topic=topic) for topic in sorted(set(topics))]
    return set(connection.scalars(statement, rows))


def unfollow(
    connection: Connection, chat_id: int, thread: int, topics: Collection[str]
) -> set[str]:
    """End subscriptions to topics; give those that there were."""
    statement = delete(subscriptions).where(
        subscriptions.c.chat_id == chat_id,
        subscriptions.c.thread == thread,
        subscriptions.c.topic.in_(topics),
    )
    return set(connection.scalars(statement.returning(subscriptions.c.topic)))


def followed(connection: Connection, chat_id: int, thread: int) -> set[str]:
    """Give the topics that a chat follows in a thread."""
    statement = select(subscriptions.c.topic).where(
        subscriptions.c.chat_id == chat_id,
        subscriptions.c.thread == thread,
        subscriptions.c.topic.is_not(None),
    )
    return set(connection.scalars(statement))


def save_keyword_topic(
    connection: Connection, chat_id: int, thread: int, name: str, query: str
) -> KeywordTopic:
    """Create, or replace by name, a keyword topic and subscribe the chat to it."""
    key = {"chat_id": chat_id, "folded": fold(name)}
    saved = insert_or_update(connection, keyword_topics, list(key), ["name", "query"])
    connection.execute(saved, [key | {"name": name, "query": query}])
    row = connection.execute(select(keyword_topics).filter_by(**key)).mappings().one()
    topic = keyword_topic_of(row)
    subscribed = insert_or_ignore(connection, subscriptions)
    connection.execute(subscribed, [_subscription(chat_id, thread, keyword_topic_id=topic.id)])
    return topic


def delete_keyword_topic(connection: Connection, chat_id: int, name: str) -> bool:
    """Delete a keyword topic by name, whatever its case; false where there is none."""
    statement = delete(keyword_topics).where(
        keyword_topics.c.chat_id == chat_id, keyword_topics.c.folded == fold(name)
    )
    return connection.execute(statement).rowcount > 0


def keyword_topics_of(connection: Connection, chat_id: int) -> list[KeywordTopic]:
    """Give a chat's keyword topics by name."""
    statement = select(keyword_topics).where(keyword_topics.c.chat_id == chat_id)
    rows = connection.execute(statement).mappings()
    return sorted((keyword_topic_of(row) for row in rows), key=lambda topic: fold(topic.name))


# ── who may operate the bot ──────────────────────────────────────────────────────────────────


def admin_ids(connection: Connection) -> set[int]:
    """Give the users who became admins by the one-time link."""
    return set(connection.scalars(select(admins.c.user_id)))


def offer_claim(connection: Connection, code_hash: str) -> None:
    """Keep the hash of the one-time code; an earlier one is void."""
    statement = insert_or_update(connection, meta, ["key"], ["value"])
    connection.execute(statement, [{"key": _CLAIM, "value": code_hash}])


def take_claim(connection: Connection, code_hash: str, user_id: int, now: datetime) -> bool:
    """Make a user an admin and burn the code; false where the code is not the offered one."""
    offered = and_(meta.c.key == _CLAIM, meta.c.value == code_hash)
    if not connection.execute(delete(meta).where(offered)).rowcount:
        return False
    statement = insert_or_ignore(connection, admins)
    connection.execute(statement, [{"user_id": user_id, "since": now}])
    return True


def _subscription(
    chat_id: int, thread: int, *, topic: str | None = None, keyword_topic_id: int | None = None
) -> dict[str, Any]:
    return {
        "chat_id": chat_id,
        "thread": thread,
        "topic": topic,
        "keyword_topic_id": keyword_topic_id,
    }
