"""The kinds of column: how a value of ours lies in the database, the same on SQLite and PostgreSQL.

The migrations use these types too, so what they write must never change for the rows of old.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

Serial = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives out; SQLite counts only in a column called INTEGER."""


Token = Text()
"""Text of our own making, such as a hash: every database takes it as it is."""

_NAIVE: Final = "a time without a zone cannot be stored: {}"


def to_text(moment: datetime) -> str:
    """Write an aware time as text of one width, ``2023-06-09T12:00:00.000000Z``.

    Raises:
        ValueError: the time is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(_NAIVE.format(moment))
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='microseconds')}Z"


def from_text(text: str) -> datetime:
    """Read what ``to_text`` wrote.

    Raises:
        ValueError: the text has no zone: it was written by something else.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone was stored: {text}")
    return moment


class Utc(TypeDecorator[datetime]):
    """A moment, aware and in UTC; a naive time is refused.

    SQLite has no type for it and gets text. Of the forms that sort as time does, text of one width
    is the one that a person can read in an export or a shell; integers are not.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Use PostgreSQL's own type where it is."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """Give what turns a time into what the driver stores."""
        return _to_text if dialect.name == "sqlite" else _in_utc

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> Callable[[Any], datetime | None]:
        """Give what turns what was stored into an aware time in UTC."""
        return _of_text if dialect.name == "sqlite" else _in_utc


class Words(TypeDecorator[str]):
    """Text as people write it.

    Halves of surrogate pairs, which no database takes, and NUL, which PostgreSQL does not take,
    become replacement characters: one odd character must not cost a whole feed.
    """

    impl = Text
    cache_ok = True

    def bind_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> Callable[[str | None], str | None]:
        """Give what turns text into text that every database takes."""
        return _storable


class Exact(TypeDecorator[str]):
    """Text that must come back to the byte, whatever it holds: what a server gave us to echo."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> bytes | None:
        """Give the driver bytes; bytes of a header that are no UTF-8 come as surrogates."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(
        self,
        value: bytes | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> str | None:
        """Give back the same text."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=4096)  # the times of one batch of readings come again and again
def _to_text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _of_text(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(_NAIVE.format(moment))
    return moment.astimezone(UTC)


def _storable(text: str | None) -> str | None:
    if text is None or (type(text) is str and text.isascii() and "\0" not in text):
        return text
    text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
