"""Folding and words: what queries and stories are compared by."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keywords.words import LONGEST_SENTENCE, fold, fold_words, sentence_around, words
from tests.keywords.naive import naive_words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Shahed-136", ["shahed", "136"]),
        ("Ukraine's", ["ukraine", "s"]),
        ("Łódź STRASSE straße", ["łodz", "strasse", "strasse"]),
        ("Запоріжжя Київ", ["запоріжжя".replace("ї", "і"), "киів"]),
        ("المُسَيَّرة", ["المسيرة"]),
        ("ﬁlter ½ Ⅷ ｄｒｏｎｅ", ["filter", "1", "2", "viii", "drone"]),
        ("cafe\u0301 café", ["cafe", "cafe"]),
        ("under_score, co-op", ["under", "score", "co", "op"]),
        ("— … !", []),
    ],
)
def test_words_are_runs_of_folded_letters_and_digits(text: str, folded: list[str]) -> None:
    """Case, accents and presentation forms do not matter; script and spelling do."""
    assert fold_words(text) == folded


@given(st.text())
def test_words_agree_with_their_definition(text: str) -> None:
    """Folding by character gives the words that folding the whole text gives."""
    assert fold_words(text) == [word for word in naive_words(text) if word]


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded word is found by itself."""
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_every_word_has_its_place(text: str) -> None:
    """What stands at a word's place folds to the word, or holds it where one sign is many."""
    placed = list(words(text))
    assert [word.folded for word in placed] == fold_words(text)
    for word in placed:
        assert 0 <= word.start < word.end <= len(text)
        assert word.folded in fold(text[word.start : word.end])


def test_a_place_takes_in_the_marks_of_the_last_letter() -> None:
    """A word is shown whole, with the accent that stands apart from its letter."""
    (word,) = words("cafe\u0301!")
    assert (word.start, word.end) == (0, 5)


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
