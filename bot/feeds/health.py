"""How is a feed? Pure functions of what its readings left.

| state   | means                                                       |
|---------|-------------------------------------------------------------|
| new     | never read yet, and nothing went wrong                      |
| healthy | the last reading brought a document, or "not changed"       |
| failing | the last readings failed; it is tried again, less and less  |
| paused  | it failed for so long, or said for good, that it is let be  |
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.models import Feed


class State(StrEnum):
    """The state of a feed, in the word that people see."""

    NEW = "new"
    HEALTHY = "healthy"
    FAILING = "failing"
    PAUSED = "paused"


def state(feed: Feed) -> State:
    """Tell the state that a feed is in."""
    if feed.paused:
        return State.PAUSED
    if feed.failures:
        return State.FAILING
    return State.NEW if feed.last_read is None else State.HEALTHY


def describe(feed: Feed, now: datetime) -> str:
    """Tell a person how a feed is: its state, since when, and why."""
    match state(feed):
        case State.NEW:
            return "new: not read yet"
        case State.HEALTHY:
            newest = feed.newest_story
            last = f"newest story {_ago(newest, now)}" if newest else "no story yet"
            return f"healthy: read {_ago(feed.last_read or now, now)}, {last}"
        case bad:
            since = f", first {_ago(feed.failing_since, now)}" if feed.failing_since else ""
            why = f": {feed.last_error}" if feed.last_error else ""
            return f"{bad}{since}{why}"


def _ago(when: datetime, now: datetime) -> str:
    """Give the time from ``when`` to ``now`` in its largest unit."""
    passed = max(now - when, timedelta(0))
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed >= timedelta(seconds=seconds):
            return f"{int(passed.total_seconds() // seconds)} {unit} ago"
    return "just now"
