"""Statements about feeds: which are polled and due, what they come from, and how they fare."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from operator import itemgetter
from typing import Final

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, true, update

from bot.models import Feed, FeedChange, Source
from bot.ports import FailureRecord
from bot.rules.polling import host_of
from bot.storage.dialects import insert_or_ignore
from bot.storage.feed_rows import (
    FEED,
    change_of,
    change_row,
    feed_of,
    source_row,
    state_row,
    times_row,
)
from bot.storage.rows import chunks
from bot.storage.schema import ADDED, CONFIGURED, feed_changes, feeds

# Locked in the order of their ids, as readings do: no two transactions wait for each other.
_ALL: Final = select(*FEED, feeds.c.origin, feeds.c.active).order_by(feeds.c.id).with_for_update()
_POLLED: Final = select(*FEED).where(feeds.c.active == true())  # so that SQLite uses the index
_DUE: Final = (
    _POLLED.where(feeds.c.next_due <= bindparam("now"))
    .where(feeds.c.host.not_in(bindparam("besides", expanding=True)))
    .order_by(feeds.c.next_due, feeds.c.id)
    .limit(bindparam("most"))
)
_THERE: Final = select(feeds.c.id).where(
    feeds.c.id.in_(bindparam("ids", expanding=True)), feeds.c.active
)
_IN_ORDER: Final = select(feeds.c.id).order_by(feeds.c.id).with_for_update()
_AT: Final = update(feeds).where(feeds.c.url == bindparam("at"))
_FEED: Final = itemgetter("feed")
_OF: Final = update(feeds).where(feeds.c.id == bindparam("feed"), feeds.c.active)
_UNTOLD: Final = select(feed_changes).where(~feed_changes.c.told).order_by(feed_changes.c.id)
_ASTRAY: Final = update(feeds).where(feeds.c.next_due > bindparam("horizon"))

HORIZON: Final = timedelta(days=31)
"""No feed is due further ahead: the longest interval of the settings has thirty days."""


# ── which there are ──────────────────────────────────────────────────────────────────────────


def sync_sources(connection: Connection, sources: Sequence[Source], now: datetime) -> None:
    """Make the configured sources the polled ones; what operators added stays.

    A feed that comes back starts as a new one does, without alerts on what it holds by then. One
    that is due further ahead than anything asks for, since the clock was wrong, is due now.
    """
    wanted = {source.url: source for source in sources}
    known, asleep, gone = {}, [], []
    for *row, origin, polled_now in connection.execute(_ALL):
        url = (source := feed_of(row).source).url
        known[url] = source
        if url in wanted and not polled_now:
            asleep.append(url)
        if url not in wanted and polled_now and origin == CONFIGURED:
            gone.append(url)
    for chunk in chunks(gone):
        connection.execute(update(feeds).where(feeds.c.url.in_(chunk)).values(active=False))
    connection.execute(_ASTRAY.values(next_due=now), {"horizon": now + HORIZON})
    _revive(connection, asleep, now)
    _insert(connection, [wanted[url] for url in wanted if url not in known], now, CONFIGURED)
    _describe(connection, [each for url, each in wanted.items() if known.get(url, each) != each])


def add_source(connection: Connection, source: Source, now: datetime) -> Feed:
    """Add or revive a feed that an operator wants polled, due at once.

    Of a feed that is known already, what ``source`` leaves open stays as it was.
    """
    asleep = select(feeds.c.url).where(feeds.c.url == source.url, ~feeds.c.active)
    _revive(connection, list(connection.scalars(asleep)), now)
    _insert(connection, [source], now, ADDED)
    told = {name: value for name, value in source_row(source).items() if value}
    changed = (
        update(feeds)
        .where(feeds.c.url == source.url)
        .values(**told, origin=ADDED, next_due=now, paused=False)
        .returning(*FEED)
    )
    return feed_of(connection.execute(changed).one())


def remove_feed(connection: Connection, url: str) -> bool:
    """Stop polling the feed at ``url``; false where there is none."""
    statement = update(feeds).where(feeds.c.url == url, feeds.c.active).values(active=False)
    return connection.execute(statement).rowcount > 0


def polled(connection: Connection) -> list[Feed]:
    """Give all feeds that are polled, by URL."""
    found = map(feed_of, connection.execute(_POLLED).all())
    return sorted(found, key=lambda feed: feed.url)


def due(
    connection: Connection, now: datetime, limit: int, besides: Collection[str] = ()
) -> list[Feed]:
    """Give the feeds whose time has come, the longest overdue first.

    A paused feed is among them: it is only asked more rarely.
    """
    values = {"now": now, "besides": list(besides), "most": limit}
    return [feed_of(row) for row in connection.execute(_DUE, values).all()]


# ── how they fare ────────────────────────────────────────────────────────────────────────────


def save_states(
    connection: Connection, changed: Iterable[Feed], *, times: bool = False
) -> set[int]:
    """Store what readings and failures left of feeds; give the ids of those that there are.

    With ``times`` only when they were read and are due is stored: the rest is as it was.

    Others cannot change them before the transaction ends. They are taken in the order of their
    ids, so that no two transactions wait for each other.
    """
    row = times_row if times else state_row
    rows = sorted(({"feed": feed.id, **row(feed)} for feed in changed), key=_FEED)
    ids = set(map(_FEED, rows))
    if not rows or connection.execute(_OF, rows).rowcount == len(rows):
        return ids
    there = (connection.scalars(_THERE, {"ids": chunk}) for chunk in chunks(ids))
    return set(chain.from_iterable(there))


def save_changes(connection: Connection, changes: Sequence[FeedChange]) -> None:
    """Store changes of feeds that are there, to be told."""
    if changes:
        connection.execute(insert(feed_changes), [change_row(change) for change in changes])


def record_failure(connection: Connection, record: FailureRecord) -> None:
    """Store that a feed could not be read, and let its host rest where that asked for it."""
    alike = feeds.c.host == record.resting_host
    if record.resting_host:
        either = or_(alike, feeds.c.id == record.feed.id)
        connection.execute(_IN_ORDER.where(either)).all()
    if save_states(connection, [record.feed]) and record.change:
        save_changes(connection, [record.change])
    if record.resting_host and record.resting_until:
        early = and_(alike, feeds.c.next_due < record.resting_until)
        connection.execute(update(feeds).where(early).values(next_due=record.resting_until))


def postpone(connection: Connection, feed_id: int, until: datetime) -> None:
    """Let a feed, which was not asked, be due at ``until``."""
    connection.execute(_OF.values(next_due=until), {"feed": feed_id})


def untold_changes(connection: Connection, limit: int) -> list[FeedChange]:
    """Give the changes of feeds that nobody was told of yet, the oldest first."""
    return [change_of(row) for row in connection.execute(_UNTOLD.limit(limit))]


def mark_told(connection: Connection, changes: Collection[int]) -> None:
    """Keep that the changes of these ids were told."""
    for chunk in chunks(changes):
        told = update(feed_changes).where(feed_changes.c.id.in_(chunk))
        connection.execute(told.values(told=True))


def _insert(connection: Connection, sources: Sequence[Source], now: datetime, origin: str) -> None:
    """Poll sources that are new; those that are known stay as they are."""
    fixed = {"origin": origin, "active": True, "next_due": now}
    rows = [source_row(source) | fixed | {"host": host_of(source.url)} for source in sources]
    if rows:
        connection.execute(insert_or_ignore(connection, feeds), rows)


def _describe(connection: Connection, sources: Sequence[Source]) -> None:
    """Store what is known of the publishers of known feeds."""
    rows = [source_row(source) for source in sources]
    if rows:
        connection.execute(_AT, [{"at": row.pop("url")} | row for row in rows])


def _revive(connection: Connection, urls: Sequence[str], now: datetime) -> None:
    """Poll feeds again that were not: at their URLs, and from their next reading on."""
    if urls:
        revived = _AT.values(
            active=True,
            origin=CONFIGURED,
            etag=None,
            last_modified=None,
            body_hash=None,
            next_due=now,
            first_read=None,
            paused=False,
            address="",
            moving_to="",
            moves=0,
            trouble="",
        )
        connection.execute(revived, [{"at": url, "host": host_of(url)} for url in urls])
