"""What stands behind a topic."""

from bot.models import Topic
from bot.rules.sources import Gap, behind
from tests.builders import feed, source

TOPIC = Topic(name="sanctions", title="Sanctions", meaning="", threshold=0.5)


def test_a_topic_has_its_feeds_and_those_of_no_topic_public_bodies_first() -> None:
    """A feed that was added by its address alone is read for every topic."""
    both, aid = ("sanctions", "ukraine_aid"), ("ukraine_aid",)
    feeds = [
        feed(source=source(name="b", topics=both)),
        feed(source=source(name="A")),
        feed(source=source(name="other", topics=aid)),
        feed(source=source(name="z", topics=("sanctions",), official=True)),
    ]
    found = behind(TOPIC, feeds, ())
    assert [each.source.name for each in found.feeds] == ["z", "A", "b"]


def test_a_topic_has_its_gaps_in_their_order() -> None:
    """What lacks a feed is told with the topic that it would serve."""
    gaps = [
        Gap(name=name, topics=topics, why="So it is.")
        for name, topics in (("b", ("sanctions",)), ("c", ("ukraine_aid",)), ("a", ()))
    ]
    assert [gap.name for gap in behind(TOPIC, (), gaps).gaps] == ["b", "a"]
