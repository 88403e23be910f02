"""Statements about feeds: which are polled, which are due, and the sources that they come from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Feed, Source
from bot.storage.dialects import insert_or_ignore
from bot.storage.rows import chunks, feed_of, source_row
from bot.storage.schema import ADDED, CONFIGURED, feeds


async def sync_sources(
    connection: AsyncConnection, sources: Sequence[Source], now: datetime
) -> None:
    """Make the configured sources the polled ones; what operators added stays.

    A feed that comes back starts as a new one does, without alerts on what it holds by then.
    """
    wanted = {source.url: source for source in sources}
    known = select(feeds.c.url, feeds.c.origin, feeds.c.active)
    active, gone = set(), []
    for url, origin, polled in (await connection.execute(known)).all():
        if polled:
            active.add(url)
        if polled and origin == CONFIGURED and url not in wanted:
            gone.append(url)
    for chunk in chunks(gone):
        await connection.execute(update(feeds).where(feeds.c.url.in_(chunk)).values(active=False))
    await _revive(connection, [url for url in wanted if url not in active], now)
    await _describe(connection, list(wanted.values()), now)


async def add_source(connection: AsyncConnection, source: Source, now: datetime) -> Feed:
    """Add or revive a feed that an operator wants polled, due at once.

    Of a feed that is known already, what ``source`` leaves open stays as it was.
    """
    row = source_row(source)
    await _revive(connection, await _asleep(connection, source.url), now)
    await connection.execute(insert_or_ignore(connection, feeds), [_new(row, now, ADDED)])
    told = {name: value for name, value in row.items() if value}
    changed = (
        update(feeds)
        .where(feeds.c.url == source.url)
        .values(**told, origin=ADDED, next_due=now, paused=False)
        .returning(feeds)
    )
    return feed_of((await connection.execute(changed)).mappings().one())


async def remove_feed(connection: AsyncConnection, url: str) -> bool:
    """Stop polling the feed at ``url``; false where there is none."""
    statement = update(feeds).where(feeds.c.url == url, feeds.c.active).values(active=False)
    return (await connection.execute(statement)).rowcount > 0


async def polled(connection: AsyncConnection) -> list[Feed]:
    """Give all feeds that are polled, by URL."""
    rows = (await connection.execute(select(feeds).where(feeds.c.active))).mappings()
    return sorted((feed_of(row) for row in rows), key=lambda feed: feed.url)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Feed]:
    """Give the feeds whose time has come, the longest overdue first.

    A paused feed is among them: it is only asked more rarely.
    """
    statement = (
        select(feeds)
        .where(feeds.c.active, feeds.c.next_due <= now)
        .order_by(feeds.c.next_due, feeds.c.id)
        .limit(limit)
    )
    return [feed_of(row) for row in (await connection.execute(statement)).mappings()]


async def _asleep(connection: AsyncConnection, url: str) -> list[str]:
    statement = select(feeds.c.url).where(feeds.c.url == url, feeds.c.active.is_(False))
    return list(await connection.scalars(statement))


async def _revive(connection: AsyncConnection, urls: Sequence[str], now: datetime) -> None:
    """Poll feeds again that were not, from their next reading on."""
    for chunk in chunks(urls):
        await connection.execute(
            update(feeds)
            .where(feeds.c.url.in_(chunk))
            .values(active=True, origin=CONFIGURED, next_due=now, first_read=None, paused=False)
        )


async def _describe(connection: AsyncConnection, sources: Sequence[Source], now: datetime) -> None:
    """Store what is known of publishers, for feeds that are new and for those that are not."""
    if not sources:
        return
    rows = [source_row(source) for source in sources]
    new = [_new(row, now, CONFIGURED) for row in rows]
    await connection.execute(insert_or_ignore(connection, feeds), new)
    described = update(feeds).where(feeds.c.url == bindparam("at"))
    await connection.execute(described, [{"at": row.pop("url")} | row for row in rows])


def _new(row: dict[str, Any], now: datetime, origin: str) -> dict[str, Any]:
    return row | {"origin": origin, "active": True, "next_due": now}
