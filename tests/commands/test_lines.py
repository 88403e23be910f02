"""JSON lines in and out."""

import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import lines
from bot.errors import UsageError

GOOD = '{"id": 1, "title": "Drones"}'


def read(text: str) -> tuple[list[lines.Record], list[str]]:
    """Give the records of a text and what was complained of."""
    complaints: list[str] = []
    reader = lines.Reader(complaints.append)
    records = list(reader.records(io.StringIO(text)))
    assert reader.faults == len(complaints)
    return records, complaints


@pytest.mark.parametrize(
    "broken", ["{", "[]", "7", '{"title": 7}', '{"id": 1}', '{"title": "a", "summary": 3}']
)
def test_a_broken_line_is_told_by_its_number_and_the_others_are_done(broken: str) -> None:
    """One bad line in a night's work must not lose the night."""
    records, complaints = read(f"{GOOD}\n{broken}\n\n{GOOD}\n")
    assert len(records) == 2
    assert [c.split(":")[0] for c in complaints] == ["line 2"]


@given(st.text())
def test_no_line_whatever_stops_the_reading(text: str) -> None:
    """Hostile lines are complaints, never errors."""
    records, _ = read(text.replace("\n", " ") + "\n" + GOOD)
    assert records[-1]["title"] == "Drones"


def test_very_deep_json_is_a_fault_like_any_other() -> None:
    """A hundred thousand brackets are no reason to fall over."""
    records, complaints = read("[" * 100_000 + "\n" + GOOD)
    assert (len(records), len(complaints)) == (1, 1)


def test_a_file_that_is_not_there_is_wrong_use() -> None:
    """The sentence names the file."""
    with pytest.raises(UsageError, match="nowhere"), lines.opened("nowhere.jsonl"):
        pass


def events(*records: lines.Record) -> list[object]:
    """Give the event of each record of a stream."""
    answering = lines.Events()
    return [answering.answer(record)["event"] for record in records]


def test_events_are_told_in_time_order() -> None:
    """The same headline is one event until its dates lie days apart."""
    told = {"title": "Iran helps Russia build a drone factory", "lang": "en"}
    assert events(
        {"id": "1", "source": "bbc.com", "date": "2023-06-09T12:00:00Z", **told},
        {"id": "2", "source": "dw.com", "date": "2023-06-11T14:00:00+02:00", **told},
        {"id": "3", "source": "dw.com", "date": "2023-06-12", "title": "Something else was told"},
        {"id": "4", "source": "dw.com", "date": "soon", **told},
        {"id": 5, "source": "cnn.com", "date": "2023-06-20 12:00", **told},
        {"title": "Something else was told", "date": 7},
    ) == ["1", "1", "3", "1", "5", "story 6"]


@given(st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat) | st.none())
def test_no_date_whatever_stops_the_telling(date: str | None) -> None:
    """What cannot be read as a time counts as no time."""
    assert events({"id": "1", "title": "a", "date": date}, {"title": "b"}) == ["1", "story 2"]


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", ""])
def test_a_time_outside_the_calendar_is_none(date: str) -> None:
    """Only what can be said in UTC is a time."""
    assert lines.time_of({"date": date}, "date") is None
