"""Which stories report the same happening."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events.grouping import (
    FEWEST_WORDS,
    Report,
    assign,
    batch_signatures,
    join_all,
    signatures,
)
from bot.models import Bearer

TITLE = "Iran helps Russia build a drone factory"
LINK = "https://example.org/2023/06/drones"


def same(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Whether two stories, each a title and a link, have a signature in common."""
    return bool(set(signatures(*first)) & set(signatures(*second)))


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org/2023/06/drones",
        "https://www.example.org/2023/06/drones/",
        "HTTPS://EXAMPLE.ORG:443/2023/06/drones",
        f"{LINK}?utm_source=rss&utm_medium=feed#comments",
        f"{LINK}?at_medium=RSS&at_campaign=rss&fbclid=x",
        f" {LINK}?CMP=share&ns_mchannel=rss&ito=1490 ",
    ],
)
def test_one_page_has_one_link(link: str) -> None:
    """Scheme, www, slash, fragment and tracking make no other page."""
    assert same(("", LINK), ("", link))


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/2023/06/drone",
        "https://example.com/2023/06/drones",
        f"{LINK}?id=2",
        f"{LINK}?ref=2",
        "https://example.org:8080/2023/06/drones",
    ],
)
def test_other_pages_have_other_links(link: str) -> None:
    """A parameter that may tell one story from another is kept."""
    assert not same(("", LINK), ("", link))


def test_parameters_may_stand_in_any_order() -> None:
    """The same parameters are the same page."""
    assert same(("", f"{LINK}?a=1&b=2"), ("", f"{LINK}?b=2&utm_id=3&a=1"))


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://example.org/",
        "https://example.org/?utm_source=rss",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "http://[bad/x",
        "http://example.org:99999/x",
        f"{LINK}/{'x' * 5000}",
    ],
)
def test_what_tells_no_story_is_no_link(link: str) -> None:
    """Front pages, other schemes and broken links join nothing."""
    assert signatures("", link) == ()


@pytest.mark.parametrize(
    "title",
    [
        "IRAN HELPS RUSSIA BUILD A DRONE FACTORY",
        "“Iran” helps Russia: build a drone factory!",
        f"{TITLE} - Reuters",
        f"{TITLE} | The Kyiv Independent",
        f"{TITLE} – bbc.com",
        f"{TITLE} — Радіо Свобода",
    ],
)
def test_one_headline_is_one_title(title: str) -> None:
    """Case, punctuation and the outlet that signs make no other headline."""
    assert same((TITLE, ""), (title, ""))


@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE} - 2",
        f"{TITLE} - what we know so far",
        f"{TITLE} - Day 500",
        f"{TITLE} - Five Things That Nobody Has Told",
        f"{TITLE} again",
        f"{TITLE}-Reuters",
    ],
)
def test_what_may_be_news_is_not_taken_for_an_outlet(title: str) -> None:
    """Numbers, small letters and long endings belong to the headline."""
    assert not same((TITLE, ""), (title, ""))


def test_accents_make_no_other_headline() -> None:
    """Outlets that drop accents are still recognised."""
    assert same(("Łódź café fire kills two", ""), ("Łodz cafe fire kills two", ""))


@pytest.mark.parametrize(
    "title", ["", "Live updates", "Ukraine war latest", "War - Live - Reuters", "!"]
)
def test_short_titles_tell_no_event(title: str) -> None:
    """What has fewer than four words joins nothing."""
    assert signatures(title, "") == ()


def test_an_ending_is_kept_where_little_else_is_there() -> None:
    """Taking the outlet away never leaves a headline that says too little."""
    assert not same(("Oil price falls - Reuters", ""), ("Oil price falls - Moscow", ""))


@given(st.text(), st.text() | st.text(max_size=9).map("https://{}/x".format))
def test_any_text_has_its_signatures(title: str, link: str) -> None:
    """Nothing that a feed says breaks; signatures are short, told apart by kind, and stable."""
    found = signatures(title, link)
    assert found == signatures(title, link)
    assert [one.partition(":")[0] for one in found] in ([], ["link"], ["title"], ["link", "title"])
    assert all(len(one) < 40 for one in found)


