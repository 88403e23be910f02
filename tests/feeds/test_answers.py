"""What a publisher's answer means."""

import dataclasses
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import FeedUnavailable
from bot.feeds import answers
from bot.models import Validators
from tests.builders import NOW

HERE = URL("https://news.example/feeds/main.xml")


@given(etag=st.text(st.characters(codec="ascii"), min_size=1), date=st.text(min_size=0))
def test_what_a_publisher_gave_is_sent_back_as_it_came(etag: str, date: str) -> None:
    """Validators are opaque: no quote is added, none is lost."""
    kept = answers.validators(HERE, {"ETag": etag, "Last-Modified": date}, "hash")
    assert answers.conditions(kept)["If-None-Match"] == etag
    assert all(value.isascii() for value in answers.conditions(kept).values())


def test_a_confirmation_keeps_what_it_does_not_renew() -> None:
    """After 304 the old validators stand, but for those that came with it."""
    known = Validators(etag='"1"', last_modified="yesterday", body_hash="b")
    assert answers.confirmed(HERE, {}, known) == dataclasses.replace(known, url=str(HERE))
    assert answers.confirmed(HERE, {"Last-Modified": "today"}, known).last_modified == "today"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("999999999999999999999", answers.LONGEST_WAIT),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("Mon, 99 Nov 2026 00:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    """A publisher's wish to be left alone is understood in both forms, and in no other."""
    assert answers.retry_after({"Retry-After": value}, NOW) == seconds


def test_a_date_to_retry_after_is_read_by_the_publishers_own_clock() -> None:
    """A publisher whose clock is an hour ahead asks for ten minutes and gets ten minutes."""
    theirs = NOW + timedelta(hours=1)
    headers = {
        "Date": format_datetime(theirs, usegmt=True),
        "Retry-After": format_datetime(theirs + timedelta(minutes=10), usegmt=True),
    }
    assert answers.retry_after(headers, NOW) == 600.0


@given(st.text())
def test_any_retry_after_gives_a_wait_within_bounds_or_none(value: str) -> None:
    """No header makes us wait for ever, or fail."""
    seconds = answers.retry_after({"Retry-After": value}, NOW)
    assert seconds is None or 0 <= seconds <= answers.LONGEST_WAIT


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/other.xml", "https://news.example/other.xml"),
        ("other.xml", "https://news.example/feeds/other.xml"),
        ("https://new.example/a?b=c#d", "https://new.example/a?b=c"),
        ("//new.example/a", "https://new.example/a"),
        ("https://user:secret@new.example/a", "https://new.example/a"),
    ],
)
def test_a_redirect_is_followed_to_where_it_leads(location: str, target: str) -> None:
    """Relative addresses are completed; credentials and fragments are not carried along."""
    assert str(answers.redirected(HERE, 302, {"Location": location}).target) == target


@pytest.mark.parametrize(
    "location", ["http://news.example/", "file:///etc/passwd", "http://[", "gopher://a/", "data:,x"]
)
def test_a_redirect_to_what_is_not_safe_is_refused(location: str) -> None:
    """Neither encryption nor the web is left by a redirect."""
    with pytest.raises(FeedUnavailable, match="redirected"):
        answers.redirected(HERE, 301, {"Location": location})


