"""JSON lines in and out."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import lines
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
