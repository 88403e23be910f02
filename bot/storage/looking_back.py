"""Statements that look back on what was stored."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, select, tuple_

from bot.models import Source, TaggedStory
from bot.storage.feed_rows import source_of
from bot.storage.rows import tagged_stories
from bot.storage.schema import feeds, stories, tags


def latest(
    connection: Connection, topic: str | None, limit: int
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
    return _found(connection, wanted.limit(limit))


def recent(connection: Connection, limit: int) -> list[tuple[TaggedStory, Source]]:
    """Give the last stories, tagged or not, newest first; an event may come several times."""
    return _found(connection, _newest_first().limit(limit))


def _newest_first() -> Select[Any]:
    return (
        select(stories, feeds)
        .join_from(stories, feeds)
        .order_by(stories.c.dated.desc(), stories.c.id.desc())
    )


def _found(connection: Connection, statement: Select[Any]) -> list[tuple[TaggedStory, Source]]:
    rows = connection.execute(statement).mappings().all()
    tagged = tagged_stories(connection, rows)
    return [(each, source_of(row)) for row, each in zip(rows, tagged, strict=True)]


def _is_tagged(story: FromClause, topic: str | None) -> ColumnElement[bool]:
    tag = tags.alias()
    found = exists().where(tag.c.story_id == story.c.id)
    return found if topic is None else found.where(tag.c.topic == topic)