@pytest.mark.parametrize(
    ("status", "lasting"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
)
def test_a_redirect_tells_whether_it_holds_from_now_on(status: int, *, lasting: bool) -> None:
    """301 and 308 are meant for good, the others for this once."""
    assert answers.redirected(HERE, status, {"Location": "/new"}).lasting == lasting


def test_a_failure_says_its_status_and_a_feed_that_is_gone_is_known() -> None:
    """The operator reads what the publisher answered; 410 is told from other failures."""
    assert str(answers.failure(HERE, 503, {}, NOW)) == "the server answered 503 Service Unavailable"
    assert str(answers.failure(HERE, 599, {}, NOW)) == "the server answered 599"
    assert answers.failure(HERE, 410, {}, NOW).gone
    assert not answers.failure(HERE, 404, {}, NOW).gone


@pytest.mark.parametrize(
    ("status", "headers", "seconds", "host"),
    [
        (429, {}, answers.REST, "news.example"),
        (429, {"Retry-After": "7"}, 7.0, "news.example"),
        (429, {"Retry-After": "0"}, 0.0, "news.example"),
        (503, {"Retry-After": "7"}, 7.0, ""),
        (503, {}, None, ""),
        (403, {"cf-mitigated": "challenge"}, answers.CHALLENGE_WAIT, ""),
        (503, {"cf-mitigated": "Challenge", "Retry-After": "60"}, answers.CHALLENGE_WAIT, ""),
        (503, {"cf-mitigated": "challenge", "Retry-After": "90000"}, 90_000.0, ""),
        (403, {"Server": "cloudflare"}, None, ""),
    ],
)
def test_a_failure_tells_how_long_to_wait_and_for_whom(
    status: int, headers: dict[str, str], seconds: float | None, host: str
) -> None:
    """429 is about the whole host, whatever else about the feed; a challenge keeps us away long."""
    error = answers.failure(HERE, status, headers, NOW)
    assert (error.retry_after, error.resting_host) == (seconds, host)
    assert ("challenge" in str(error)) == ("cf-mitigated" in headers)


HTTP_NOW = format_datetime(NOW, usegmt=True)
IN_AN_HOUR = format_datetime(NOW + timedelta(hours=1), usegmt=True)
DAY = 86_400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "public"}, None),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"cache-control": "public, MAX-AGE = 600"}, 600),
        ({"Cache-Control": 'private="max-agent", max-age="600"'}, 600),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "700"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "old"}, 600),
        ({"Cache-Control": "max-age=31536000"}, DAY),
        ({"Cache-Control": "max-age=" + "9" * 400}, DAY),
        ({"Cache-Control": "max-age=0"}, 0),
        ({"Cache-Control": "max-age=-5"}, None),
        ({"Cache-Control": "max-age=600", "Expires": HTTP_NOW}, 600),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": "s-maxage=600, max-age=60"}, 60),
        ({"Cache-Control": "x-max-age=600"}, None),
        ({"Cache-Control": "no-cache, must-revalidate, max-age=600"}, None),
        ({"Cache-Control": "no-cache", "Expires": IN_AN_HOUR}, None),
        ({"Cache-Control": "no-store", "Expires": IN_AN_HOUR}, None),
        ({"Cache-Control": "must-revalidate", "Expires": IN_AN_HOUR, "Date": HTTP_NOW}, 3600),
        ({"Expires": IN_AN_HOUR, "Date": HTTP_NOW}, 3600),
        ({"Expires": IN_AN_HOUR, "Date": HTTP_NOW, "Age": "600"}, 3000),
        ({"Expires": IN_AN_HOUR}, 3600),
        ({"Expires": IN_AN_HOUR, "Date": "today"}, 3600),
        ({"Expires": HTTP_NOW, "Date": IN_AN_HOUR}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1", "Date": HTTP_NOW}, 0),
        ({"Expires": "Thu, 31 Dec 9999 23:59:59 GMT"}, DAY),
    ],
)
def test_how_long_an_answer_stays_good_is_read_from_its_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    """What a publisher says to caches is said to us, but for what shared caches alone may do."""
    fresh = answers.fresh_for(headers, NOW)
    assert (None if fresh is None else fresh.total_seconds()) == seconds


def test_a_header_in_several_lines_is_read_whole() -> None:
    """The second line of a header counts as the first does."""
    lines = {"Cache-Control": "public", "cache-control": "max-age=60"}
    assert answers.fresh_for(lines, NOW) == timedelta(minutes=1)


DATES = st.from_regex(r"\A(Mon, )?\d{1,9} Nov \d{1,9} \d\d:\d\d:\d\d [+-]\d{1,30}\Z")


@given(control=st.text(), age=st.text(), expires=DATES | st.text(), date=DATES | st.text())
def test_any_headers_give_a_time_within_a_day_or_none(
    control: str, age: str, expires: str, date: str
) -> None:
    """No header makes a document stay good for ever, or fail."""
    headers = {"Age": age, "Expires": expires, "Date": date, "Retry-After": expires}
    for prefix in ("", "max-age="):
        fresh = answers.fresh_for(headers | {"Cache-Control": prefix + control}, NOW)
        assert fresh is None or timedelta() <= fresh <= answers.LONGEST_FRESH
    assert 0 <= (answers.retry_after(headers, NOW) or 0) <= answers.LONGEST_WAIT