def test_a_link_of_many_headlines_is_no_signature() -> None:
    """A feed that gives one page for all its stories does not make them one event."""
    other = "Poland buys two hundred tanks"
    reports = [
        Report("1", TITLE, LINK),
        Report("2", other, LINK),
        Report("3", "A third story here", "https://example.org/third"),
        Report("4", "Third story retold elsewhere", "https://example.org/fourth"),
        Report("5", "Third story retold elsewhere - BBC", "https://example.org/fourth?utm_id=1"),
    ]
    found = batch_signatures(reports)
    assert found["1"] == signatures(TITLE, "")
    assert found["2"] == signatures(other, "")
    assert found["3"] == signatures(reports[2].title, reports[2].link)
    assert found["4"] == found["5"] == signatures(reports[3].title, reports[3].link)
    assert len(found["4"]) == 2
    assert assign(list(found.items()), {}) == {"1": "1", "2": "2", "3": "3", "4": "4", "5": "4"}


def test_a_headline_of_many_links_is_no_signature() -> None:
    """An office that heads all its decisions alike does not hide one behind another."""
    title = "Issuance of Russia-related General License"
    found = batch_signatures([Report("1", title, f"{LINK}/1"), Report("2", title, f"{LINK}/2")])
    assert found == {"1": signatures("", f"{LINK}/1"), "2": signatures("", f"{LINK}/2")}
    assert batch_signatures([Report("1", title, ""), Report("2", title, "")]) == {
        "1": signatures(title, ""),
        "2": signatures(title, ""),
    }


def told(*marks: str) -> dict[str, str]:
    """Give what is known after the event "0" was told with ``marks``."""
    return dict.fromkeys(marks, "0")


def test_official_reports_join_by_link_alone() -> None:
    """An office's report reaches whoever read the headline before, and hides no other's."""
    report = Report("1", TITLE, LINK)
    assert batch_signatures([report], official=True) == {"1": signatures("", LINK)}
    first = list(batch_signatures([report], official=True).items())
    assert assign(first, told(*signatures(TITLE, "https://example.com/before"))) == {"1": "1"}
    assert assign(first, told(*signatures("", f"{LINK}?utm_id=1"))) == {"1": "0"}


_titles = st.sampled_from(
    [TITLE, f"{TITLE} - Reuters", "Counter Terrorism Designations Update", ""]
)
_links = st.sampled_from([LINK, f"{LINK}#top", "https://example.org/2", "https://example.org/", ""])
_reports = st.lists(st.tuples(_titles, _links), max_size=6).map(
    lambda pairs: [Report(str(number), *pair) for number, pair in enumerate(pairs)]
)


@given(_reports)
def test_official_reports_share_an_event_only_over_one_link(reports: list[Report]) -> None:
    """Whatever headings an official list repeats, none hides another."""
    found = batch_signatures(reports, official=True)
    assert not [mark for marks in found.values() for mark in marks if mark.startswith("title:")]
    events = assign(list(found.items()), {})
    for one in reports:
        for other in reports:
            if one != other and events[one.story_id] == events[other.story_id]:
                assert signatures("", one.link) == signatures("", other.link) != ()


def test_a_headline_that_a_feed_bears_again_tells_a_new_event() -> None:
    """Two alarms on two days with one headline are two happenings, unless another feed's."""
    monday = signatures(TITLE, f"{LINK}/monday")
    tuesday = signatures(TITLE, f"{LINK}/tuesday")
    assert assign([("1", tuesday)], told(*monday), set(monday)) == {"1": "1"}
    assert assign([("1", tuesday)], told(*monday)) == {"1": "0"}


def test_a_renamed_guid_joins_by_its_link() -> None:
    """What a feed tells again over the same link is no news, whatever it was headed."""
    marks = signatures(TITLE, LINK)
    assert assign([("1", marks)], told(*marks), set(marks)) == {"1": "0"}
    edited = signatures("Iran helps Russia to build it", LINK)
    assert assign([("1", edited)], told(*marks), set(marks)) == {"1": "0"}


def test_a_feed_without_links_is_known_by_its_headlines() -> None:
    """Where no link can tell two stories of a feed apart, new guids alone make no new events."""
    marks = signatures(TITLE, "")
    assert assign([("1", marks)], told(*marks), set(marks)) == {"1": "0"}


@given(st.lists(st.builds(Report, st.text(max_size=2), st.text(), st.text()), max_size=5))
def test_a_batch_gives_no_more_than_its_stories_do(reports: list[Report]) -> None:
    """Every story is answered for, with signatures of its own."""
    found = batch_signatures(reports)
    assert set(found) == {report.story_id for report in reports}
    for report in {report.story_id: report for report in reports}.values():
        assert set(found[report.story_id]) <= set(signatures(report.title, report.link))


