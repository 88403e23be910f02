"""What a reading, or a failure, leaves of a feed."""

from datetime import timedelta

from bot.errors import FeedUnavailable, FeedUnreadable
from bot.models import Feed, Pace, ParsedFeed, Reading, Validators
from bot.rules import readings
from bot.rules.polling import PollingPolicy
from tests.builders import NOW, ago, entry, feed, story

POLICY = PollingPolicy(
    shortest=timedelta(minutes=5), longest=timedelta(hours=6), unknown=timedelta(minutes=15)
)
NEW_HOME = "https://new.example/feed"
UNCHANGED = Reading(validators=Validators(etag="1"), parsed=None)


def after(about: Feed, reading: Reading) -> Feed:
    """Give a feed as a reading leaves it that brought no story."""
    return readings.after_reading(about, reading, [], NOW)


def sent_to(*targets: str, about: Feed | None = None) -> Feed:
    """Give a feed after readings that were sent to these addresses for good."""
    read = about or feed("https://old.example/feed")
    for target in targets:
        read = after(read, Reading(validators=Validators(), parsed=None, moved_to=target))
    return read


def test_a_reading_clears_every_failure_and_a_pause() -> None:
    """A feed recovers by itself."""
    about = feed(failures=30, failing_since=ago(days=9), last_error="away", paused=True)
    read = after(about, UNCHANGED)
    assert (read.failures, read.failing_since, read.last_error, read.paused) == (0, None, "", False)
    assert (read.validators.etag, read.last_read) == ("1", NOW)


def test_the_first_reading_is_remembered_and_later_ones_leave_it() -> None:
    """What came before it is no news."""
    assert after(feed(first_read=None), UNCHANGED).first_read == NOW
    assert after(feed(), UNCHANGED).first_read == feed().first_read


def test_the_newest_story_only_ever_gets_newer_and_never_lies_ahead() -> None:
    """A wrong date must not make a feed look alive for ever."""
    about = feed(newest_story=ago(hours=5))
    for published, expected in (
        (ago(hours=9), ago(hours=5)),
        (ago(hours=1), ago(hours=1)),
        (ago(hours=-9), NOW),
        (None, NOW),
    ):
        new = [story(published=published)]
        assert readings.after_reading(about, UNCHANGED, new, NOW).newest_story == expected


def test_a_feed_is_empty_from_the_first_document_without_a_story_until_one_with() -> None:
    """An unchanged document is as empty as before."""
    empty = Reading(validators=Validators(), parsed=ParsedFeed())
    full = Reading(validators=Validators(), parsed=ParsedFeed(entries=(entry(),)))
    assert after(feed(), empty).empty_since == NOW
    long_empty = feed(empty_since=ago(days=2))
    assert after(long_empty, empty).empty_since == ago(days=2)
    assert after(long_empty, UNCHANGED).empty_since == ago(days=2)
    assert after(long_empty, full).empty_since is None


def test_what_a_document_says_of_its_pace_is_kept_until_it_says_another() -> None:
    """Answers of "not modified" bring no document."""
    parsed = ParsedFeed(pace=Pace(ttl=timedelta(hours=1)), entries=(entry(),))
    read = after(feed(), Reading(validators=Validators(), parsed=parsed))
    assert after(read, UNCHANGED).pace.ttl == timedelta(hours=1)


def test_a_feed_is_asked_at_a_new_address_once_it_was_sent_there_several_times() -> None:
    """One wrong setting on a server must not move a feed."""
    assert sent_to(*[NEW_HOME] * 2).asked_at == "https://old.example/feed"
    moved = sent_to(*[NEW_HOME] * 3)
    assert (moved.asked_at, moved.url) == (NEW_HOME, "https://old.example/feed")
    assert sent_to(NEW_HOME, NEW_HOME, "", NEW_HOME).asked_at == moved.url
    assert sent_to(NEW_HOME, NEW_HOME, "https://other.example/", NEW_HOME).asked_at == moved.url


def test_a_feed_at_its_new_address_stays_there_and_may_move_on_or_back() -> None:
    """An answer without a redirect is what was hoped for."""
    moved = feed("https://old.example/feed", address=NEW_HOME)
    assert sent_to("", about=moved).asked_at == NEW_HOME
    assert sent_to(*["https://x.example/"] * 3, about=moved).asked_at == "https://x.example/"
    assert sent_to(*[moved.url] * 3, about=moved).address == ""


def test_failures_count_from_the_first_of_them() -> None:
    """Since when a feed fails is what people ask."""
    once = readings.after_failure(feed(), FeedUnreadable("no feed"), NOW, POLICY)
    assert (once.failures, once.failing_since, once.last_error) == (1, NOW, "no feed")
    twice = readings.after_failure(once, FeedUnreadable("still"), NOW + timedelta(hours=1), POLICY)
    assert (twice.failures, twice.failing_since, twice.last_error) == (2, NOW, "still")


def test_a_feed_that_is_gone_from_where_it_moved_is_looked_for_at_home() -> None:
    """A new address may be given up again."""
    moved = feed(
        "https://old.example/feed", address=NEW_HOME, validators=Validators(etag="of the new")
    )
    gone = readings.after_failure(moved, FeedUnavailable("gone", status=410), NOW, POLICY)
    assert (gone.paused, gone.asked_at) == (True, "https://old.example/feed")
    assert gone.validators == Validators()
    away = readings.after_failure(moved, FeedUnavailable("away", status=500), NOW, POLICY)
    assert (away.asked_at, away.validators) == (NEW_HOME, moved.validators)
