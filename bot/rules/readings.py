"""What does a reading of a feed, or a failure, leave of it?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.errors import FeedError
from bot.models import Feed, Reading, Story, Validators
from bot.rules import polling
from bot.rules.identity import dated
from bot.rules.polling import PollingPolicy

MOVES_HELD: Final = 3
"""A feed is asked at its new address after so many readings that were sent there for good: a
server that is being set up sends everybody everywhere for an hour."""


def after_reading(feed: Feed, reading: Reading, new: Iterable[Story], now: datetime) -> Feed:
    """Give a feed as a reading leaves it, ``new`` being the stories that were not known.

    When it is due again is another question: see ``polling.next_reading``.
    """
    read = replace(
        _followed(feed, reading.moved_to),
        validators=reading.validators,
        first_read=feed.first_read or now,
        last_read=now,
        failures=0,
        failing_since=None,
        last_error="",
        paused=False,
        newest_story=max(filter(None, [feed.newest_story, *map(dated, new)]), default=None),
    )
    if reading.parsed is None:
        return read
    entries = reading.parsed.entries
    return replace(
        read,
        pace=replace(reading.parsed.pace, gap=polling.gap_between(entries)),
        empty_since=None if entries else feed.empty_since or now,
    )


def after_failure(feed: Feed, error: FeedError, now: datetime, policy: PollingPolicy) -> Feed:
    """Give a feed as a failed reading leaves it.

    One that is given up at an address it moved to is looked for where it came from.
    """
    backoff = polling.after_failure(feed, error, now, policy)
    address = "" if backoff.paused else feed.address
    return replace(
        feed,
        validators=feed.validators if address == feed.address else Validators(),
        failures=feed.failures + 1,
        failing_since=feed.failing_since or now,
        last_error=str(error),
        next_due=backoff.next_due,
        paused=backoff.paused,
        address=address,
        moving_to="",
        moves=0,
    )


def _followed(feed: Feed, moved_to: str) -> Feed:
    """Take up where a feed says that it moved to, once it has said so several times on end."""
    if not moved_to:
        return replace(feed, moving_to="", moves=0) if feed.moves else feed
    moves = feed.moves + 1 if moved_to == feed.moving_to else 1
    if moves < MOVES_HELD:
        return replace(feed, moving_to=moved_to, moves=moves)
    address = "" if moved_to == feed.url else moved_to
    return replace(feed, address=address, moving_to="", moves=0)
