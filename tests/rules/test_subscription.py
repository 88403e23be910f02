"""Who is alerted to a story, and why."""

from bot.models import KeywordTopic, QueryReason, Subscription, TopicReason
from bot.rules.subscription import alerts_for
from tests.builders import follows, tag, tagged

HIT = QueryReason(name="Engines", query="limbach", terms=("Limbach",), sentence="Limbach sold it.")
ENGINES = Subscription(
    chat_id=7, keyword_topic=KeywordTopic(id=3, chat_id=7, name="Engines", query="limbach")
)


def test_a_subscriber_of_a_topic_gets_the_stories_tagged_with_it_and_the_reason() -> None:
    """The reason carries the probability and the words that drove it."""
    (alert,) = alerts_for(tagged(tag("sanctions", 0.8)), [follows(7, "sanctions")], {})
    expected = TopicReason(topic="sanctions", probability=0.8, words=tag().words)
    assert (alert.chat_id, alert.reasons) == (7, (expected,))


def test_nobody_is_alerted_to_a_topic_below_its_threshold() -> None:
    """A probability alone is no tag."""
    assert (
        alerts_for(tagged(tag("sanctions", 0.4, tagged=False)), [follows(7, "sanctions")], {}) == []
    )


def test_several_topics_on_one_story_are_one_alert() -> None:
    """One message a story, the surest topic first."""
    about = tagged(tag("sanctions", 0.7), tag("ukraine_aid", 0.9))
    (alert,) = alerts_for(about, [follows(7, "sanctions"), follows(7, "ukraine_aid")], {})
    assert [r.topic for r in alert.reasons if isinstance(r, TopicReason)] == [
        "ukraine_aid",
        "sanctions",
    ]


def test_each_chat_and_each_thread_of_a_forum_gets_its_own_alert() -> None:
    """Threads are places of their own."""
    places = [follows(7), follows(8), follows(8, thread=4)]
    alerts = alerts_for(tagged(), places, {})
    assert {(a.chat_id, a.thread) for a in alerts} == {(7, 0), (8, 0), (8, 4)}


def test_a_keyword_topic_alerts_where_it_hit_and_stands_before_the_topics() -> None:
    """What people wrote themselves is what they look for first."""
    (alert,) = alerts_for(tagged(), [follows(7), ENGINES], {3: HIT})
    assert alert.reasons[0] == HIT
    assert alerts_for(tagged(tag(tagged=False)), [ENGINES], {}) == []


def test_the_key_of_an_alert_is_its_event_so_that_a_second_report_is_no_second_alert() -> None:
    """The outbox refuses a second row with the same key."""
    (alert,) = alerts_for(tagged(), [follows()], {})
    assert alert.key == "a1b2c3d4e5f60718:0"
