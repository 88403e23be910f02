"""How values lie in a column: times that sort, text that comes back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from bot.storage.columns import Exact, Utc, Words, from_text, to_text

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=ZONES,
)
ANY_TEXT = st.text(st.characters())

TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", Utc),
    Column("words", Words),
    Column("exact", Exact),
)


@given(st.lists(TIMES, min_size=1, max_size=20))
def test_times_come_back_and_sort_as_time_does(times: list[datetime]) -> None:
    """Whatever its zone, a moment comes back in UTC, and the database orders moments rightly."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"at": moment} for moment in times])
        stored = list(connection.scalars(select(TABLE.c.at).order_by(TABLE.c.at)))
        since = select(TABLE.c.at).where(TABLE.c.at >= times[0])
        later = len(connection.scalars(since).all())
    engine.dispose()
    assert stored == sorted(times)
    assert {moment.tzinfo for moment in stored} == {UTC}
    assert later == sum(moment >= times[0] for moment in times)


@given(TIMES)
def test_the_text_of_a_time_has_one_width(moment: datetime) -> None:
    """Text sorts as time does only where every text is as wide as every other."""
    assert len(to_text(moment)) == len("2023-06-09T12:00:00.000000Z")
    assert from_text(to_text(moment)) == moment


def test_a_naive_time_is_refused() -> None:
    """A time without a zone is neither stored nor compared with nor read."""
    naive = datetime(2023, 6, 9)  # noqa: DTZ001 - that is the point
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        with pytest.raises(StatementError, match="without a zone"):
            connection.execute(insert(TABLE), [{"at": naive}])
        with pytest.raises(StatementError, match="without a zone"):
            connection.execute(select(TABLE).where(TABLE.c.at < naive))
    engine.dispose()
    with pytest.raises(ValueError, match="without a zone"):
        from_text("2023-06-09 12:00:00.000000")


@given(ANY_TEXT)
def test_exact_text_comes_back_whatever_it_is(text: str) -> None:
    """What a server sent is given back to the character, halves of surrogate pairs included."""
    kept = Exact().process_bind_param(text, sqlite.dialect())
    assert Exact().process_result_value(kept, sqlite.dialect()) == text


@given(ANY_TEXT)
def test_words_can_always_be_stored(text: str) -> None:
    """Text of any origin becomes text that every database takes; decent text stays as it is."""
    clean = Words().bind_processor(sqlite.dialect())
    stored = clean(text)
    assert stored is not None
    assert "\0" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored
    assert len(stored) == len(text)
    assert clean(stored) == stored


def test_nothing_stays_nothing() -> None:
    """None goes in and comes out as None for every kind of column."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"at": None, "words": None, "exact": None}])
        row = connection.execute(select(TABLE.c.at, TABLE.c.words, TABLE.c.exact)).one()
    engine.dispose()
    assert tuple(row) == (None, None, None)
