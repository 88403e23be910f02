"""What a word is, wherever texts are compared by their words: in queries and in headlines.

A word is a maximal run of letters and digits after compatibility decomposition (NFKD), case
folding and the dropping of marks. So ``Shahed-136`` is the words ``shahed`` and ``136``,
``Ukraine's`` is ``ukraine`` and ``s``, and ``Łódź`` is ``łodz``. Script and spelling stay as
they are.

Folding goes character by character, which gives the same letters as folding the whole text:
decomposition only reorders marks, and those are dropped. So every folded letter has one place
in the original text.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[^\W_]+")

_KEPT: Final = 16_384
"""Characters that are folded but once: more than the news of all scripts use, and few bytes."""


class Word(NamedTuple):
    """A word with its place in the text that it comes from: ``text[start:end]``.

    ``end`` takes in the marks that belong to the last letter.
    """

    folded: str
    start: int
    end: int


class _Folded(dict[str, str]):
    """Characters and what they fold to; worked out when first met, and most of them kept."""

    def __missing__(self, character: str) -> str:
        spread = unicodedata.normalize("NFKD", character).casefold()
        folded = "".join(one for one in spread if not unicodedata.category(one).startswith("M"))
        if len(self) < _KEPT:
            self[character] = folded
        return folded


_FOLDED: Final = _Folded()


def fold(text: str) -> str:
    """Give ``text`` without case, accents and presentation forms, which tell no words apart."""
    return text.lower() if text.isascii() else "".join(map(_FOLDED.__getitem__, text))


def fold_words(text: str) -> list[str]:
    """Give the words of ``text``, folded, in their order."""
    return _WORD.findall(fold(text))


def words(text: str) -> Iterator[Word]:
    """Give the words of ``text`` in their order, each with its place."""
    parts = [(part, place) for place, char in enumerate(text) for part in _FOLDED[char]]
    for found in _WORD.finditer("".join(part for part, _ in parts)):
        last = parts[found.end() - 1][1]
        yield Word(found[0], parts[found.start()][1], _after_marks(text, last + 1))


def _after_marks(text: str, place: int) -> int:
    while place < len(text) and not _FOLDED[text[place]]:
        place += 1
    return place
