"""Statements about what a reading of a feed leaves: stories, their verdicts, and alerts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError
from bot.models import Alert, Story, TaggedStory
from bot.ports import FailureRecord, ReadingRecord
from bot.storage import rows
from bot.storage.columns import Utc
from bot.storage.dialects import insert_or_ignore
from bot.storage.schema import chats, feeds, moved_chats, outbox, stories, story_signatures, tags


async def known_stories(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """Map those of ``ids`` that are stored to the hash of their content."""
    found: dict[str, str] = {}
    for chunk in rows.chunks(ids):
        statement = select(stories.c.id, stories.c.content_hash).where(stories.c.id.in_(chunk))
        found |= dict((await connection.execute(statement)).all())
    return found


async def events_of(
    connection: AsyncConnection, signatures: Collection[str], since: datetime
) -> dict[str, str]:
    """Map those of ``signatures`` that a story seen after ``since`` bears to its event.

    Where stories of several events bear one, the latest of them decides.
    """
    found: dict[str, str] = {}
    columns = story_signatures.c
    for chunk in rows.chunks(signatures):
        statement = (
            select(columns.signature, columns.event)
            .where(columns.signature.in_(chunk), columns.first_seen > since)
            .order_by(columns.first_seen, columns.story_id)
        )
        found |= dict((await connection.execute(statement)).all())
    return found


async def told_by(
    connection: AsyncConnection, feed_id: int, signatures: Collection[str], since: datetime
) -> set[str]:
    """Give those of ``signatures`` that a story of a feed, seen after ``since``, bears."""
    found: set[str] = set()
    columns = story_signatures.c
    for chunk in rows.chunks(signatures):
        statement = (
            select(columns.signature)
            .join(stories, stories.c.id == columns.story_id)
            .where(columns.signature.in_(chunk), columns.first_seen > since)
            .where(stories.c.feed_id == feed_id)
        )
        found |= set(await connection.scalars(statement))
    return found


async def record_reading(connection: AsyncConnection, record: ReadingRecord) -> list[str]:
    """Store a reading whole; give the ids of the stories that were indeed new.

    Raises:
        StorageError: there is no such feed.
    """
    await _store_success(connection, record)
    fresh = await _store_new(connection, record.new)
    await _store_edits(connection, record.edited)
    # What another reading stored first has had its alerts from there.
    told = {tagged.story.id for tagged in record.new} - set(fresh)
    owed = [alert for alert in record.alerts if alert.story_id not in told]
    await _store_alerts(connection, owed, record.read_at)
    return fresh


async def record_failure(connection: AsyncConnection, record: FailureRecord) -> None:
    """Store that a feed could not be read."""
    await connection.execute(
        update(feeds)
        .where(feeds.c.id == record.feed_id)
        .values(
            failures=feeds.c.failures + 1,
            failing_since=func.coalesce(feeds.c.failing_since, literal(record.failed_at, Utc)),
            last_error=record.why,
            next_due=record.next_due,
            paused=record.paused,
        )
    )


async def _store_success(connection: AsyncConnection, record: ReadingRecord) -> None:
    """Store what a reading means for its feed; the row also makes two readings take turns."""
    one = feeds.c.id == record.feed_id
    feed = select(feeds.c.first_read, feeds.c.newest_story).where(one).with_for_update()
    before = (await connection.execute(feed)).one_or_none()
    if before is None:
        raise StorageError(f"There is no feed {record.feed_id} in the database any more.")
    dates = [rows.dated(tagged.story) for tagged in record.new]
    if before.newest_story:
        dates.append(before.newest_story)
    await connection.execute(
        update(feeds)
        .where(one)
        .values(
            etag=record.validators.etag,
            last_modified=record.validators.last_modified,
            body_hash=record.validators.body_hash,
            next_due=record.next_due,
            first_read=before.first_read or record.read_at,
            last_read=record.read_at,
            failures=0,
            failing_since=None,
            last_error="",
            newest_story=max(dates, default=None),
            paused=False,
        )
    )


async def _store_new(connection: AsyncConnection, new: Sequence[TaggedStory]) -> list[str]:
    """Store the stories that are not there yet, with their verdicts; give their ids."""
    unique = {tagged.story.id: tagged for tagged in new}
    if not unique:
        return []
    statement = insert_or_ignore(connection, stories).returning(stories.c.id)
    stored = await connection.scalars(statement, [rows.story_row(each) for each in unique.values()])
    inserted = set(stored)
    fresh = [tagged for id_, tagged in unique.items() if id_ in inserted]
    await _insert(connection, tags, (row for each in fresh for row in rows.tag_rows(each)))
    signatures = (row for each in fresh for row in rows.signature_rows(each))
    await _insert(connection, story_signatures, signatures)
    return [tagged.story.id for tagged in fresh]


async def _store_edits(connection: AsyncConnection, edited: Sequence[Story]) -> None:
    if edited:
        statement = update(stories).where(stories.c.id == bindparam("edited"))
        changes = [{"edited": story.id} | rows.content_row(story) for story in edited]
        await connection.execute(statement, changes)


async def _store_alerts(
    connection: AsyncConnection, alerts: Sequence[Alert], created: datetime
) -> None:
    """Put alerts into the outbox; one whose key is there already is owed no second time."""
    now_at = await _reachable(connection, {alert.chat_id for alert in alerts})
    owed = [alert for alert in alerts if alert.chat_id in now_at]
    # In pieces, between which the event loop can turn to others.
    for piece in rows.chunks(owed, 500):
        values = [rows.alert_row(alert, now_at[alert.chat_id], created) for alert in piece]
        await connection.execute(insert_or_ignore(connection, outbox), values)


async def _reachable(connection: AsyncConnection, ids: Collection[int]) -> dict[int, int]:
    """Map chats that may be written to, to their ids of now.

    A chat may move, go silent or be forgotten between the matching and the storing of its alerts.
    """
    found: dict[int, int] = {}
    awake = chats.c.suspended == ""
    for chunk in rows.chunks(ids):
        moved = select(moved_chats.c.old_id, chats.c.id).join_from(moved_chats, chats)
        stayed = select(chats.c.id, chats.c.id.label("now"))
        for statement in (
            moved.where(moved_chats.c.old_id.in_(chunk), awake),
            stayed.where(chats.c.id.in_(chunk), awake),
        ):
            held = statement.with_for_update(read=True, key_share=True, of=chats)
            found |= dict((await connection.execute(held)).all())
    return found


async def _insert(
    connection: AsyncConnection, table: Table, values: Iterable[dict[str, Any]]
) -> None:
    if listed := list(values):
        await connection.execute(insert(table), listed)
