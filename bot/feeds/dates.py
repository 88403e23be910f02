"""Reads the dates of feeds from their raw text, and believes only those that can be true.

A parser that guesses is worse than none here: zones that it does not know become UTC, and a day
of another notation becomes another day.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""What claims to be older than the web is a fault of the feed."""

AHEAD: Final = timedelta(days=1)
"""How far in the future a date may lie: publishers take local time for UTC."""

# Offsets in hours of the zone names that feeds carry; those of North America are known to
# email.utils, by RFC 822. IST is India's: Ireland's and Israel's feeds use GMT.
_ZONES: Final = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1,
    "CEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "EEST": 3, "MSK": 3, "TRT": 3, "MSD": 4, "GST": 4,
    "PKT": 5, "IST": 5.5, "ICT": 7, "WIB": 7, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

# How the months begin in English, German, French, Spanish, Portuguese, Italian, Polish,
# Ukrainian and Russian, whatever their ending; email.utils gives them their English names.
_MONTHS: Final = {
    stem: name
    for name, stems in {
        "Jan": "jan jän ene gen sty січ янв",
        "Feb": "feb fév fev lut лют фев",
        "Mar": "mar mär mrz бер мар",
        "Apr": "apr avr abr kwi кві апр",
        "May": "may mai maj mag тра май мая",
        "Jun": "jun juin giu cze чер июн",
        "Jul": "jul juil lug lip лип июл",
        "Aug": "aug aoû aou ago sie сер авг",
        "Sep": "sep set wrz вер сен",
        "Oct": "oct okt out ott paź paz жов окт",
        "Nov": "nov lis лис ноя",
        "Dec": "dec dez déc dic gru гру дек",
    }.items()
    for stem in stems.split()
}
_NUMBERS: Final = {name: f"{n:02}" for n, name in enumerate(dict.fromkeys(_MONTHS.values()), 1)}
_RFC822: Final = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(?P<day>\d\d?) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) "
    r"(?P<time>\d\d:\d\d:\d\d) (?:GMT|(?P<zone>[+-]\d{4}))"
)

_ZONE_NAME: Final = re.compile(r"(?<=\d)\s*\b([A-Z]{1,5})$")
_ZONE_SUM: Final = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?$")
_YEAR_ONE: Final = re.compile(r"\s0\d{3}\s")
_HALF_DAY: Final = re.compile(r"\b(\d{1,2})((?::\d\d){0,2})\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
# Only they write months first in figures; with them, half days tell who wrote a date.
_AMERICAN: Final = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})\b(?=.*\d\s?[ap]\.?m\b)", re.IGNORECASE)
_SLASHES: Final = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})")
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DAY: Final = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})")
_SPACES_IN_ISO: Final = re.compile(r"^(\d{4}-\d\d-\d\d)[T\s]+([\d:.,]+)\s*(.*)$")
_NAMED: Final = (
    re.compile(  # Montag, 23. November 2026; 23 de noviembre de 2026; 23-го ноября 2026
        r"^\D{0,20}?(?P<day>\d{1,2})(?:-?(?:го|er|st|nd|rd|th))?[\s./-]+(?:de\s)?"
        r"(?P<month>[^\W\d_]{3,12})[\s.,/-]+(?:del?\s)?(?P<year>\d{4})\b"
    ),
    re.compile(  # Mon, Nov 23, 2026
        r"^(?:\w+\.?,?\s)?(?P<month>[^\W\d_]{3,12})\.?\s(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s"
        r"(?P<year>\d{4})\b"
    ),
)
_TIME: Final = re.compile(r"\d{1,2}[:h]\d\d.*")
_TOO_LONG: Final = 64  # characters; the longest real date has 37


def read_date(raws: Iterable[str], *, now: datetime) -> datetime | None:
    """Give, in UTC, the first date of ``raws`` that can be read and believed.

    A date without a zone is taken as UTC. None where there is no date between 1990 and a day
    after ``now``.
    """
    for raw in raws:
        date = _parsed(" ".join(raw.split())) if len(raw) <= _TOO_LONG else None
        if date is not None and EARLIEST <= date <= now + AHEAD:
            return date
    return None


def _parsed(raw: str) -> datetime | None:
    for parser in (_standard, _loose):
        with suppress(ValueError, OverflowError):
            date = parser(raw)
            aware = date if date.tzinfo else date.replace(tzinfo=UTC)
            return aware.astimezone(UTC).replace(microsecond=0)
    return None


def _standard(raw: str) -> datetime:
    """Read what nearly all feeds write, fast: RFC 822, or ISO 8601. Raises ValueError."""
    found = _RFC822.fullmatch(raw)
    if found:
        month = _NUMBERS.get(found["month"], "")
        raw = f"{found['year']}-{month}-{found['day']:0>2}T{found['time']}{found['zone'] or 'Z'}"
    return datetime.fromisoformat(raw)


def _loose(raw: str) -> datetime:
    """Read what others write. Raises ValueError or OverflowError."""
    if _YEAR_ONE.search(raw):
        raise ValueError(raw)
    text = _HALF_DAY.sub(_in_whole_day, _AMERICAN.sub(r"\3-\1-\2", raw))
    text = _ZONE_SUM.sub(_offset_of_sum, _ZONE_NAME.sub(_offset_of_name, text))
    with suppress(ValueError):
        return _iso(text)
    return _rfc822(text)


def _in_whole_day(time: re.Match[str]) -> str:
    hour = int(time[1])
    if hour <= 12:  # noqa: PLR2004 - who writes 17:16 PM means what the figures say
        hour = hour % 12 + (12 if time[3] in "pP" else 0)
    return f"{hour:02}{time[2] or ':00'}"


def _offset_of_name(zone: re.Match[str]) -> str:
    hours = _ZONES.get(zone[1])
    return zone[0] if hours is None else f" {_offset(hours)}"


def _offset_of_sum(zone: re.Match[str]) -> str:
    return f"{zone[1]}{int(zone[2]):02}{zone[3] or '00'}"


def _offset(hours: float) -> str:
    return f"+{int(hours):02}{int(hours % 1 * 60):02}"


def _iso(text: str) -> datetime:
    """Read ISO 8601 and what people write for it. Raises ValueError."""
    text = _SLASHES.sub(r"\1-\2-\3", text)
    text = _DAY_FIRST.sub(r"\3-\2-\1", text)
    text = _ISO_DAY.sub(lambda day: f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}", text)
    text = _SPACES_IN_ISO.sub(r"\1T\2\3", text)
    return datetime.fromisoformat(text)


def _rfc822(text: str) -> datetime:
    """Read RFC 822 and what people write for it. Raises ValueError or OverflowError."""
    parts = parsedate_tz(_in_english(text))
    if parts is None:
        raise ValueError(text)
    offset = timezone(timedelta(seconds=parts[9] or 0))
    return datetime(*parts[:6], tzinfo=offset)


def _in_english(text: str) -> str:
    """Give a date whose month is named in the words and the order of RFC 822."""
    found = next(filter(None, (pattern.match(text) for pattern in _NAMED)), None)
    month = found and _month(found["month"].lower())
    if not found or not month:
        return text
    time = _TIME.search(text, found.end())
    clock = time[0].replace("h", ":", 1) if time else "00:00"
    return f"{found['day']} {month} {found['year']} {clock}"


def _month(name: str) -> str | None:
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
