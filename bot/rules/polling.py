"""When is a feed to be read again?

A feed is read about twice in the time that it takes to bring a story, within the limits of the
settings and never more often than its publisher asks; one that fails is asked ever more rarely,
but never given up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import chain, pairwise
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from bot.errors import FeedError, FeedUnavailable
from bot.models import Entry, Feed, Pace, Source

Network = IPv4Network | IPv6Network

OFFICIAL: Final = timedelta(minutes=5)
"""An official source is read at least this often: a listing of sanctions must be seen at once."""

OFFICIAL_RETRY: Final = timedelta(hours=1)
"""An official source that fails is tried again at least this often, until it is paused."""

FLOOR: Final = timedelta(seconds=60)
"""No public feed is read more often than this, whatever the settings say."""

OWN_FLOOR: Final = timedelta(seconds=1)
"""The same for a feed on a private network that the settings allow: it is the operator's own."""

DAY: Final = timedelta(days=1)
LONGEST_WAIT: Final = timedelta(days=7)
"""The longest ``Retry-After`` that is kept; what asks for more is an error of its server."""

PAUSE_AFTER: Final = timedelta(days=7)
PAUSE_FAILURES: Final = 20
_USUAL_PORTS: Final = {"http": 80, "https": 443}
_SILENT: Final = timedelta(days=30)
_LONG_SILENT: Final = timedelta(days=180)
_REMEMBERED: Final = 16_384  # hosts and addresses: of so many feeds nothing is worked out twice
_RARER: Final = 4  # times the longest interval, by default a day
_HOURS_OF_A_WEEK: Final = 7 * 24
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
    feed: Feed, fresh_for: timedelta | None, now: datetime, policy: PollingPolicy, luck: float
) -> datetime:
    """Decide when a feed that was just read is due again.

    ``fresh_for`` is how long its server says that the answer stays good: that is kept up to a
    day, whatever else was to be. What the document itself asks for binds neither an official
    source, which must be seen at once, nor one whose interval was set. ``luck``, from 0 to 1,
    spreads feeds so that they do not fall due together; it only ever adds, and at most a tenth.
    """
    earliest = now + min(fresh_for or timedelta(0), DAY)
    if feed.source.interval is not None:
        return max(now + max(feed.source.interval, floor(feed.source, policy)), earliest)
    interval, longest = _own_interval(feed, now, policy)
    due = max(now + min(interval * (1 + luck / 10), longest), earliest)
    if feed.source.official:
        return due
    return _not_skipped(max(due, now + _asked_interval(feed.pace)), feed.pace)


def gap_between(entries: Iterable[Entry]) -> timedelta | None:
    """Give the median time between the last stories; None where their dates do not tell."""
    dates = sorted({e.published for e in entries if e.published}, reverse=True)[:_RHYTHM]
    if len(dates) < 3:  # noqa: PLR2004 - two dates are one gap, and one gap is no rhythm
        return None
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(dates)]
    return timedelta(seconds=median(gaps))


def after_failure(feed: Feed, error: FeedError, now: datetime, policy: PollingPolicy) -> Backoff:
    """Decide when a feed that could not be read is tried again.

    The wait doubles with each failure up to a day, of an official source up to an hour, and is
    never shorter than what the publisher asked for. A feed is paused, which means probed daily,
    only when its publisher says that it is gone, or after a week *and* twenty failures: whole
    services answer 404 for hours.
    """
    since = feed.failing_since or now
    exhausted = feed.failures + 1 >= PAUSE_FAILURES and now - since >= PAUSE_AFTER
    gone = isinstance(error, FeedUnavailable) and error.gone
    if exhausted or gone:
        return Backoff(next_due=now + max(DAY, asked_wait(error)), paused=True)
    base = max(feed.source.interval or policy.shortest, floor(feed.source, policy))
    longest = OFFICIAL_RETRY if feed.source.official else DAY
    wait = min(base * 2 ** min(feed.failures, 20), longest)
    return Backoff(next_due=now + max(wait, asked_wait(error)), paused=False)


@lru_cache(_REMEMBERED)
def host_of(url: str) -> str:
    """Name the host of an address; http and https on their usual ports are the same one.

    Empty where it is no address that can be asked.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        name = host if host.isascii() else host.encode("idna").decode()
        usual = parts.port in {None, _USUAL_PORTS.get(parts.scheme)}
    except ValueError:
        return ""
    return name if usual else f"{name}:{parts.port}"


@lru_cache(_REMEMBERED)
def is_own(url: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether the host of an address is itself an address, or localhost, on these networks."""
    try:
        host = urlsplit(url).hostname or ""
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def floor(source: Source, policy: PollingPolicy) -> timedelta:
    """Give the shortest interval for a source: a minute, or a second on an allowed own network."""
    return OWN_FLOOR if is_own(source.url, policy.own_networks) else FLOOR


def asked_wait(error: FeedError) -> timedelta:
    """Give how long a publisher asked us to wait, at most a week; nothing where it did not."""
    asked = error.retry_after if isinstance(error, FeedUnavailable) else None
    return min(timedelta(seconds=asked or 0), LONGEST_WAIT)


def host_rest(error: FeedError) -> timedelta:
    """Give how long the other feeds of a host wait that had too many requests: a day at most.

    One bad feed must not silence all that share its host.
    """
    return min(asked_wait(error), DAY)


def _own_interval(feed: Feed, now: datetime, policy: PollingPolicy) -> tuple[timedelta, timedelta]:
    """Give half the time that a story takes to come, and the longest that luck may make of it.

    A feed that has gone silent is asked as rarely as the settings allow, and more rarely yet
    after half a year.
    """
    shortest = max(policy.shortest, floor(feed.source, policy))
    longest = max(policy.longest, shortest)
    interval = policy.unknown if feed.pace.gap is None else feed.pace.gap / 2
    if feed.source.official:
        longest = max(shortest, OFFICIAL)
    elif (silence := now - (feed.newest_story or now)) > _SILENT:
        interval = longest = longest * (_RARER if silence > _LONG_SILENT else 1)
    return min(max(interval, shortest), longest), longest


def _asked_interval(pace: Pace) -> timedelta:
    """Give the shortest interval that a document asks for, at most a day.

    A period that the dates of its own stories disprove says nothing: a widespread program writes
    "hourly" into every feed.
    """
    period = pace.period or timedelta(0)
    if pace.gap is not None and pace.gap < period:
        period = timedelta(0)
    return min(max(pace.ttl or timedelta(0), period), DAY)


def _not_skipped(due: datetime, pace: Pace) -> datetime:
    """Give the first moment from ``due`` on that lies in no hour and on no day to be skipped.

    What skips every hour of the week is not believed.
    """
    hour = due.replace(minute=0, second=0, microsecond=0)
    starts = (hour + timedelta(hours=hours) for hours in range(1, _HOURS_OF_A_WEEK))
    for moment in chain([due], starts):
        if moment.weekday() not in pace.skip_days and moment.hour not in pace.skip_hours:
            return moment
    return due
