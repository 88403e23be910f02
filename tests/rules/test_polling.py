"""When a feed is read again."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedError, FeedUnavailable, FeedUnreadable
from bot.models import Feed, Pace
from bot.rules import polling
from tests.builders import NOW, ago, entry, feed, source

HOUR = timedelta(hours=1)
POLICY = polling.PollingPolicy(
    shortest=timedelta(minutes=5), longest=timedelta(hours=6), unknown=timedelta(minutes=15)
)
OWN = polling.PollingPolicy(
    shortest=timedelta(seconds=1),
    longest=timedelta(hours=6),
    unknown=timedelta(seconds=2),
    own_networks=(ip_network("127.0.0.0/8"),),
)


def wait(
    about: Feed,
    *hours: float,
    policy: polling.PollingPolicy = POLICY,
    fresh_for: timedelta | None = None,
    luck: float = 0.0,
) -> timedelta:
    """Give the wait after a document whose entries are that many hours old."""
    gap = polling.gap_between([entry(f"{h}", published=ago(hours=h)) for h in hours])
    read = replace(about, pace=replace(about.pace, gap=gap))
    return polling.next_reading(read, fresh_for, NOW, policy, luck) - NOW


def backoff(about: Feed, error: FeedError | None = None) -> polling.Backoff:
    """Give the back-off after one more failure."""
    return polling.after_failure(about, error or FeedUnreadable("no feed"), NOW, POLICY)


def test_a_feed_whose_rhythm_is_unknown_is_read_at_the_interval_for_new_ones() -> None:
    """Two dates are no rhythm yet."""
    assert wait(feed(), 1, 2) == POLICY.unknown


def test_a_feed_is_read_twice_in_the_time_between_two_of_its_stories() -> None:
    """Half the median gap, so that one long silence does not count."""
    assert wait(feed(), 1, 3, 5, 7, 100) == timedelta(hours=1)


def test_the_interval_stays_within_the_settings() -> None:
    """A feed that brings a story a minute, or one a month, meets the limits."""
    assert wait(feed(), 0.01, 0.02, 0.03) == POLICY.shortest
    assert wait(feed(), 0, 700, 1400) == POLICY.longest


def test_an_official_source_is_read_every_five_minutes_however_silent() -> None:
    """A listing of sanctions can be silent for weeks and must be seen at once."""
    assert wait(feed(source=source(official=True)), 0, 700, 1400) == timedelta(minutes=5)


def test_an_interval_of_its_own_is_kept_to_the_second() -> None:
    """What the settings say of one feed holds, whatever its document asks for."""
    own = feed(
        source=source(interval=timedelta(minutes=20)),
        pace=Pace(ttl=timedelta(hours=3), skip_hours=(9,)),
    )
    assert wait(own, luck=0.9) == timedelta(minutes=20)


def test_a_feed_that_went_silent_is_read_ever_more_rarely() -> None:
    """After a month as rarely as the settings allow, after half a year four times more rarely."""
    assert wait(feed(newest_story=ago(days=29)), 1, 2, 3) == timedelta(minutes=30)
    assert wait(feed(newest_story=ago(days=31)), 1, 2, 3) == POLICY.longest
    assert wait(feed(newest_story=ago(days=181)), 1, 2, 3) == polling.DAY


def test_a_server_that_calls_its_answer_fresh_is_not_asked_before_it_ages() -> None:
    """Of any feed, official ones and those with an interval of their own too; up to a day."""
    hour = timedelta(hours=1)
    official, own = source(official=True), source(interval=timedelta(minutes=20))
    for about in (feed(), feed(source=official), feed(source=own)):
        assert wait(about, fresh_for=hour) == hour
        assert wait(about, fresh_for=timedelta(days=9)) == polling.DAY
    assert wait(feed(), fresh_for=timedelta(seconds=1)) == POLICY.unknown


def test_a_document_says_how_long_it_stays_good_and_is_believed() -> None:
    """The ttl of RSS lengthens the interval, up to a day; not of an official source."""
    about = feed(pace=Pace(ttl=timedelta(hours=2)))
    assert wait(about, 1, 2, 3) == timedelta(hours=2)
    assert wait(feed(pace=Pace(ttl=timedelta(days=365)))) == polling.DAY
    official = feed(source=source(official=True), pace=about.pace)
    assert wait(official, 1, 2, 3) == polling.OFFICIAL


def test_a_period_is_believed_unless_the_dates_of_the_stories_disprove_it() -> None:
    """WordPress says "hourly" of every feed, also of one with a story every ten minutes."""
    hourly = feed(pace=Pace(period=timedelta(hours=1)))
    assert wait(hourly) == timedelta(hours=1)
    assert wait(hourly, 0.2, 0.4, 0.6) == timedelta(minutes=6)


def test_hours_and_days_in_which_nothing_comes_are_skipped() -> None:
    """NOW is a Monday at nine, in UTC, and the interval a quarter of an hour."""
    tomorrow = NOW.replace(hour=0) + polling.DAY
    assert wait(feed(pace=Pace(skip_hours=(9, 10)))) == timedelta(hours=2)
    assert wait(feed(pace=Pace(skip_days=(0,)))) == tomorrow - NOW
    assert wait(feed(pace=Pace(skip_days=(0,), skip_hours=(0,)))) == tomorrow - NOW + HOUR
    official = feed(source=source(official=True), pace=Pace(skip_days=(0,)))
    assert wait(official) == polling.OFFICIAL


def test_a_document_that_skips_the_whole_week_is_not_believed() -> None:
    """It would never be read again, or over and over."""
    for pace in (Pace(skip_hours=tuple(range(24))), Pace(skip_days=tuple(range(7)))):
        for minute in (0, 30, 59):
            now = NOW.replace(minute=minute)
            due = polling.next_reading(feed(pace=pace), None, now, POLICY, luck=0)
            assert due == now + POLICY.unknown


def test_no_public_feed_is_read_more_often_than_once_a_minute() -> None:
    """Settings of a second hold only for the operator's own networks."""
    assert wait(feed("https://example.org/feed"), policy=OWN) == polling.FLOOR
    assert wait(feed("http://127.0.0.1:8080/feed"), policy=OWN) == OWN.unknown
    assert wait(feed("http://localhost:8080/feed"), policy=OWN) == OWN.unknown


