"""The keyword topics of all chats, as they stand from reading to reading."""

from datetime import UTC, datetime

from bot.models import KeywordTopic, Source, Story
from bot.recording import StandingQueries

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SOURCE = Source(url="https://meridian.example/feed")


def _topic(number: int, query: str) -> KeywordTopic:
    return KeywordTopic(id=number, chat_id=1, name=f"topic {number}", query=query)


def _story(title: str) -> Story:
    return Story(
        id="s",
        feed_id=1,
        title=title,
        summary="",
        body="",
        link="",
        published=None,
        first_seen=NOW,
        lang="en",
        content_hash="h",
    )


def test_keyword_topics_are_added_changed_and_removed_in_place() -> None:
    """A story is matched by what stands at its time, and by nothing that went before."""
    standing, story = StandingQueries(), _story("Drone engine found")
    assert set(standing.hits([_topic(1, "drone"), _topic(2, "engine")])(story, SOURCE)) == {1, 2}
    assert set(standing.hits([_topic(1, "tank"), _topic(3, "found")])(story, SOURCE)) == {3}
    assert set(standing.hits([_topic(1, "drone")])(story, SOURCE)) == {1}
    assert not standing.hits([])(story, SOURCE)


def test_a_query_that_is_not_understood_any_more_stops_no_other() -> None:
    """What an older version saved may be wrong today; the topics beside it go on."""
    hits = StandingQueries().hits([_topic(1, "drone ("), _topic(2, "drone")])
    assert set(hits(_story("A drone"), SOURCE)) == {2}
