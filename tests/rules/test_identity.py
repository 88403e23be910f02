"""Which entries of a feed are new stories."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Acquaintance, Entry, Feed, ParsedFeed, Story
from bot.rules import identity
from tests.builders import NOW, ago, entry, feed, source, story

MAX_AGE = timedelta(hours=48)

entries = st.builds(
    Entry,
    guid=st.sampled_from(["", "1", "2"]),
    link=st.sampled_from(["", "https://example.org/a", "https://example.org/b"]),
    title=st.text(max_size=5),
    summary=st.text(max_size=5),
)


def identify(*items: Entry) -> list[str]:
    """Give the ids of the stories of a document."""
    return [s.id for s in identity.stories(ParsedFeed(entries=items), feed(), NOW)]


def test_an_entry_with_a_guid_keeps_its_identity_when_title_and_link_change() -> None:
    """The guid alone says which story it is, where there is one."""
    before = identify(entry("Drones shipped", guid="7", link="https://example.org/1"))
    after = identify(entry("Drones shipped, says Kyiv", guid="7", link="https://example.org/2"))
    assert before == after


def test_an_entry_without_a_guid_is_known_by_its_link() -> None:
    """A link does where the guid is missing."""
    link = "https://example.org/1"
    assert identify(entry("One", link=link)) == identify(entry("Two", link=link))


def test_entries_that_share_one_guid_in_a_document_are_told_apart_by_title() -> None:
    """A publisher that gives all its stories one guid still has as many stories."""
    ids = identify(entry("One", guid="same"), entry("Two", guid="same"), entry("Two", guid="same"))
    assert len(ids) == len(set(ids)) == 2


def test_the_same_guid_in_two_feeds_is_two_stories() -> None:
    """Guids like "1" mean nothing outside their feed."""
    parsed = ParsedFeed(entries=(entry(guid="1"),))
    here = identity.stories(parsed, feed("https://a.example/feed"), NOW)
    there = identity.stories(parsed, feed("https://b.example/feed"), NOW)
    assert here[0].id != there[0].id


def met(*items: Entry, **what: Any) -> list[Acquaintance]:
    """Give the acquaintances that a document leaves."""
    found = identity.stories(ParsedFeed(entries=items), feed(**what), NOW)
    return [
        Acquaintance(
            story_id=each.id,
            content_hash=each.content_hash,
            keys=each.keys,
            published=each.published,
        )
        for each in found
    ]


def sort(known: list[Acquaintance], *items: Entry, **what: Any) -> identity.Sorted:
    """Sort the entries of a document by who is known."""
    about = feed(**what)
    return identity.sort(identity.stories(ParsedFeed(entries=items), about, NOW), known, about)


def titles(stories: Iterable[Story]) -> list[str]:
    """Give the titles of stories."""
    return [each.title for each in stories]


BEFORE = entry("One", guid="1", link="https://example.org/1", published=ago(hours=1))


@given(st.lists(entries, max_size=6))
def test_reading_a_document_twice_brings_nothing_new(items: list[Entry]) -> None:
    """Whatever a document repeats or lacks, its second reading changes nothing."""
    result = sort(met(*items), *items)
    assert (list(result.new), list(result.edited)) == ([], [])


@given(st.lists(entries, max_size=6), st.lists(entries, max_size=6))
def test_no_two_stories_of_a_document_are_one_acquaintance(
    before: list[Entry], after: list[Entry]
) -> None:
    """One of the two would be lost; so every story is new, or has an acquaintance to itself."""
    result = sort(met(*before), *after)
    found = len(identity.stories(ParsedFeed(entries=tuple(after)), feed(), NOW))
    edited = [each.id for each in result.edited]
    assert len(edited) == len(set(edited))
    assert len(result.new) >= found - len(met(*before))


def test_a_known_story_with_another_title_is_an_edit_and_not_new() -> None:
    """An edited headline updates its story."""
    known = met(BEFORE)
    result = sort(known, replace(BEFORE, title="Two"))
    assert (list(result.new), titles(result.edited)) == ([], ["Two"])
    assert result.edited[0].id == known[0].story_id


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "https:1"},
        {"guid": ""},
        {"guid": "2", "title": "Two"},
        {"guid": "2", "published": ago(hours=0.5)},
        {"guid": "2", "link": "https://example.org/other"},
        {"guid": "", "link": "https://example.org/other"},
        {"link": "http://www.example.org/1/?utm_source=rss", "title": "Two", "published": NOW},
    ],
)
def test_a_story_whose_id_changed_is_known_by_what_stayed(change: dict[str, Any]) -> None:
    """The guid does alone, the link with title or date, the title with its date."""
    known = met(BEFORE)
    result = sort(known, replace(BEFORE, **change))
    assert titles(result.new) == []
    assert {each.id for each in result.edited} <= {known[0].story_id}


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "2", "title": "Two", "published": NOW},
        {"guid": "2", "title": "Two", "link": "https://example.org/2"},
        {"guid": "2", "published": NOW, "link": "https://example.org/2"},
    ],
)
def test_a_story_that_shares_one_thing_with_another_is_another(change: dict[str, Any]) -> None:
    """A page that is written anew each day, a story of the same minute, a heading that recurs."""
    assert len(sort(met(BEFORE), replace(BEFORE, **change)).new) == 1


def test_a_heading_that_recurs_on_one_day_is_new_each_time() -> None:
    """A date without a time of day bears nothing out."""
    day = NOW.replace(hour=0)
    first = entry("Air raid alert", guid="1", link="https://example.org/1", published=day)
    second = replace(first, guid="2", link="https://example.org/2")
    assert len(sort(met(first), second).new) == 1


def test_a_link_that_all_entries_share_tells_none_of_them() -> None:
    """Some feeds give their own page for each story."""
    here = "https://example.org/news"
    one = entry("One", guid="1", link=here, published=ago(hours=2))
    two = entry("Two", guid="2", link=here, published=ago(hours=1))
    three = entry("Three", guid="3", link=here, published=ago(hours=1))
    assert titles(sort(met(one, two), three, two).new) == ["Three"]


def numbered(count: int, name: str = "Report", **what: Any) -> list[Entry]:
    """Give so many entries, an hour between each and the next, the newest first."""
    return [
        entry(
            f"{name} {n}",
            guid=f"{name}-{n}",
            link=f"https://example.org/{name}/{n}",
            **({"published": ago(hours=n, minutes=7)} | what),
        )
        for n in range(count)
    ]


def test_a_flood_of_renamed_stories_is_known_by_its_titles() -> None:
    """Guids, links and dates are all new, and still it is the backlog."""
    before = numbered(20)
    after = [replace(e, title=b.title) for e, b in zip(numbered(20, "x"), before, strict=True)]
    after = [replace(each, published=NOW) for each in after]
    result = sort(met(*before), entry("Fresh", guid="new", published=NOW), *after)
    assert (titles(result.new), result.flood) == (["Fresh"], True)


def test_in_a_flood_only_what_is_dated_after_the_earlier_stories_is_news() -> None:
    """A feed that is rebuilt with other titles must not ring for its archive."""
    after = [entry("Fresh", guid="new", published=ago(minutes=1)), *numbered(20, "Rebuilt")]
    result = sort(met(*numbered(20)), *after, newest_story=ago(minutes=7))
    assert [s.title for s in result.new if s.id not in result.old] == ["Fresh"]


def test_many_stories_at_once_are_news_where_they_are_newer() -> None:
    """A listing of forty names in one go, or a busy feed after an hour without us."""
    fresh = [replace(each, published=ago(minutes=5)) for each in numbered(40, "Designation")]
    result = sort(met(*numbered(20)), *fresh, newest_story=ago(hours=1))
    assert (len(result.new), len(result.old)) == (40, 0)
    undated = [replace(each, published=None) for each in fresh]
    assert not sort(met(*numbered(20)), *undated, newest_story=ago(hours=1)).old


def test_a_story_below_and_before_all_known_ones_slid_back() -> None:
    """Something above it was taken out; it was there before we first looked."""
    one, two, three, four = numbered(4)
    result = sort(met(one, two, three), one, three, four, newest_story=one.published)
    assert [s.title for s in result.new if s.id in result.old] == [four.title]


def test_a_new_story_at_the_foot_of_a_feed_that_grows_downwards_is_news() -> None:
    """Some feeds put their newest story last."""
    four, three, two, one = numbered(4)
    assert not sort(met(one, two, three), one, two, three, four, newest_story=three.published).old
    undated = [replace(each, published=None) for each in (one, two, three, four)]
    assert not sort(met(*undated[:3]), *undated, newest_story=three.published).old


def test_below_a_story_that_stays_on_top_all_may_be_new() -> None:
    """A live page bears the time of its last change, and after some hours it alone is known."""
    pinned = entry("Live", guid="live", link="https://example.org/live", published=NOW)
    before = [replace(pinned, published=ago(hours=9)), *numbered(9, published=ago(hours=9))]
    fresh = numbered(9, "Fresh", published=ago(hours=2))
    assert not sort(met(*before), pinned, *fresh, newest_story=ago(hours=9)).old


def test_what_stands_above_known_stories_is_news_also_in_a_flood() -> None:
    """Agencies publish minutes after the time that a story bears; nothing was renamed here."""
    before = numbered(20)
    late = entry("Late", guid="late", link="https://example.org/late", published=ago(minutes=9))
    result = sort(
        met(*before),
        *numbered(12, "Fresh", published=NOW),
        late,
        *before[:7],
        newest_story=ago(minutes=7),
    )
    assert (result.flood, result.old) == (True, frozenset())


def test_a_package_that_bears_the_day_alone_is_news_on_the_day_of_another_notice() -> None:
    """Sanctions come by the dozen, and lists of them are dated without a time of day."""
    day = NOW.replace(hour=0)
    package = numbered(14, "Designation", published=day)
    for newest in (day, NOW):
        assert not sort(
            met(*numbered(14, published=ago(days=9))), *package, newest_story=newest
        ).old
    renamed = sort(met(*numbered(14)), *package, newest_story=day + timedelta(days=2))
    assert len(renamed.old) == 14


def test_the_posts_of_a_live_page_are_stories_of_their_own() -> None:
    """Their links differ in the anchor alone, and lead to one page."""
    posts = [
        entry(f"Post {n}", link=f"https://example.org/live#{n}", published=ago(hours=9 - n))
        for n in range(8)
    ]
    assert titles(sort(met(*posts[:4]), *posts[3:]).new) == [f"Post {n}" for n in range(4, 8)]
    dated = [replace(each, guid=each.title, published=NOW.replace(hour=0)) for each in posts]
    assert titles(sort(met(dated[0]), dated[1]).new) == ["Post 1"]


def is_news(about: Story, of: Feed | None = None, **what: Any) -> bool:
    """Tell whether a story may cause alerts."""
    return identity.is_news(about, of or feed(), what.get("old", frozenset()), MAX_AGE)


def test_nothing_is_news_on_the_first_reading_of_a_feed() -> None:
    """A backlog never alerts."""
    assert not is_news(story(), feed(first_read=None))


def test_a_story_is_news_unless_its_date_lies_far_back() -> None:
    """An old item that slides back into a feed is stored, not alerted."""
    dates = {ago(hours=47): True, ago(hours=49): False, ago(hours=-3): True, None: True}
    for published, expected in dates.items():
        assert is_news(story(published=published)) is expected


def test_what_an_office_puts_out_today_is_news_whenever_it_was_signed() -> None:
    """A first report of an official source always reaches the subscriber; a backlog never does."""
    official = feed(source=source(official=True))
    signed = story(published=ago(days=30))
    assert is_news(signed, official)
    assert not is_news(signed, official, old=frozenset({signed.id}))


def test_a_story_takes_the_language_of_its_entry_then_document_then_source() -> None:
    """The nearest word on the language counts."""
    parsed = ParsedFeed(lang="de", entries=(entry("A", guid="1", lang="uk"), entry("B", guid="2")))
    assert [s.lang for s in identity.stories(parsed, feed(), NOW)] == ["uk", "de"]
