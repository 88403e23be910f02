"""Statements that look back on what was stored."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Source, TaggedStory
from bot.storage.rows import source_of, tagged_stories
from bot.storage.schema import feeds, stories, tags


async def latest(
    connection: AsyncConnection, topic: str | None, limit: int
) -> list[tuple[TaggedStory, Source]]:
    """Give the last tagged stories, of one topic or of any, newest first, one an event."""
    newer = stories.alias()
    told_since = (
        exists()
        .where(newer.c.event == stories.c.event)
        .where(tuple_(newer.c.dated, newer.c.id) > tuple_(stories.c.dated, stories.c.id))
        .where(_is_tagged(newer, topic))
    )
    wanted = _newest_first().where(_is_tagged(stories, topic), ~told_since)
    return await _found(connection, wanted.limit(limit))


async def recent(connection: AsyncConnection, limit: int) -> list[tuple[TaggedStory, Source]]:
    """Give the last stories, tagged or not, newest first; an event may come several times."""
    return await _found(connection, _newest_first().limit(limit))


def _newest_first() -> Select[Any]:
    return (
        select(stories, feeds)
        .join_from(stories, feeds)
        .order_by(stories.c.dated.desc(), stories.c.id.desc())
    )


async def _found(
    connection: AsyncConnection, statement: Select[Any]
) -> list[tuple[TaggedStory, Source]]:
    rows = (await connection.execute(statement)).mappings().all()
    tagged = await tagged_stories(connection, rows)
    return [(each, source_of(row)) for row, each in zip(rows, tagged, strict=True)]


def _is_tagged(story: FromClause, topic: str | None) -> ColumnElement[bool]:
    tag = tags.alias()
    found = exists().where(tag.c.story_id == story.c.id, tag.c.tagged)
    return found if topic is None else found.where(tag.c.topic == topic)
