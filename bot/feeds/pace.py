"""How often does a document say that it wants to be read? A pure function of its bytes.

What stands around the entries is searched, not parsed: feedparser keeps one of several hours and
days, and a document that is broken elsewhere may still tell this well.
"""

import re
from datetime import timedelta
from typing import Final

from bot.feeds.documents import ENTRY
from bot.models import Pace

LONGEST: Final = timedelta(days=366)
"""What is longer is no pace; the longest unit of ``updatePeriod`` is a year."""

_PERIODS: Final = {
    b"hourly": timedelta(hours=1),
    b"daily": timedelta(days=1),
    b"weekly": timedelta(weeks=1),
    b"monthly": timedelta(days=30),
    b"yearly": timedelta(days=365),
}
"""The words of ``updatePeriod`` (RSS 1.0, module Syndication)."""

_DAYS: Final = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_ENTRY_ENDS: Final = (b"</item>", b"</entry>")
_TTL: Final = re.compile(rb"<ttl>\s*(\d{1,9})\s*<")
_PERIOD: Final = re.compile(rb"<[\w.-]+:updateperiod>\s*(\w{1,9})\s*<")
_FREQUENCY: Final = re.compile(rb"<[\w.-]+:updatefrequency>\s*(\d{1,6})\s*<")
_HOUR: Final = re.compile(rb"<hour>\s*([01]?\d|2[0-4])\s*<")
_DAY: Final = re.compile(rb"<day>\s*(\w{3})\w{0,6}\s*<")


def pace(data: bytes) -> Pace:
    """Read ``ttl``, ``skipHours``, ``skipDays`` and the syndication module; nonsense is nothing.

    ``data`` is an XML document in UTF-8.
    """
    around = _around_entries(data).lower()
    hours = {int(hour) % 24 for hour in _HOUR.findall(_inside(around, b"skiphours"))}
    days = {_DAYS.index(day) for day in _DAY.findall(_inside(around, b"skipdays")) if day in _DAYS}
    return Pace(
        ttl=_limited(timedelta(minutes=_number(_TTL, around, 0))),
        period=_period(around),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted(days)),
    )


def _around_entries(data: bytes) -> bytes:
    first = ENTRY.search(data)
    if first is None:
        return data
    return data[: first.start()] + data[max(map(data.rfind, _ENTRY_ENDS)) :]


def _inside(text: bytes, name: bytes) -> bytes:
    return text.partition(b"<" + name)[2].partition(b"</" + name)[0]


def _period(text: bytes) -> timedelta | None:
    found = _PERIOD.search(text)
    unit = _PERIODS.get(found[1]) if found else None
    return _limited(unit / max(_number(_FREQUENCY, text, 1), 1)) if unit else None


def _number(pattern: re.Pattern[bytes], text: bytes, usual: int) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else usual


def _limited(time: timedelta) -> timedelta | None:
    return time if timedelta(0) < time <= LONGEST else None
