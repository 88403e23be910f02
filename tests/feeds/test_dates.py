"""Reading dates."""

from collections.abc import Callable
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
        "Пн, 23 Ноя 2026 07:16:44 +0200",
        "понеділок, 23 листопада 2026 р., 05:16:44",
        "23-го ноября 2026 г. в 05:16:44",
        "Montag, 23. November 2026, 05:16:44 Uhr",
        "lundi 23 novembre 2026 à 05:16:44",
        "lun., 23 nov. 2026 06:16:44 +0100",
        "lunes, 23 de noviembre de 2026 05:16:44",
        "poniedziałek, 23 listopada 2026 05:16:44",
        "pon., 23 lis 2026 06:16:44 CET",
        "Seg, 23 Nov 2026 02:16:44 -0300",
        "November 23, 2026 5:16:44 AM",
        "Mon, Nov 23rd, 2026 at 12:16:44 AM EST",
        "11/23/2026 5:16:44 AM",
        "2026-11-23 05:16:44 a. m.",
        "23 Nov 2026 5:16:44am",
        "Monday, 23-Nov-26 05:16:44 GMT",
    ],
)
def test_the_same_moment_is_read_in_many_languages(raw: str) -> None:
    """Weekdays, cases, abbreviations, half days and the order of figures do not matter."""
    assert read_date([raw], now=NOW) == utc(2026, 11, 23, 5, 16, 44)


MONTHS = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
    "pl": "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad"
    " grudzień",
    "pl of": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
    " listopada grudnia",
    "uk": "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад"
    " грудень",
    "uk of": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада"
    " грудня",
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "ru of": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
SHORT_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "de": "Jän Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "pl": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "uk": "січ лют бер кві тра чер лип сер вер жов лис гру",
    "ru": "янв фев мар апр мая июн июл авг сен окт ноя дек",
}
NAMED = [
    (number, name)
    for table in (MONTHS, SHORT_MONTHS)
    for names in table.values()
    for number, name in enumerate(names.split(), start=1)
]


@given(st.sampled_from(NAMED), st.integers(1, 28), st.sampled_from([str.lower, str.title]))
def test_every_month_is_known_in_every_case_and_abbreviation(
    month: tuple[int, str], day: int, style: Callable[[str], str]
) -> None:
    """Day first or month first, with a point, a comma, "de" or nothing between."""
    number, name = month
    word = style(name)
    for raw in (
        f"{day} {word} 2025",
        f"{day}. {word}. 2025, 00:00",
        f"{day} de {word} de 2025 00:00:00 GMT",
        f"{word} {day}, 2025",
        f"{day}-{word}-2025 12:00 AM",
    ):
        assert read_date([raw], now=NOW) == utc(2025, number, day), raw


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["AM PM", "am pm", "a.m. p.m."]))
def test_half_days_are_read_as_the_hours_they_are(hour: int, minute: int, names: str) -> None:
    """Twelve comes before one, at noon and at midnight."""
    time = f"{(hour + 11) % 12 + 1}:{minute:02} {names.split()[hour // 12]}"
    for raw in (f"June 9, 2025 {time}", f"6/9/2025 {time.upper()}", f"2025-06-09 {time}"):
        assert read_date([raw], now=NOW) == utc(2025, 6, 9, hour, minute), raw


def test_an_hour_that_no_half_day_has_means_what_its_figures_say() -> None:
    """Who writes 17:16 PM does not mean five in the morning of the next day."""
    assert read_date(["2025-06-09 17:16 PM"], now=NOW) == utc(2025, 6, 9, 17, 16)


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
        "11/12/2025",
        "23 of Nov 2026",
        "23 Xyzember 2026",
        "31 лютого 2026",
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
