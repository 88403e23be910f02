"""How a feed is, and what people are told of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.models import Feed
from bot.rules import health
from bot.rules.health import State, describe, noticed, since, state
from tests.builders import NOW, ago, feed, source

MINUTE = timedelta(minutes=1)
GONE: dict[str, Any] = {
    "failures": 1,
    "failing_since": NOW,
    "last_error": "it is gone for good (410)",
}


def official(**what: Any) -> Feed:
    """Make a feed of a government."""
    return feed(source=source(official=True), **what)


def failing(since: datetime, **what: Any) -> Feed:
    """Make a feed whose last readings failed."""
    return feed(failures=3, failing_since=since, last_error="the server answered 503", **what)


NEW = feed(first_read=None, last_read=None)
HEALTHY = feed(last_read=ago(minutes=20), newest_story=ago(hours=3))
PAUSED = feed(failures=30, failing_since=ago(days=9), last_error="gone", paused=True)
EMPTY = feed(empty_since=ago(hours=5), newest_story=ago(days=20))
NEVER_FULL = feed(first_read=ago(days=2), empty_since=ago(days=2))
STALE = feed(newest_story=ago(days=45))


@pytest.mark.parametrize(
    ("one", "expected", "begin", "sentence"),
    [
        (NEW, State.NEW, None, "new: not read yet"),
        (HEALTHY, State.HEALTHY, None, "healthy: read 20 min ago, newest story 3 h ago"),
        (feed(last_read=NOW), State.HEALTHY, None, "healthy: read just now, no story yet"),
        (
            failing(ago(days=2)),
            State.FAILING,
            ago(days=2),
            "failing for 2 d: the server answered 503",
        ),
        (feed(first_read=None, last_read=None, failures=1), State.FAILING, None, "failing"),
        (PAUSED, State.PAUSED, ago(days=9), "paused for 9 d: gone"),
        (
            EMPTY,
            State.EMPTY,
            ago(hours=5),
            "empty for 5 h: its document holds no story, newest story 20 d ago",
        ),
        (
            NEVER_FULL,
            State.EMPTY,
            ago(days=2),
            "empty for 2 d: its document holds no story, no story yet",
        ),
        (STALE, State.STALE, ago(days=15), "stale for 15 d: newest story 45 d ago"),
        (
            failing(NOW),
            State.FAILING,
            NOW,
            "failing for less than a minute: the server answered 503",
        ),
    ],
)
def test_the_states_of_a_feed_are_told_apart(
    one: Feed, expected: State, begin: datetime | None, sentence: str
) -> None:
    """An operator sees at once what is wrong, since when, and why."""
    assert state(one, NOW) is expected
    assert since(one, NOW) == begin
    assert describe(one, NOW) == sentence


def test_of_two_states_the_worse_one_is_told() -> None:
    """A feed that fails is not called empty or stale for what it held before."""
    assert state(failing(NOW, empty_since=ago(days=9)), NOW) is State.FAILING
    assert state(feed(empty_since=NOW, newest_story=ago(days=90)), NOW) is State.EMPTY
    assert [each for each in State if each.bad] == ["failing", "paused", "empty", "stale"]


def test_an_official_feed_may_be_silent_for_a_year() -> None:
    """A listing of sanctions that says nothing for weeks is well; the press is not."""
    for one, limit in ((feed, timedelta(days=30)), (official, timedelta(days=365))):
        assert state(one(newest_story=NOW - limit), NOW) is State.HEALTHY
        assert state(one(newest_story=NOW - limit - MINUTE), NOW) is State.STALE


@pytest.mark.parametrize(
    ("one", "trouble"),
    [
        (failing(ago(hours=6)), "failing"),
        (failing(ago(hours=6) + MINUTE), None),
        (official(failures=1, failing_since=ago(hours=1), last_error="503"), "failing"),
        (official(failures=1, failing_since=ago(hours=1) + MINUTE, last_error="503"), None),
        (feed(paused=True, **GONE), "paused"),
        (feed(empty_since=ago(days=1)), "empty"),
        (feed(empty_since=ago(days=1) + MINUTE), None),
        (STALE, "stale"),
        (HEALTHY, None),
        (NEW, None),
    ],
)
def test_only_lasting_trouble_is_told_and_once(one: Feed, trouble: str | None) -> None:
    """What passes by itself wakes nobody, and what was told is not told again."""
    after, change = noticed(one, NOW)
    assert after.trouble == (trouble or "")
    assert (change.trouble if change else None) == trouble
    if change:
        assert (change.id, change.feed_id, change.at) == (0, one.id, NOW)
        assert change.why == health.why(one, NOW)
    assert noticed(after, NOW) == (after, None)


def test_that_a_feed_is_back_is_told_once_and_only_after_trouble() -> None:
    """Who was told that a feed died learns that it lives."""
    after, change = noticed(feed(trouble="failing", newest_story=ago(hours=1)), NOW)
    assert change is not None
    assert (change.trouble, change.why) == ("", "read 15 min ago, newest story 1 h ago")
    assert noticed(after, NOW) == (after, None)
    assert after.trouble == ""


def test_one_told_trouble_that_becomes_another_is_told() -> None:
    """From failing to paused, and from paused to an answer without stories."""
    paused, change = noticed(failing(ago(days=8), paused=True, trouble="failing"), NOW)
    assert (paused.trouble, change and change.trouble) == ("paused", "paused")
    empty, change = noticed(feed(trouble="paused", empty_since=ago(days=2)), NOW)
    assert (empty.trouble, change and change.trouble) == ("empty", "empty")


def test_while_a_new_trouble_may_pass_the_told_one_stays() -> None:
    """An empty answer after a week of silence is no sign of life yet."""
    one = feed(trouble="failing", empty_since=ago(minutes=5))
    assert noticed(one, NOW) == (one, None)
