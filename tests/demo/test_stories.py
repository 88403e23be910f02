"""The demo's stories: what they are to show, and when."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.demo.stories import SampleStory, script

SCRIPT = script()
NEW = [story for story in SCRIPT.stories if story.appears]
TOPICS = {"drone_supply", "sanctions", "ukraine_aid"}


@pytest.mark.parametrize("story", SCRIPT.stories, ids=lambda story: story.id)
def test_every_story_is_whole(story: SampleStory) -> None:
    """Each story has an outlet, text, a date in the past and known topics."""
    assert story.outlet in {outlet.key for outlet in SCRIPT.outlets}
    assert story.title
    assert story.summary
    assert story.age > 0
    assert set(story.expect) <= TOPICS


def test_stories_come_out_one_by_one_and_soon() -> None:
    """The first comes after about four seconds, the last before half a minute."""
    times = [story.appears for story in NEW]
    assert times[0] == 4
    assert all(2 <= later - earlier <= 3 for earlier, later in pairwise(times))
    assert SCRIPT.length == timedelta(seconds=times[-1])
    assert SCRIPT.length <= timedelta(seconds=22)


def test_every_outlet_has_a_backlog_and_news() -> None:
    """Each feed shows that a first reading is silent and a later one is not."""
    for outlet in SCRIPT.outlets:
        told = [story for story in SCRIPT.stories if story.outlet == outlet.key]
        assert any(not story.appears for story in told)
        assert any(story.appears and story.expect for story in told)


def test_the_news_shows_what_the_bot_can_do() -> None:
    """All topics, all at once, none, other languages, and one event from two outlets."""
    expected = {story.expect for story in NEW}
    assert {frozenset(topics) for topics in expected} >= {
        frozenset(),
        frozenset(TOPICS),
        *(frozenset({topic}) for topic in TOPICS),
    }
    assert Counter(story.lang for story in SCRIPT.stories if story.lang) == {"uk": 2, "de": 1}
    repeated = [title for title, n in Counter(story.title for story in NEW).items() if n == 2]
    assert len(repeated) == 1
    assert len({story.outlet for story in NEW if story.title in repeated}) == 2
    assert len({story.id for story in SCRIPT.stories}) == len(SCRIPT.stories) == 18


def test_what_is_out_grows_and_stands_newest_first() -> None:
    """As time passes a feed only gains stories, and their dates fall from the top."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for outlet in SCRIPT.outlets:
        steps = [SCRIPT.out(outlet, timedelta(seconds=second)) for second in range(24)]
        for earlier, later in pairwise(steps):
            assert {story.id for story in earlier} <= {story.id for story in later}
        dates = [story.published(start) for story in steps[-1]]
        assert dates == sorted(dates, reverse=True)
        assert len(steps[0]) < len(steps[-1])
