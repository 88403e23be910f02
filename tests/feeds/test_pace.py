"""How often documents say that they want to be read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.pace import LONGEST, pace
from bot.models import Pace

HOUR = timedelta(hours=1)


def rss(head: str, tail: str = "") -> bytes:
    """Give an RSS document with something before its one item, and behind."""
    item = "<item><title>t</title><ttl>7</ttl><day>Monday</day></item>"
    return f"<rss><channel><title>C</title>{head}{item}{tail}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("<ttl>60</ttl>", Pace(ttl=HOUR)),
        ("<ttl> 90\n</ttl>", Pace(ttl=1.5 * HOUR)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", Pace(period=HOUR)),
        ("<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency> 4 </sy:updateFrequency>",
         Pace(period=6 * HOUR)),
        ("<syn:updatePeriod>weekly</syn:updatePeriod>", Pace(period=timedelta(weeks=1))),
        ("<skipHours><hour>23</hour><hour>0</hour><hour>24</hour><hour>07</hour></skipHours>",
         Pace(skip_hours=(0, 7, 23))),
        ("<skipDays><day>Sunday</day>\n<day>saturday</day></skipDays>", Pace(skip_days=(5, 6))),
    ],
)  # fmt: skip
def test_what_a_document_says_is_understood_wherever_it_stands(told: str, expected: Pace) -> None:
    """Before the entries or behind them, in the notations of RSS 0.92 to 2.0 and its module."""
    assert pace(rss(told)) == expected
    assert pace(rss("", told)) == expected


@pytest.mark.parametrize(
    "told",
    [
        "",
        "<ttl/>",
        "<ttl>0</ttl>",
        "<ttl>-5</ttl>",
        "<ttl>soon</ttl>",
        "<ttl>999999999</ttl>",
        "<ttl>99999999999999999999999999</ttl>",
        "<sy:updatePeriod>never</sy:updatePeriod>",
        "<sy:updateFrequency>2</sy:updateFrequency>",
        "<skipHours><hour>25</hour><hour>-1</hour><hour>noon</hour></skipHours>",
        "<skipHours>" + "<hour>99</hour>" * 1000 + "</skipHours>",
        "<hour>3</hour><day>Monday</day>",
        "<skipDays><day>Someday</day><day>1</day></skipDays>",
    ],
)
def test_nonsense_says_nothing(told: str) -> None:
    """A publisher's mistake neither stops nor hastens the polling."""
    assert pace(rss(told)) == Pace()


def test_a_frequency_of_nothing_leaves_the_period_as_it_is() -> None:
    """Once in a period is what the standard takes for granted."""
    told = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"
    assert pace(rss(told)).period == 24 * HOUR


NAMES = ["ttl", "skipHours", "hour", "skipDays", "day", "sy:updatePeriod", "sy:updateFrequency"]


@given(
    st.lists(
        st.builds(
            "<{0}>{1}</{2}>".format,
            st.sampled_from(NAMES),
            st.integers().map(str) | st.sampled_from(["daily", "Monday", "24", "1"]),
            st.sampled_from(NAMES),
        )
    )
)
def test_every_pace_is_within_bounds(told: list[str]) -> None:
    """Whatever is written, times are positive, hours are of a day and days of a week."""
    found = pace(rss("".join(told)))
    for time in (found.ttl, found.period):
        assert time is None or timedelta(0) < time <= LONGEST
    assert set(found.skip_hours) <= set(range(24))
    assert set(found.skip_days) <= set(range(7))
