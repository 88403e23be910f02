"""Feeds, their sources and their changes as rows, and back."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, RowMapping

from bot.models import Feed, FeedChange, Pace, Source, Validators
from bot.rules.polling import host_of
from bot.storage.schema import feeds

_SOURCE: Final = (
    feeds.c.url,
    feeds.c.name,
    feeds.c.country,
    feeds.c.owner,
    feeds.c.official,
    feeds.c.lang,
    feeds.c.topics,
    feeds.c.interval_seconds,
    feeds.c.folder,
)
FEED: Final = (
    *_SOURCE,
    feeds.c.etag,
    feeds.c.last_modified,
    feeds.c.body_hash,
    feeds.c.validators_url,
    feeds.c.id,
    feeds.c.next_due,
    feeds.c.first_read,
    feeds.c.last_read,
    feeds.c.failures,
    feeds.c.failing_since,
    feeds.c.last_error,
    feeds.c.newest_story,
    feeds.c.paused,
    feeds.c.address,
    feeds.c.moving_to,
    feeds.c.moves,
    feeds.c.pace,
    feeds.c.empty_since,
    feeds.c.trouble,
)
"""The columns of a feed, in the order in which ``feed_of`` takes them."""

_STATE: Final = tuple(column.name for column in FEED[len(_SOURCE) + 4 :])
_AT_ITS_OWN_PACE: Final = Pace()


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
        "folder": source.folder,
    }


def state_row(feed: Feed) -> dict[str, Any]:
    """Give the columns that readings and failures change."""
    return {
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "body_hash": feed.validators.body_hash,
        "validators_url": feed.validators.url,
        "next_due": feed.next_due,
        "first_read": feed.first_read,
        "last_read": feed.last_read,
        "failures": feed.failures,
        "failing_since": feed.failing_since,
        "last_error": feed.last_error,
        "newest_story": feed.newest_story,
        "paused": feed.paused,
        "address": feed.address,
        "host": host_of(feed.asked_at),
        "moving_to": feed.moving_to,
        "moves": feed.moves,
        "pace": _pace_row(feed.pace),
        "empty_since": feed.empty_since,
        "trouble": feed.trouble,
    }


def times_row(feed: Feed) -> dict[str, Any]:
    """Give the columns that every reading changes."""
    return {"next_due": feed.next_due, "last_read": feed.last_read}


def change_row(change: FeedChange) -> dict[str, Any]:
    """Give the row of a change that nobody was told of yet."""
    return {
        "feed_id": change.feed_id,
        "at": change.at,
        "trouble": change.trouble,
        "why": change.why,
    }


# ── from rows ────────────────────────────────────────────────────────────────────────────────


def source_of(row: RowMapping) -> Source:
    """Read a source from a row with the columns of ``feeds``."""
    return _source(row[column] for column in _SOURCE)


def feed_of(row: Sequence[Any]) -> Feed:
    """Read a feed with what its earlier readings left, from a row of the columns of ``FEED``."""
    known = len(_SOURCE)
    etag, last_modified, body_hash, url, *state = row[known:]
    kept = dict(zip(_STATE, state, strict=True))
    kept["pace"] = _pace(kept["pace"])
    validators = Validators(etag=etag, last_modified=last_modified, body_hash=body_hash, url=url)
    return Feed(source=_source(row[:known]), validators=validators, **kept)


def change_of(row: Row[Any]) -> FeedChange:
    """Read a change from a row of ``feed_changes``."""
    return FeedChange(id=row.id, feed_id=row.feed_id, at=row.at, trouble=row.trouble, why=row.why)


def _source(row: Iterable[Any]) -> Source:
    known = {column.name: value for column, value in zip(_SOURCE, row, strict=True)}
    topics, seconds = tuple(known.pop("topics")), known.pop("interval_seconds")
    return Source(**known, topics=topics, interval=_span(seconds))


def _pace_row(pace: Pace) -> dict[str, Any] | None:
    if pace == _AT_ITS_OWN_PACE:
        return None
    return {
        "ttl": pace.ttl.total_seconds() if pace.ttl is not None else None,
        "period": pace.period.total_seconds() if pace.period is not None else None,
        "skip_hours": pace.skip_hours,
        "skip_days": pace.skip_days,
        "gap": pace.gap.total_seconds() if pace.gap is not None else None,
    }


def _pace(row: dict[str, Any] | None) -> Pace:
    if row is None:
        return _AT_ITS_OWN_PACE
    return Pace(
        ttl=_span(row["ttl"]),
        period=_span(row["period"]),
        skip_hours=tuple(row["skip_hours"]),
        skip_days=tuple(row["skip_days"]),
        gap=_span(row["gap"]),
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
