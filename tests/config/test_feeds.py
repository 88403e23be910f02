"""The default sources: every one complete, none twice; and what has no source."""

from collections import Counter
from pathlib import Path

import pytest

from classifiers import topics
from config.fields import feed_key
from config.settings import FeedSettings, GapSettings, load

SETTINGS = load(environ={})
FEEDS, GAPS = SETTINGS.feeds, SETTINGS.gaps
TOPICS = {topic.name for topic in topics.shipped()}
RUSSIAN_STATE = ("tass.com", "tass.ru", "lenta.ru", "ria.ru", "rt.com")


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


def test_the_press_of_ukraine_and_russia_is_read_in_its_own_languages() -> None:
    """It is often ahead of the English editions; outlets of the Russian state are left out."""
    assert sum(feed.lang == "uk" for feed in FEEDS) >= 5
    assert sum(feed.lang == "ru" for feed in FEEDS) >= 6
    assert not [feed.url for feed in FEEDS if any(host in feed.url for host in RUSSIAN_STATE)]
    assert {"TASS", "Lenta.ru"} <= {gap.name for gap in GAPS}


def test_a_search_is_no_official_source() -> None:
    """It finds what outlets write of an office, and is told as a search."""
    searches = [feed for feed in FEEDS if "news.google.com" in feed.url]
    assert len(searches) >= 2
    assert not any(feed.official for feed in searches)
    assert all(feed.name.startswith("Search: ") for feed in searches)


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: gap.name)
def test_every_gap_says_why_and_what_stands_in(gap: GapSettings) -> None:
    """Nobody searches in vain for what cannot be had, and what stands in is really read."""
    assert gap.why.endswith(".") or "tocsin feeds add https://" in gap.why
    assert gap.topics
    assert set(gap.topics) <= TOPICS
    standing_in = [feed for feed in FEEDS if feed.name == gap.instead]
    assert len(standing_in) == bool(gap.instead)
    assert all(set(gap.topics) & set(feed.topics) for feed in standing_in)


def test_what_was_asked_for_and_has_no_feed_is_told() -> None:
    """Sanctions are first made known where there is no feed."""
    names = [gap.name for gap in GAPS]
    assert {"OFAC, recent actions", "US Treasury, press releases", "Reuters"} <= set(names)
    assert len(names) == len(set(names))


def test_feeds_of_ones_own_bring_their_own_gaps(tmp_path: Path) -> None:
    """What the default feeds lack says nothing of others; a person may tell theirs."""
    file = tmp_path / "settings.toml"
    file.write_text("feeds = []\n")
    assert load(file, {}).gaps == ()
    assert load(environ={"TOCSIN_FEEDS": "[]"}).gaps == ()
    file.write_text('feeds = []\n[[gaps]]\nname = "A"\nwhy = "It is so."\n')
    assert [gap.name for gap in load(file, {}).gaps] == ["A"]
    file.write_text('[[gaps]]\nname = "A"\nwhy = "It is so."\n')
    own = load(file, {})
    assert ([gap.name for gap in own.gaps], own.feeds) == (["A"], FEEDS)
    assert load(environ={"TOCSIN_GAPS": "[]"}).gaps == ()
