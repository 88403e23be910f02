"""The kinds of column: how a value of ours lies in the database, the same on SQLite and PostgreSQL.

The migrations use these types too, so what they write must never change for the rows of old.
"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

Serial = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives out; SQLite counts only in a column called INTEGER."""


def to_text(moment: datetime) -> str:
    """Write an aware time as text of one width, ``2023-06-09T12:00:00.000000Z``.

    Raises:
        ValueError: the time is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {moment.isoformat()}")
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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Give the driver what it stores."""
        if value is None:
            return None
        text = to_text(value)
        return value.astimezone(UTC) if dialect.name == "postgresql" else text

    def process_result_value(
        self,
        value: object,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> datetime | None:
        """Give back an aware time in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return None if value is None else from_text(str(value))


class Words(TypeDecorator[str]):
    """Text as people write it.

    Halves of surrogate pairs, which no database takes, and NUL, which PostgreSQL does not take,
    become replacement characters: one odd character must not cost a whole feed.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> str | None:
        """Give the driver text that every database takes."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


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
