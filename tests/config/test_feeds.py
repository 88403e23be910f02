"""The default sources: every one complete, none twice."""

from collections import Counter

import pytest

from config.fields import feed_key
from config.settings import FeedSettings, load

FEEDS = load(environ={}).feeds
TOPICS = {"drone_supply", "sanctions", "ukraine_aid"}


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.url)
def test_every_source_is_described(feed: FeedSettings) -> None:
    """Each source says who speaks, in which language, and what it is followed for."""
    assert feed.url.startswith("https://")
    assert feed.name
    assert feed.owner
    assert feed.lang in {"en", "uk", "ru", "pl"}
    assert feed.topics
    assert set(feed.topics) <= TOPICS
    assert feed.interval is None, "the publishers' own rhythm decides"


def test_no_source_stands_twice() -> None:
    """No two sources are the same feed, and no two have the same name."""
    assert not [u for u, n in Counter(feed_key(feed.url) for feed in FEEDS).items() if n > 1]
    assert not [name for name, n in Counter(feed.name for feed in FEEDS).items() if n > 1]


def test_the_sources_cover_what_was_promised() -> None:
    """There are at least 57, for every topic, in several languages, with official ones."""
    assert len(FEEDS) >= 57
    for topic in TOPICS:
        assert sum(topic in feed.topics for feed in FEEDS) >= 10
    assert {"en", "uk", "ru"} <= {feed.lang for feed in FEEDS}
    assert sum(feed.official for feed in FEEDS) >= 15


def test_official_sources_belong_to_states_and_bodies() -> None:
    """What counts as official is owned by a state, the EU or the UN."""
    owners = {feed.owner for feed in FEEDS if feed.official}
    assert owners == {"state", "European Union", "United Nations"}


def test_hardly_a_country_is_unknown() -> None:
    """Nearly every source has its country."""
    assert sum(not feed.country for feed in FEEDS) <= 2
