"""The errors that Tocsin raises itself, ordered by what a caller can do about them.

TocsinError                  anything of ours; its text is one sentence for a person
├── UsageError               wrong settings or arguments: mend them (exit code 2)
├── FeedError                one feed could not be read: try it again later
│   ├── FeedDeferred         it was not asked: its host wants to be left alone for a time
│   ├── FeedUnavailable      no document was had (network, HTTP status, limits)
│   └── FeedUnreadable       a document was had that is no feed
├── StorageError             the database cannot be used: see the sentence for the remedy
├── ModelMismatch            the frozen model does not fit this program: train it again
├── QueryError               a keyword query is wrong; says where and why
└── TelegramRefused          Telegram does not accept the bot token

Errors of libraries are turned into these once, at the edge that met them, with the cause kept.
"""

from dataclasses import dataclass
from typing import Final

_AROUND: Final = 60  # characters of a wrong query that are shown before and behind the place


class TocsinError(Exception):
    """Any error of ours: its text is one sentence that a person can act on."""


class UsageError(TocsinError):
    """Settings or arguments are wrong; nothing was done."""


class FeedError(TocsinError):
    """One feed could not be read this time; the others are not concerned."""


@dataclass
class FeedDeferred(FeedError):
    """A feed was not asked, because its host said to another that it be left alone."""

    reason: str
    seconds: float

    def __str__(self) -> str:
        """Give the sentence for a person."""
        return self.reason


@dataclass
class FeedUnavailable(FeedError):
    """No document was had from a feed.

    ``status`` is the HTTP status if there was one; ``retry_after`` the seconds that the
    publisher asked us to wait (RFC 9110, section 10.2.3), if it did; ``gone`` is true for a 410.
    ``resting_host`` is the host that answered 429: all its feeds are to wait (RFC 6585, 4).
    """

    reason: str
    status: int | None = None
    retry_after: float | None = None
    resting_host: str = ""

    def __str__(self) -> str:
        """Give the sentence for a person."""
        return self.reason

    @property
    def gone(self) -> bool:
        """Whether the publisher says that the feed will not come back (RFC 9110, 15.5.11)."""
        return self.status == 410  # noqa: PLR2004 - the status is its own name


class FeedUnreadable(FeedError):
    """A document was had, but it is no feed that can be read."""


class StorageError(TocsinError):
    """The database or the data directory cannot be used."""


class ModelMismatch(TocsinError):
    """The frozen model is missing, damaged, or made for another program or corpus."""


class TelegramRefused(TocsinError):
    """Telegram does not accept the bot token."""


@dataclass
class QueryError(TocsinError):
    """A keyword query cannot be accepted.

    ``position`` is the offset in characters of the place meant, from 0 to the query's length.
    """

    query: str
    position: int
    reason: str

    def __str__(self) -> str:
        """Give the sentence with the place marked by ▸."""
        before, after = self.query[: self.position], self.query[self.position :]
        # A query may be very long; what stands around the place is what helps.
        start = f"…{before[-_AROUND:]}" if len(before) > _AROUND else before
        end = f"{after[:_AROUND]}…" if len(after) > _AROUND else after
        return f"{self.reason}: {start}▸{end}"