def test_stories_join_through_others() -> None:
    """The event is that of the first; one story can tie two together."""
    batch = [("1", ("a",)), ("2", ("b",)), ("3", ("a", "b")), ("4", ()), ("5", ("c",))]
    assert assign(batch, {}) == {"1": "1", "2": "1", "3": "1", "4": "4", "5": "5"}


def test_known_events_are_joined() -> None:
    """A later report takes the event of the earlier, and others of its batch with it."""
    batch = [("8", ("x",)), ("9", ("x", "a"))]
    assert assign(batch, {"a": "1", "z": "2"}) == {"8": "1", "9": "1"}


def test_fewest_words_counts_the_headline_alone() -> None:
    """Exactly four words are enough."""
    assert FEWEST_WORDS == 4
    assert signatures("one two three four", "")
    assert not signatures("one two three", "")


_marks = st.lists(st.sampled_from("abcdef"), max_size=3)
_batches = st.lists(_marks, max_size=8).map(
    lambda many: [(str(number), tuple(marks)) for number, marks in enumerate(many)]
)
_known = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["k1", "k2"]), max_size=3)
Batch = list[tuple[str, tuple[str, ...]]]


def _as_groups(events: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(s for s in events if events[s] == event) for event in events.values()}


@given(_batches, _known)
def test_every_story_has_one_event(batch: Batch, known: dict[str, str]) -> None:
    """An event is a known one or named for the first of its stories; sharers are together."""
    events = assign(batch, known)
    assert list(events) == [story for story, _ in batch]
    for story, event in events.items():
        assert event in known.values() or (events[event] == event and int(event) <= int(story))
    for first, marks in batch:
        for second, others in batch:
            if set(marks) & set(others):
                assert events[first] == events[second]


@given(_reports, st.sets(st.integers(0, 5)))
def test_a_feed_never_joins_itself_by_a_headline(reports: list[Report], before: set[int]) -> None:
    """Of one feed, what is new joins what was stored only where their links say the same."""
    marks = {report.story_id: signatures(report.title, report.link) for report in reports}
    old = {key: value for key, value in marks.items() if int(key) in before}
    known = {mark: key for key, value in old.items() for mark in value}
    for key, value in marks.items():
        if key not in old and any(mark.startswith("link:") for mark in value):
            [event] = assign([(key, value)], known, set(known)).values()
            links = {mark for mark in value if mark.startswith("link:")}
            assert event == key or links & set(old[event])


@given(_batches.flatmap(lambda batch: st.tuples(st.just(batch), st.permutations(batch))), _known)
def test_the_order_within_a_batch_does_not_matter(
    orders: tuple[Batch, Batch], known: dict[str, str]
) -> None:
    """Whatever comes first, the same stories are together, and with the same known events."""
    events, otherwise = (assign(batch, known) for batch in orders)
    assert _as_groups(events) == _as_groups(otherwise)
    for story, event in events.items():
        assert otherwise[story] == event or event not in known.values()


@given(_batches, _known)
def test_assigning_again_changes_nothing(batch: Batch, known: dict[str, str]) -> None:
    """Once stored, stories that come again go to the events that they had."""
    events = assign(batch, known)
    stored = {mark: events[story] for story, marks in batch for mark in marks}
    assert assign(batch, stored) == events
    assert assign(batch, known | stored) == events


def test_readings_that_are_stored_together_know_of_each_other() -> None:
    """The second feed of a batch joins the event of the first, and knows what it told itself."""
    mark = "title:x"
    (first, told_first), (second, told_second), (again, told_again) = join_all(
        [(1, {"a": (mark,)}), (2, {"b": (mark,)}), (1, {"c": (mark, "link:c")})], []
    )
    assert (first, second) == ({"a": "a"}, {"b": "a"})
    assert (told_first, told_second, told_again) == (set(), set(), {mark})
    assert again == {"c": "c"}


def test_the_latest_bearer_of_a_signature_tells_its_event() -> None:
    """A heading that recurs has had several events."""
    bearers = [Bearer(signature="title:x", event=e, feed_id=9) for e in ("old", "new")]
    [(events, told)] = join_all([(1, {"a": ("title:x",)})], bearers)
    assert (events, told) == ({"a": "new"}, set())