@given(st.floats(0, 1), st.lists(st.floats(0, 2000), max_size=30))
def test_luck_only_ever_adds_a_tenth_and_never_leaves_the_limits(
    luck: float, hours: list[float]
) -> None:
    """Spreading the feeds must not break what the settings promise."""
    plain, spread = wait(feed(), *hours), wait(feed(), *hours, luck=luck)
    assert plain <= spread <= min(plain * 1.1 + timedelta(seconds=1), POLICY.longest)
    official = feed(source=source(official=True))
    assert wait(official, *hours, luck=luck) <= polling.OFFICIAL


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example/feed", "news.example"),
        ("http://news.example:80/feed", "news.example"),
        ("https://news.example:443/feed", "news.example"),
        ("https://news.example:8443/feed", "news.example:8443"),
        ("http://user@[2001:db8::1]/feed", "2001:db8::1"),
    ],
)
def test_one_host_has_one_name(url: str, host: str) -> None:
    """What is asked for by two schemes is one publisher, who counts our requests together."""
    assert polling.host_of(url) == host


def test_failures_double_the_wait_up_to_a_day_and_no_further() -> None:
    """A feed in trouble is asked ever more rarely."""
    waits = [backoff(feed(failures=n, failing_since=NOW)).next_due - NOW for n in range(12)]
    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert waits[-1] == polling.DAY


def test_an_official_source_that_fails_is_tried_again_every_hour() -> None:
    """What it puts out when it is back must be seen soon; a pause is a pause all the same."""
    official = feed(source=source(official=True), failures=15, failing_since=NOW)
    assert backoff(official).next_due - NOW == HOUR
    assert backoff(official, FeedUnavailable("x", status=410)).next_due - NOW == polling.DAY


@pytest.mark.parametrize(
    ("failures", "days", "paused"), [(19, 7, True), (18, 7, False), (500, 6, False)]
)
def test_a_feed_is_paused_only_after_a_week_and_twenty_failures(
    failures: int, days: int, paused: bool
) -> None:
    """Whole services answer 404 for hours: counting errors alone would kill live feeds."""
    assert backoff(feed(failures=failures, failing_since=ago(days=days))).paused is paused


def test_a_feed_that_is_gone_is_paused_at_once_and_probed_daily() -> None:
    """410 is the publisher's last word, but publishers err."""
    after = backoff(feed(), FeedUnavailable("gone", status=410))
    assert after == polling.Backoff(next_due=NOW + polling.DAY, paused=True)


def test_the_publishers_wish_to_wait_is_kept_but_not_for_ever() -> None:
    """Retry-After lengthens the wait, up to a week; other feeds of the host wait a day at most."""
    week = timedelta(days=7)
    for asked, expected in ((7200.0, timedelta(hours=2)), (10.0**6, week), (10.0**9, week)):
        error = FeedUnavailable("busy", status=503, retry_after=asked)
        assert backoff(feed(), error).next_due - NOW == expected
        assert polling.host_rest(error) == min(expected, polling.DAY)
