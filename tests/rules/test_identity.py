"""Which entries of a feed are new stories."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.models import Entry, ParsedFeed
from bot.rules import identity
from tests.builders import NOW, ago, entry, feed, story

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


@given(st.lists(entries, max_size=6))
def test_reading_a_document_twice_brings_nothing_new(items: list[Entry]) -> None:
    """Whatever a document repeats or lacks, its second reading changes nothing."""
    found = identity.stories(ParsedFeed(entries=tuple(items)), feed(), NOW)
    known = {s.id: s.content_hash for s in found}
    again = identity.stories(ParsedFeed(entries=tuple(items)), feed(), ago(hours=-1))
    assert identity.sort(again, known) == identity.Sorted(new=[], edited=[])


def test_a_known_story_with_another_title_is_an_edit_and_not_new() -> None:
    """An edited headline updates its story."""
    before = identity.stories(ParsedFeed(entries=(entry("One", guid="1"),)), feed(), NOW)
    after = identity.stories(ParsedFeed(entries=(entry("Two", guid="1"),)), feed(), NOW)
    result = identity.sort(after, {before[0].id: before[0].content_hash})
    assert (list(result.new), [s.title for s in result.edited]) == ([], ["Two"])


def test_nothing_is_news_on_the_first_reading_of_a_feed() -> None:
    """A backlog never alerts."""
    assert not identity.is_news(story(), first_reading=True, max_age=MAX_AGE)


def test_a_story_is_news_unless_its_date_lies_far_back() -> None:
    """An old item that slides back into a feed is stored, not alerted."""
    dates = {ago(hours=47): True, ago(hours=49): False, ago(hours=-3): True, None: True}
    for published, expected in dates.items():
        about = story(published=published)
        assert identity.is_news(about, first_reading=False, max_age=MAX_AGE) is expected


def test_a_story_takes_the_language_of_its_entry_then_document_then_source() -> None:
    """The nearest word on the language counts."""
    parsed = ParsedFeed(lang="de", entries=(entry("A", guid="1", lang="uk"), entry("B", guid="2")))
    assert [s.lang for s in identity.stories(parsed, feed(), NOW)] == ["uk", "de"]
