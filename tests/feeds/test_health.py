"""How a feed is."""

import pytest

from bot.feeds.health import State, describe, state
from bot.models import Feed
from tests.builders import NOW, ago, feed

NEW = feed(first_read=None, last_read=None)
HEALTHY = feed(last_read=ago(minutes=20), newest_story=ago(hours=3))
FAILING = feed(failures=3, failing_since=ago(days=2), last_error="the server answered 503")
PAUSED = feed(failures=30, failing_since=ago(days=9), last_error="gone", paused=True)


@pytest.mark.parametrize(
    ("one", "expected", "sentence"),
    [
        (NEW, State.NEW, "new: not read yet"),
        (HEALTHY, State.HEALTHY, "healthy: read 20 min ago, newest story 3 h ago"),
        (FAILING, State.FAILING, "failing, first 2 d ago: the server answered 503"),
        (PAUSED, State.PAUSED, "paused, first 9 d ago: gone"),
        (feed(last_read=NOW), State.HEALTHY, "healthy: read just now, no story yet"),
        (feed(first_read=None, last_read=None, failures=1), State.FAILING, "failing"),
    ],
)
def test_the_states_of_a_feed_are_told_apart(one: Feed, expected: State, sentence: str) -> None:
    """An operator sees at once what is wrong, since when, and why."""
    assert state(one) is expected
    assert describe(one, NOW) == sentence
