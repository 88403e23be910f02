"""Reading dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.dates import AHEAD, EARLIEST, read_date
from tests.builders import NOW


def utc(*parts: int) -> datetime:
    """Give a time in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        ("2026-11-23T05:16:44Z", utc(2026, 11, 23, 5, 16, 44)),
        ("2026-11-23T05:16:44.123+02:00", utc(2026, 11, 23, 3, 16, 44)),
        ("2026-11-23T05:16:44+0200", utc(2026, 11, 23, 3, 16, 44)),
        ("2026-11-23 05:16:44 +0200", utc(2026, 11, 23, 3, 16, 44)),
        ("2026-11-23 05:16:44", utc(2026, 11, 23, 5, 16, 44)),
        ("2026-11-23 05:16 EET", utc(2026, 11, 23, 3, 16)),
        ("2026-11-23", utc(2026, 11, 23)),
        ("20261123T051644Z", utc(2026, 11, 23, 5, 16, 44)),
        ("2026/11/23 05:16", utc(2026, 11, 23, 5, 16)),
        ("2020/1/10 14:33:00", utc(2020, 1, 10, 14, 33)),
        ("23.11.2026 05:16", utc(2026, 11, 23, 5, 16)),
        ("Mon, 23 Nov 2026 05:16:44 GMT", utc(2026, 11, 23, 5, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44 +0300", utc(2026, 11, 23, 2, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44 -0030", utc(2026, 11, 23, 5, 46, 44)),
        ("Mon, 23 Nov 2026 05:16:44 EST", utc(2026, 11, 23, 10, 16, 44)),
        ("Thu, 23 Jul 2026 05:16:44 EDT", utc(2026, 7, 23, 9, 16, 44)),
        ("Thu, 23 Jul 2026 05:16:44 EEST", utc(2026, 7, 23, 2, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44 MSK", utc(2026, 11, 23, 2, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44 CET", utc(2026, 11, 23, 4, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44 IST", utc(2026, 11, 22, 23, 46, 44)),
        ("Mon, 23 Nov 2026 05:16:44 GMT+3", utc(2026, 11, 23, 2, 16, 44)),
        ("Mon, 23 Nov 2026 05:16:44", utc(2026, 11, 23, 5, 16, 44)),
        ("Пн, 23 Nov 2026 05:16:44 +0200", utc(2026, 11, 23, 3, 16, 44)),
        ("Mon Nov 23 05:16:44 2026", utc(2026, 11, 23, 5, 16, 44)),
        ("  Mon,\n 23 Nov 2026\t05:16:44 Z ", utc(2026, 11, 23, 5, 16, 44)),
    ],
)
def test_a_date_is_read_with_its_zone(raw: str, date: datetime) -> None:
    """The notations of real feeds give the moment that was meant."""
    assert read_date([raw], now=NOW) == date


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "0000-00-00T00:00:00Z",
        "9999999999999999999",
        "1732331804",
        "2026-02-30",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "2027-11-23T00:00:00Z",
        "Nov 23, 2026 5:16 PM",
        "Mon, 23 Nov 2026 05:16:44 +9999999",
        "x" * 10000,
        "99" * 40,
    ],
)
def test_a_date_that_cannot_be_read_or_believed_is_none(raw: str) -> None:
    """A wrong date is worse than none."""
    assert read_date([raw], now=NOW) is None


def test_the_first_believable_date_counts() -> None:
    """Where the day of publication is a fault, the day of the last change stands in."""
    assert read_date(["soon", "1970-01-01", "2026-11-20"], now=NOW) == utc(2026, 11, 20)
    assert read_date([], now=NOW) is None


@given(st.text(max_size=70) | st.from_regex(r"\A[0-9:./ T+-]{0,40}[A-Z]{0,5}\Z"))
def test_any_text_gives_a_date_within_bounds_or_none(raw: str) -> None:
    """Whatever a feed writes, the date is aware, in UTC and possible."""
    date = read_date([raw], now=NOW)
    assert date is None or (EARLIEST <= date <= NOW + AHEAD and date.tzinfo is UTC)


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2026, 11, 22)),  # noqa: DTZ001 - made aware below
    st.integers(-12 * 4, 14 * 4),
)
def test_every_moment_in_every_zone_is_read_in_both_notations(
    moment: datetime, quarters: int
) -> None:
    """What is written by the standards is read without loss."""
    zone = timedelta(minutes=15 * quarters)
    local = moment.replace(microsecond=0) + zone
    sign, minutes = ("-" if quarters < 0 else "+"), abs(quarters) * 15
    offset = f"{sign}{minutes // 60:02}{minutes % 60:02}"
    expected = moment.replace(microsecond=0, tzinfo=UTC)
    for raw in (f"{local:%Y-%m-%dT%H:%M:%S}{offset}", f"{local:%a, %d %b %Y %H:%M:%S} {offset}"):
        assert read_date([raw], now=NOW) == expected
