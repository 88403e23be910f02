"""When is a feed to be read again?

A feed is read about twice in the time that it takes to bring a story, within the limits of the
settings; one that fails is asked ever more rarely, but never given up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import pairwise
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from bot.errors import FeedError, FeedUnavailable
from bot.models import Entry, Feed, Source

Network = IPv4Network | IPv6Network

OFFICIAL: Final = timedelta(minutes=5)
"""An official source is read at least this often: a listing of sanctions must be seen at once."""

FLOOR: Final = timedelta(seconds=60)
"""No public feed is read more often than this, whatever the settings say."""

OWN_FLOOR: Final = timedelta(seconds=1)
"""The same for a feed on a private network that the settings allow: it is the operator's own."""

DAY: Final = timedelta(days=1)
PAUSE_AFTER: Final = timedelta(days=7)
PAUSE_FAILURES: Final = 20
_RHYTHM: Final = 20  # entries: about what a front page shows, so an old flood does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPolicy:
    """The limits of the settings: shortest, longest, and for a feed whose rhythm is not known."""

    shortest: timedelta
    longest: timedelta
    unknown: timedelta
    own_networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """When a failing feed is tried again; ``paused`` once only a daily probe is left."""

    next_due: datetime
    paused: bool


def next_reading(
    feed: Feed, entries: Sequence[Entry] | None, now: datetime, policy: PollingPolicy, luck: float
) -> datetime:
    """Decide when a feed that was just read is due again.

    ``entries`` are those of its document, or None where it had not changed: then the last
    interval still holds. ``luck``, from 0 to 1, spreads feeds so that they do not fall due
    together; it only ever adds, and at most a tenth.
    """
    if feed.source.interval is not None:
        return now + max(feed.source.interval, floor(feed.source, policy))
    last = _last_interval(feed)
    if entries is None and last is not None:
        return now + _clamp(last, feed, policy)
    interval = _clamp(_rhythm(entries or ()) or policy.unknown, feed, policy)
    return now + _clamp(interval * (1 + luck / 10), feed, policy)


def after_failure(feed: Feed, error: FeedError, now: datetime, policy: PollingPolicy) -> Backoff:
    """Decide when a feed that could not be read is tried again.

    The wait doubles with each failure up to a day, and is never shorter than what the publisher
    asked for. A feed is paused, which means probed daily, only when its publisher says that it
    is gone, or after a week *and* twenty failures: whole services answer 404 for hours.
    """
    since = feed.failing_since or now
    exhausted = feed.failures + 1 >= PAUSE_FAILURES and now - since >= PAUSE_AFTER
    gone = isinstance(error, FeedUnavailable) and error.gone
    if exhausted or gone:
        return Backoff(next_due=now + DAY, paused=True)
    base = max(feed.source.interval or policy.shortest, floor(feed.source, policy))
    wait = min(base * 2 ** min(feed.failures, 20), DAY)
    return Backoff(next_due=now + max(wait, _asked_wait(error)), paused=False)


def floor(source: Source, policy: PollingPolicy) -> timedelta:
    """Give the shortest interval for a source: a minute, or a second on an allowed own network."""
    host = urlsplit(source.url).hostname or ""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return FLOOR
    own = any(address in network for network in policy.own_networks)
    return OWN_FLOOR if own else FLOOR


def _asked_wait(error: FeedError) -> timedelta:
    asked = error.retry_after if isinstance(error, FeedUnavailable) else None
    return min(timedelta(seconds=asked or 0), DAY)


def _clamp(interval: timedelta, feed: Feed, policy: PollingPolicy) -> timedelta:
    shortest = max(policy.shortest, floor(feed.source, policy))
    longest = max(policy.longest, shortest)
    if feed.source.official:
        longest = min(longest, max(shortest, OFFICIAL))
    return min(max(interval, shortest), longest)


def _last_interval(feed: Feed) -> timedelta | None:
    if feed.failures or feed.next_due is None or feed.last_read is None:
        return None
    return feed.next_due - feed.last_read


def _rhythm(entries: Iterable[Entry]) -> timedelta | None:
    """Give half the median time between stories; None where the dates do not tell."""
    dates = sorted({e.published for e in entries if e.published}, reverse=True)[:_RHYTHM]
    if len(dates) < 3:  # noqa: PLR2004 - two dates are one gap, and one gap is no rhythm
        return None
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(dates)]
    return timedelta(seconds=median(gaps) / 2)
