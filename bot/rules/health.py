"""How is a feed?

| state   | means                                                      | people are told          |
|---------|------------------------------------------------------------|--------------------------|
| new     | never read yet, and nothing went wrong                     | never                    |
| healthy | the last reading brought a document, or "not changed"      | at once, after a trouble |
| failing | the last readings failed; it is tried again, less and less | after 6 h, official: 1 h |
| paused  | it failed for so long, or said for good, that it is let be | at once                  |
| empty   | it answers, and its document holds no story                | after a day              |
| stale   | it answers, and nothing new came for very long             | at once: it lasted       |

The first that is so counts: paused, failing, new, empty, stale, healthy. "200 and well-formed"
is not health: feeds are known that are valid and ten years old.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.models import Feed, FeedChange

STALE_AFTER: Final = timedelta(days=30)
"""Without a new story a feed of news is stale: the slowest of the press write every few weeks."""

OFFICIAL_STALE_AFTER: Final = timedelta(days=365)
"""The same of an official one: a listing of sanctions may be silent for weeks, and for months."""

FAILING_TOLD_AFTER: Final = timedelta(hours=6)
"""How long a feed fails before people are told: whole services answer 404 or 503 for hours."""

OFFICIAL_FAILING_TOLD_AFTER: Final = timedelta(hours=1)
"""The same of an official one, whose stories must be seen at once."""

EMPTY_TOLD_AFTER: Final = timedelta(days=1)
"""How long a feed is empty before people are told: some are rebuilt over night."""


class State(StrEnum):
    """The state of a feed, in the word that people see."""

    NEW = "new"
    HEALTHY = "healthy"
    FAILING = "failing"
    PAUSED = "paused"
    EMPTY = "empty"
    STALE = "stale"

    @property
    def bad(self) -> bool:
        """Whether somebody should look at the feed."""
        return self not in {State.NEW, State.HEALTHY}


def state(feed: Feed, now: datetime) -> State:
    """Tell the state that a feed is in."""
    if feed.paused:
        return State.PAUSED
    if feed.failures:
        return State.FAILING
    if feed.last_read is None:
        return State.NEW
    if feed.empty_since:
        return State.EMPTY
    stale = feed.newest_story is not None and now - feed.newest_story > _stale_after(feed)
    return State.STALE if stale else State.HEALTHY


def since(feed: Feed, now: datetime) -> datetime | None:
    """Tell since when a feed is in trouble; None where it is in none, or where nobody knows."""
    match state(feed, now):
        case State.FAILING | State.PAUSED:
            return feed.failing_since
        case State.EMPTY:
            return feed.empty_since
        case State.STALE if feed.newest_story:
            return feed.newest_story + _stale_after(feed)
        case _:
            return None


def why(feed: Feed, now: datetime) -> str:
    """Tell a person what makes the state of a feed; empty where nothing is known of it."""
    match state(feed, now):
        case State.NEW:
            return "not read yet"
        case State.FAILING | State.PAUSED:
            return feed.last_error
        case State.EMPTY:
            return f"its document holds no story, {_newest(feed, now)}"
        case State.STALE:
            return _newest(feed, now)
        case State.HEALTHY:
            return f"read {ago(feed.last_read or now, now)}, {_newest(feed, now)}"


def describe(feed: Feed, now: datetime) -> str:
    """Tell a person how a feed is: its state, for how long, and why."""
    begin, reason = since(feed, now), why(feed, now)
    lasting = f" for {span(now - begin)}" if begin else ""
    return f"{state(feed, now)}{lasting}" + (f": {reason}" if reason else "")


def noticed(feed: Feed, now: datetime) -> tuple[Feed, FeedChange | None]:
    """Bring the trouble of a feed up to date that was just read, or could not be.

    Gives the feed with it, and the change that people are to be told of once, if there is one.
    What may pass by itself is no change yet; until then the trouble stays what they know.
    """
    now_in = state(feed, now)
    trouble = str(now_in) if now_in.bad else ""
    if trouble == feed.trouble or not _lasts(feed, now_in, now):
        return feed, None
    change = FeedChange(feed_id=feed.id, at=now, trouble=trouble, why=why(feed, now))
    return replace(feed, trouble=trouble), change


def ago(when: datetime, now: datetime) -> str:
    """Give the time from ``when`` to ``now`` in its largest unit."""
    passed = now - when
    return f"{span(passed)} ago" if passed >= timedelta(minutes=1) else "just now"


def span(passed: timedelta) -> str:
    """Give a length of time in its largest whole unit."""
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed >= timedelta(seconds=seconds):
            return f"{int(passed.total_seconds() // seconds)} {unit}"
    return "less than a minute"


def _stale_after(feed: Feed) -> timedelta:
    return OFFICIAL_STALE_AFTER if feed.source.official else STALE_AFTER


def _lasts(feed: Feed, state: State, now: datetime) -> bool:
    """Tell whether a state is one to speak of, and not what passes by itself."""
    match state:
        case State.FAILING:
            patience = FAILING_TOLD_AFTER
            patience = OFFICIAL_FAILING_TOLD_AFTER if feed.source.official else patience
            return now - (feed.failing_since or now) >= patience
        case State.EMPTY:
            return now - (feed.empty_since or now) >= EMPTY_TOLD_AFTER
        case _:
            return True


def _newest(feed: Feed, now: datetime) -> str:
    return f"newest story {ago(feed.newest_story, now)}" if feed.newest_story else "no story yet"
