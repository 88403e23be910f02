"""Statements about what readings of feeds leave: stories, their verdicts, and alerts."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, and_, bindparam, insert, or_, select, update

from bot.models import Acquaintance, Alert, Bearer, Keys, Story, TaggedStory
from bot.ports import ReadingRecord
from bot.storage import rows
from bot.storage.dialects import insert_or_ignore
from bot.storage.feeds import save_changes, save_states
from bot.storage.schema import chats, moved_chats, outbox, stories, story_signatures, tags

_KEYS: Final = ("guid", "link", "title")
_MOST: Final = 5_000  # stories in one question by keys, each of which has three

_STORED: Final = select(stories.c.id).where(stories.c.id.in_(bindparam("ids", expanding=True)))
_REMEMBERED: Final = select(
    stories.c.id,
    stories.c.content_hash,
    stories.c.guid_key,
    stories.c.link_key,
    stories.c.title_key,
    stories.c.published,
)
_BY_ID: Final = _REMEMBERED.where(stories.c.id.in_(bindparam("ids", expanding=True)))
_BORNE: Final = select(
    story_signatures.c.first_seen,
    story_signatures.c.story_id,
    story_signatures.c.signature,
    story_signatures.c.event,
    story_signatures.c.feed_id,
).where(
    story_signatures.c.signature.in_(bindparam("signatures", expanding=True)),
    story_signatures.c.first_seen > bindparam("since"),
)
_EDIT: Final = update(stories).where(stories.c.id == bindparam("edited"))


def acquaintances(
    connection: Connection, feed_id: int, seen: Sequence[Story]
) -> list[Acquaintance]:
    """Give the stored stories of a feed that ``seen`` may be: by id, or by any key.

    An id is made from the feed's URL, so that by it no other feed's story is found.
    """
    found: dict[str, Acquaintance] = {}
    for chunk in rows.chunks({story.id for story in seen}):
        found |= _remembered(connection, _BY_ID, {"ids": chunk})
    unknown = [story.keys for story in seen if story.id not in found]
    for piece in rows.chunks(unknown, _MOST):
        keys = {key: {getattr(each, key) for each in piece} - {""} for key in _KEYS}
        asked = {key: list(values) for key, values in keys.items() if values}
        if asked:
            found |= _remembered(connection, _by_keys(*asked), {"feed": feed_id, **asked})
    return list(found.values())


def bearers(connection: Connection, signatures: Collection[str], since: datetime) -> list[Bearer]:
    """Give what stories seen after ``since`` bear of ``signatures``, the latest last.

    What several stories of a feed bear of an event stands where the latest of them does.
    """
    borne: list[tuple[Any, ...]] = []
    for chunk in rows.chunks(signatures):
        borne += map(tuple, connection.execute(_BORNE, {"signatures": chunk, "since": since}).all())
    latest_first = dict.fromkeys(row[2:] for row in sorted(borne, reverse=True))
    return [
        Bearer(signature=signature, event=event, feed_id=feed_id)
        for signature, event, feed_id in reversed(latest_first)
    ]


def record_readings(connection: Connection, records: Sequence[ReadingRecord]) -> list[list[str]]:
    """Store readings whole; give for each the ids of its stories that were indeed new."""
    quiet = all(record.uneventful for record in records)
    there = save_states(connection, [record.feed for record in records], times=quiet)
    kept = [each if each.feed.id in there else _nothing_of(each) for each in records]
    fresh = _store_new(connection, [record.new for record in kept])
    _store_edits(connection, [story for record in kept for story in record.edited])
    _store_alerts(
        connection, [owed for each in zip(kept, fresh, strict=True) for owed in _owed(*each)]
    )
    save_changes(connection, [record.change for record in kept if record.change])
    return [list(stored) for stored in fresh]


def _nothing_of(record: ReadingRecord) -> ReadingRecord:
    """Give what is left of a reading whose feed is there no more."""
    return replace(record, new=(), edited=(), alerts=(), change=None)


@cache
def _by_keys(*kinds: str) -> Select[Any]:
    """Ask for the stories of a feed by these kinds of keys; one without any value stays out.

    The feed is named beside each kind: SQLite would else look through all stories of the feed.
    """
    feed = stories.c.feed_id == bindparam("feed")
    one_of = (stories.c[f"{key}_key"].in_(bindparam(key, expanding=True)) for key in kinds)
    return _REMEMBERED.where(or_(*(and_(feed, each) for each in one_of)))


def _remembered(
    connection: Connection, question: Select[Any], values: dict[str, Any]
) -> dict[str, Acquaintance]:
    return {
        id_: Acquaintance(
            story_id=id_,
            content_hash=content_hash,
            keys=Keys(guid=guid, link=link, title=title),
            published=published,
        )
        for id_, content_hash, guid, link, title, published in connection.execute(
            question, values
        ).all()
    }


def _store_new(
    connection: Connection, readings: Sequence[Sequence[TaggedStory]]
) -> list[dict[str, TaggedStory]]:
    """Store the stories that are not there yet, with their verdicts; give them by id."""
    ids = {tagged.story.id for new in readings for tagged in new}
    stored = {
        id_ for chunk in rows.chunks(ids) for id_ in connection.scalars(_STORED, {"ids": chunk})
    }
    fresh: list[dict[str, TaggedStory]] = []
    for new in readings:
        fresh.append({each.story.id: each for each in new if each.story.id not in stored})
        stored |= fresh[-1].keys()
    listed = [tagged for new in fresh for tagged in new.values()]
    _insert(connection, stories, map(rows.story_row, listed))
    _insert(connection, tags, (row for each in listed for row in rows.tag_rows(each)))
    signatures = (row for each in listed for row in rows.signature_rows(each))
    _insert(connection, story_signatures, signatures)
    return fresh


def _store_edits(connection: Connection, edited: Sequence[Story]) -> None:
    if edited:
        changes = [{"edited": story.id} | rows.content_row(story) for story in edited]
        connection.execute(_EDIT, changes)


def _owed(record: ReadingRecord, fresh: Collection[str]) -> Iterator[tuple[Alert, datetime]]:
    """Give the alerts of a reading; what another stored first has had its alerts from there."""
    told = {tagged.story.id for tagged in record.new}.difference(fresh)
    return ((alert, record.read_at) for alert in record.alerts if alert.story_id not in told)


def _store_alerts(connection: Connection, owed: Sequence[tuple[Alert, datetime]]) -> None:
    """Put alerts into the outbox; one whose key is there already is owed no second time."""
    now_at = _reachable(connection, {alert.chat_id for alert, _ in owed})
    values = [
        rows.alert_row(alert, now_at[alert.chat_id], created)
        for alert, created in owed
        if alert.chat_id in now_at
    ]
    if values:
        connection.execute(insert_or_ignore(connection, outbox), values)


def _reachable(connection: Connection, ids: Collection[int]) -> dict[int, int]:
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
            found |= dict(connection.execute(held).all())
    return found


def _insert(connection: Connection, table: Table, values: Iterable[dict[str, Any]]) -> None:
    if listed := list(values):
        connection.execute(insert(table), listed)
