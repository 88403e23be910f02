"""The sentence that is shown around a hit."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keywords.sentences import LONGEST_SENTENCE, sentence_around


@pytest.mark.parametrize(
    ("text", "hit", "sentence"),
    [
        ("One. Two drones fell! Three.", "drones", "Two drones fell!"),
        (
            "A plan of U.S. officials for drones. More.",
            "drones",
            "A plan of U.S. officials for drones.",
        ),
        ("It cost $2.1 billion for drones", "drones", "It cost $2.1 billion for drones"),
        ("Title without stop\nText on  drones\there", "drones", "Text on drones here"),
        ("„Drones!“ he said. “No.” Yes", "No", "“No.”"),
        ("第一。無人機が。三", "無人機", "無人機が。"),
        ("drones", "drones", "drones"),
    ],
)
def test_the_sentence_around_a_hit(text: str, hit: str, sentence: str) -> None:
    """The sentence is found by its ends, which initials and numbers are not."""
    start = text.index(hit)
    assert sentence_around(text, start, start + len(hit)) == sentence


def test_a_long_sentence_is_cut_around_the_hit() -> None:
    """What is shown stays short and keeps the hit."""
    text = "word " * 200 + "drones" + " word" * 200
    shown = sentence_around(text, 1000, 1006)
    assert "drones" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= LONGEST_SENTENCE + 2


@given(st.text(), st.integers(0, 50), st.integers(0, 5))
def test_any_text_has_a_sentence_anywhere(text: str, start: int, length: int) -> None:
    """Places within any text are shown without an error."""
    first = min(start, len(text))
    assert len(sentence_around(text, first, min(first + length, len(text)))) <= LONGEST_SENTENCE + 2


@pytest.mark.parametrize("run", ["." * 200_000, " " * 200_000, "\n" * 200_000, "!”" * 100_000])
def test_hostile_runs_cost_no_more_than_text(run: str) -> None:
    """Dots, blanks and lines without end are passed in well below a second."""
    begun = time.process_time()
    sentence_around(f"drone {run}", 0, 5)
    assert time.process_time() - begun < 1
