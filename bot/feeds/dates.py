"""Reads the dates of feeds from their raw text, and believes only those that can be true.

A parser that guesses is worse than none here: zones that it does not know become UTC, and a day
of another notation becomes another day.
"""

import re
from collections.abc import Iterable
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

_ZONE_NAME: Final = re.compile(r"(?<=\d)\s*\b([A-Z]{1,5})$")
_ZONE_SUM: Final = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?$")
_UNSAFE: Final = re.compile(r"\s0\d{3}\s|[ap]\.?m\.?$", re.IGNORECASE)  # year 1; 5:16 PM
_SLASHES: Final = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})")
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DAY: Final = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})")
_SPACES_IN_ISO: Final = re.compile(r"^(\d{4}-\d\d-\d\d)[T\s]+([\d:.,]+)\s*(.*)$")
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
    if _UNSAFE.search(raw):
        return None
    text = _ZONE_SUM.sub(_offset_of_sum, _ZONE_NAME.sub(_offset_of_name, raw))
    for parser in (_iso, _rfc822):
        try:
            date = parser(text)
            aware = date if date.tzinfo else date.replace(tzinfo=UTC)
            return aware.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            continue
    return None


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
    parts = parsedate_tz(text)
    if parts is None:
        raise ValueError(text)
    offset = timezone(timedelta(seconds=parts[9] or 0))
    return datetime(*parts[:6], tzinfo=offset)
