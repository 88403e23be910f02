"""Folding and words: what queries and headlines are compared by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import fold, fold_words, words
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
