"""What a publisher's answer means."""

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
    kept = answers.validators({"ETag": etag, "Last-Modified": date}, "hash")
    assert answers.conditions(kept)["If-None-Match"] == etag
    assert all(value.isascii() for value in answers.conditions(kept).values())


def test_a_confirmation_keeps_what_it_does_not_renew() -> None:
    """After 304 the old validators stand, but for those that came with it."""
    known = Validators(etag='"1"', last_modified="yesterday", body_hash="b")
    assert answers.confirmed({}, known) == known
    assert answers.confirmed({"Last-Modified": "today"}, known).last_modified == "today"


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
    assert str(answers.redirected(HERE, {"Location": location})) == target


@pytest.mark.parametrize(
    "location", ["http://news.example/", "file:///etc/passwd", "http://[", "gopher://a/", "data:,x"]
)
def test_a_redirect_to_what_is_not_safe_is_refused(location: str) -> None:
    """Neither encryption nor the web is left by a redirect."""
    with pytest.raises(FeedUnavailable, match="redirected"):
        answers.redirected(HERE, {"Location": location})


def test_a_failure_says_its_status_and_a_feed_that_is_gone_is_known() -> None:
    """The operator reads what the publisher answered; 410 is told from other failures."""
    assert str(answers.failure(503, {}, NOW)) == "the server answered 503 Service Unavailable"
    assert str(answers.failure(599, {}, NOW)) == "the server answered 599"
    assert answers.failure(410, {}, NOW).gone
    assert not answers.failure(404, {}, NOW).gone
