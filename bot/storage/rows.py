"""The things of ``bot.models`` as rows, and back."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, RowMapping, select

from bot.models import (
    Alert,
    AlertState,
    Chat,
    ChatKind,
    Keys,
    KeywordTopic,
    OwedAlert,
    Story,
    Tag,
    TaggedStory,
)
from bot.rules.identity import dated
from bot.storage import reasons
from bot.storage.feed_rows import source_of
from bot.storage.schema import chats, keyword_topics, outbox, stories, story_signatures

T = TypeVar("T")

CHUNK: Final = 10_000
"""Values in one IN list; SQLite allows 32,766 variables in a statement."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut ``values`` into lists of at most ``size``."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


# ── to rows ──────────────────────────────────────────────────────────────────────────────────


def story_row(tagged: TaggedStory) -> dict[str, Any]:
    """Give a story's own row."""
    story = tagged.story
    return {
        "id": story.id,
        "feed_id": story.feed_id,
        "published": story.published,
        "first_seen": story.first_seen,
        "dated": dated(story),
        "lang": story.lang,
        "event": tagged.event,
        "model": tagged.model,
        "verdicts": [(tag.topic, tag.probability, tag.tagged, tag.words) for tag in tagged.tags],
        **content_row(story),
    }


def content_row(story: Story) -> dict[str, Any]:
    """Give the columns that an edit of a story changes."""
    return {
        "title": story.title,
        "summary": story.summary,
        "body": story.body,
        "link": story.link,
        "content_hash": story.content_hash,
        "outlet": story.outlet,
        "guid_key": story.keys.guid,
        "link_key": story.keys.link,
        "title_key": story.keys.title,
    }


def tag_rows(tagged: TaggedStory) -> list[dict[str, Any]]:
    """Give the rows by which a story is found under its topics."""
    return [{"story_id": tagged.story.id, "topic": topic} for topic in tagged.topics]


def signature_rows(tagged: TaggedStory) -> list[dict[str, Any]]:
    """Give the rows by which other reports of a story's event are recognised."""
    return [
        {
            "story_id": tagged.story.id,
            "position": position,
            "signature": signature,
            "event": tagged.event,
            "first_seen": tagged.story.first_seen,
            "feed_id": tagged.story.feed_id,
        }
        for position, signature in enumerate(tagged.signatures)
    ]


def alert_row(alert: Alert, chat_id: int, created: datetime) -> dict[str, Any]:
    """Give the outbox row of an alert that waits; ``chat_id`` is where its chat is by now."""
    return {
        "chat_id": chat_id,
        "thread": alert.thread,
        "key": alert.key,
        "story_id": alert.story_id,
        "event": alert.key.rpartition(":")[0],
        "reasons": reasons.to_json(alert.reasons),
        "state": AlertState.WAITING,
        "created": created,
    }


# ── from rows ────────────────────────────────────────────────────────────────────────────────


def story_of(row: RowMapping) -> Story:
    """Read a story from a row with the columns of ``stories``."""
    return Story(
        id=row[stories.c.id],
        feed_id=row[stories.c.feed_id],
        title=row[stories.c.title],
        summary=row[stories.c.summary],
        body=row[stories.c.body],
        link=row[stories.c.link],
        published=row[stories.c.published],
        first_seen=row[stories.c.first_seen],
        lang=row[stories.c.lang],
        content_hash=row[stories.c.content_hash],
        keys=Keys(
            guid=row[stories.c.guid_key],
            link=row[stories.c.link_key],
            title=row[stories.c.title_key],
        ),
        outlet=row[stories.c.outlet],
    )


def chat_of(row: RowMapping) -> Chat:
    """Read a chat from a row with the columns of ``chats``."""
    return Chat(
        id=row[chats.c.id],
        kind=ChatKind(row[chats.c.kind]),
        suspended=row[chats.c.suspended],
    )


def keyword_topic_of(row: RowMapping) -> KeywordTopic:
    """Read a keyword topic from a row with the columns of ``keyword_topics``."""
    return KeywordTopic(
        id=row[keyword_topics.c.id],
        chat_id=row[keyword_topics.c.chat_id],
        name=row[keyword_topics.c.name],
        query=row[keyword_topics.c.query],
    )


def owed_of(row: RowMapping, tagged: TaggedStory) -> OwedAlert:
    """Read an alert from a row with the columns of outbox, chats and feeds."""
    return OwedAlert(
        id=row[outbox.c.id],
        alert=Alert(
            chat_id=row[outbox.c.chat_id],
            thread=row[outbox.c.thread],
            key=row[outbox.c.key],
            story_id=row[outbox.c.story_id],
            reasons=reasons.from_json(row[outbox.c.reasons]),
        ),
        tagged=tagged,
        source=source_of(row),
        chat=chat_of(row),
        state=AlertState(row[outbox.c.state]),
        attempts=row[outbox.c.attempts],
        doubts=row[outbox.c.doubts],
        created=row[outbox.c.created],
    )


def tagged_stories(connection: Connection, rows: Sequence[RowMapping]) -> list[TaggedStory]:
    """Complete rows with the columns of ``stories`` by their signatures, in order."""
    signatures = _signatures_of(connection, {row[stories.c.id] for row in rows})
    return [
        TaggedStory(
            story=story_of(row),
            tags=tuple(_tag(*verdict) for verdict in row[stories.c.verdicts]),
            event=row[stories.c.event],
            signatures=tuple(signatures.get(row[stories.c.id], ())),
            model=row[stories.c.model],
        )
        for row in rows
    ]


def _tag(topic: str, probability: float, tagged: bool, words: Iterable[tuple[str, float]]) -> Tag:  # noqa: FBT001 - as it lies in the JSON
    weighed = reasons.words_from_json(words)
    return Tag(topic=topic, probability=probability, tagged=tagged, words=weighed)


def _signatures_of(connection: Connection, ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    columns = story_signatures.c
    for chunk in chunks(ids):
        statement = (
            select(columns.story_id, columns.signature)
            .where(columns.story_id.in_(chunk))
            .order_by(columns.position)
        )
        for story_id, signature in connection.execute(statement):
            found.setdefault(story_id, []).append(signature)
    return found
