"""Events of a stream of stories, each answered from what came before it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import tracker
from bot.events.grouping import WINDOW, Report
from bot.events.tracker import Tracker

TITLE = "Iran helps Russia build a drone factory"
NOON = datetime(2023, 6, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LINK = "https://example.org/drones"


def report(story_id: str, title: str = TITLE, link: str = "") -> Report:
    """Make a report."""
    return Report(story_id, title, link)


def test_an_event_bears_the_id_of_its_first_story() -> None:
    """Later reports of a headline or a link go to the first, and others stay apart."""
    events = Tracker()
    assert events.join(report("1", link=LINK), "bbc", NOON) == "1"
    assert events.join(report("2"), "reuters", NOON) == "1"
    assert events.join(report("3", "Drone plant in Alabuga", LINK), "dw", NOON + HOUR) == "1"
    assert events.join(report("4", "Poland buys two hundred tanks"), "bbc", NOON) == "4"


@pytest.mark.parametrize(
    ("later", "event"), [(WINDOW - HOUR, "1"), (WINDOW, "2"), (-HOUR, "1"), (-WINDOW, "2")]
)
def test_an_event_can_be_joined_for_the_length_of_the_window(later: timedelta, event: str) -> None:
    """What lies as far as the window from a story, before or after, is another happening."""
    events = Tracker()
    assert events.join(report("1"), when=NOON) == "1"
    assert events.join(report("2"), when=NOON + later) == event


def test_each_report_opens_the_window_anew() -> None:
    """A happening that is told day after day stays one."""
    events = Tracker()
    found = {events.join(report(str(day)), when=NOON + day * 24 * HOUR) for day in range(9)}
    assert found == {"0"}


def test_a_source_does_not_join_itself_by_a_headline_over_another_link() -> None:
    """As in the service: a daily headline is a happening a day, unless there are no links."""
    events = Tracker()
    assert events.join(report("1", link=f"{LINK}/1"), "bbc", NOON) == "1"
    assert events.join(report("2", link=f"{LINK}/2"), "bbc", NOON) == "2"
    assert events.join(report("3", link=f"{LINK}/1"), "bbc", NOON) == "1"
    assert events.join(report("4"), "bbc", NOON) == "1"


def test_stories_without_a_date_are_of_the_time_of_the_one_before() -> None:
    """The order of the stories tells what their dates do not, before the first date and after."""
    events = Tracker()
    assert events.join(report("1")) == "1"
    assert events.join(report("2"), when=NOON) == "1"
    assert events.join(report("3")) == "1"
    assert events.join(report("4"), when=NOON + WINDOW) == "4"
    assert events.join(report("5")) == "4"


def test_what_is_older_than_the_window_is_forgotten() -> None:
    """Memory holds a window of stories, however long the stream."""
    events = Tracker()
    for hour in range(1_000):
        title = f"The drone number {hour} is down"
        events.join(report(str(hour), title, f"{LINK}/{hour}"), "bbc", NOON + hour * HOUR)
        assert len(events) <= 73 * 4


@pytest.mark.parametrize("year", [1, 9999])
def test_one_wrong_date_costs_no_memory_of_the_others(year: int) -> None:
    """A story that says to be of the year 9999 does not make all others old."""
    events = Tracker()
    assert events.join(report("1"), when=NOON) == "1"
    assert events.join(report("2", "Wrong clock in the newsroom"), when=NOON.replace(year=year))
    assert events.join(report("3"), when=NOON + HOUR) == "1"
    for hour in range(200):
        events.join(report(f"n{hour}", f"The drone number {hour} is down"), when=NOON + hour * HOUR)
    assert len(events) <= 73


def test_without_dates_memory_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest unheard goes first."""
    monkeypatch.setattr(tracker, "MOST_SIGNATURES", 10)
    events = Tracker()
    for number in range(50):
        events.join(report(str(number), f"The drone number {number} is down"))
        assert len(events) <= 11
    assert events.join(report("again", "The drone number 49 is down")) == "49"
    assert events.join(report("late", "The drone number 9 is down")) == "late"


def test_forgetting_costs_little() -> None:
    """A long stream through a short memory takes time in proportion to its length."""
    events = Tracker()
    begun = time.process_time()
    for number in range(20_000):
        events.join(
            report(str(number), f"Drone number {number} is down"), when=NOON + number * HOUR
        )
    assert time.process_time() - begun < 5


_dates = st.none() | st.datetimes(timezones=st.just(UTC))
_stories = st.tuples(
    st.sampled_from([TITLE, "A quite different headline here", "Short one"]),
    st.sampled_from(["", LINK, "https://example.org/2"]),
    st.sampled_from(["", "bbc", "dw"]),
    _dates | st.integers(0, 200).map(lambda hours: NOON + hours * HOUR),
)


@given(st.lists(_stories, max_size=20))
def test_any_stream_is_answered_from_what_came_before(
    stream: list[tuple[str, str, str, datetime | None]],
) -> None:
    """Every event is the story itself or an earlier one that began an event."""
    events = Tracker()
    found: list[str] = []
    for number, (title, link, source, when) in enumerate(stream):
        event = events.join(report(str(number), title, link), source, when)
        assert event == str(number) or found[int(event)] == event
        found.append(event)
