"""The things of ``bot.models`` as rows, and back."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import (
    Alert,
    AlertState,
    Chat,
    ChatKind,
    Feed,
    KeywordTopic,
    OwedAlert,
    Source,
    Story,
    Tag,
    TaggedStory,
    Validators,
)
from bot.storage import reasons
from bot.storage.schema import chats, feeds, keyword_topics, outbox, stories, story_signatures, tags

T = TypeVar("T")

CHUNK: Final = 10_000
"""Values in one IN list; SQLite allows 32,766 variables in a statement."""


def chunks(values: Collection[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut ``values`` into lists of at most ``size``."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


# ── to rows ──────────────────────────────────────────────────────────────────────────────────


def source_row(source: Source) -> dict[str, Any]:
    """Give the columns that hold what is known of a publisher."""
    interval = source.interval
    return {
        "url": source.url,
        "name": source.name,
        "country": source.country,
        "owner": source.owner,
        "official": source.official,
        "lang": source.lang,
        "topics": list(source.topics),
        "interval_seconds": interval.total_seconds() if interval else None,
    }


def dated(story: Story) -> datetime:
    """Tell when a story is of: what the feed says, but never after we saw it."""
    return min(story.published or story.first_seen, story.first_seen)


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
    } | content_row(story)


def content_row(story: Story) -> dict[str, Any]:
    """Give the columns that an edit of a story changes."""
    return {
        "title": story.title,
        "summary": story.summary,
        "body": story.body,
        "link": story.link,
        "content_hash": story.content_hash,
    }


def tag_rows(tagged: TaggedStory) -> list[dict[str, Any]]:
    """Give the rows of the verdicts on a story, in the order of its topics."""
    return [
        {
            "story_id": tagged.story.id,
            "topic": tag.topic,
            "position": position,
            "probability": tag.probability,
            "tagged": tag.tagged,
            "words": tag.words,
        }
        for position, tag in enumerate(tagged.tags)
    ]


def signature_rows(tagged: TaggedStory) -> list[dict[str, Any]]:
    """Give the rows by which other reports of a story's event are recognised."""
    return [
        {
            "story_id": tagged.story.id,
            "position": position,
            "signature": signature,
            "event": tagged.event,
            "first_seen": tagged.story.first_seen,
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


def source_of(row: RowMapping) -> Source:
    """Read a source from a row with the columns of ``feeds``."""
    seconds = row[feeds.c.interval_seconds]
    return Source(
        url=row[feeds.c.url],
        name=row[feeds.c.name],
        country=row[feeds.c.country],
        owner=row[feeds.c.owner],
        official=row[feeds.c.official],
        lang=row[feeds.c.lang],
        topics=tuple(row[feeds.c.topics]),
        interval=None if seconds is None else timedelta(seconds=seconds),
    )


def feed_of(row: RowMapping) -> Feed:
    """Read a feed with what its earlier readings left."""
    return Feed(
        id=row[feeds.c.id],
        source=source_of(row),
        validators=Validators(
            etag=row[feeds.c.etag],
            last_modified=row[feeds.c.last_modified],
            body_hash=row[feeds.c.body_hash],
        ),
        next_due=row[feeds.c.next_due],
        first_read=row[feeds.c.first_read],
        last_read=row[feeds.c.last_read],
        failures=row[feeds.c.failures],
        failing_since=row[feeds.c.failing_since],
        last_error=row[feeds.c.last_error],
        newest_story=row[feeds.c.newest_story],
        paused=row[feeds.c.paused],
    )


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


async def tagged_stories(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> list[TaggedStory]:
    """Complete rows with the columns of ``stories`` by their tags and signatures, in order."""
    ids = {row[stories.c.id] for row in rows}
    story_tags = await _tags_of(connection, ids)
    signatures = await _signatures_of(connection, ids)
    return [
        TaggedStory(
            story=story_of(row),
            tags=tuple(story_tags.get(row[stories.c.id], ())),
            event=row[stories.c.event],
            signatures=tuple(signatures.get(row[stories.c.id], ())),
            model=row[stories.c.model],
        )
        for row in rows
    ]


async def _tags_of(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[Tag]]:
    found: dict[str, list[Tag]] = {}
    for chunk in chunks(ids):
        statement = select(tags).where(tags.c.story_id.in_(chunk)).order_by(tags.c.position)
        for row in (await connection.execute(statement)).mappings():
            tag = Tag(
                topic=row[tags.c.topic],
                probability=row[tags.c.probability],
                tagged=row[tags.c.tagged],
                words=reasons.words_from_json(row[tags.c.words]),
            )
            found.setdefault(row[tags.c.story_id], []).append(tag)
    return found


async def _signatures_of(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    columns = story_signatures.c
    for chunk in chunks(ids):
        statement = (
            select(columns.story_id, columns.signature)
            .where(columns.story_id.in_(chunk))
            .order_by(columns.position)
        )
        for story_id, signature in await connection.execute(statement):
            found.setdefault(story_id, []).append(signature)
    return found
