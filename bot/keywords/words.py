"""What a word is, for queries and for stories alike.

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
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST_SENTENCE: Final = 300
"""Characters of a sentence that are shown at most; what stands around the hit is kept."""

_WORD: Final = re.compile(r"[^\W_]+")
# Every alternative is of bounded width, so that a run of dots or blanks costs no more than text.
_SENTENCE_END: Final = re.compile(
    r"""
      (?<!\b\w) [.!?…] ["”’»)\]]{0,3} \s   # but not after an initial: "U.S. officials"
    | [。！？]                               # written without a blank
    | [\r\n]                               # a title and a paragraph end without a full stop
    """,
    re.VERBOSE,
)


class Word(NamedTuple):
    """A word with its place in the text that it comes from: ``text[start:end]``.

    ``end`` takes in the marks that belong to the last letter.
    """

    folded: str
    start: int
    end: int


@lru_cache(maxsize=16_384)
def _fold_character(character: str) -> str:
    spread = unicodedata.normalize("NFKD", character).casefold()
    return "".join(part for part in spread if not unicodedata.category(part).startswith("M"))


def fold(text: str) -> str:
    """Give ``text`` without what queries do not tell apart: case, accents, presentation forms."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def fold_words(text: str) -> list[str]:
    """Give the words of ``text``, folded, in their order."""
    return _WORD.findall(fold(text))


def words(text: str) -> Iterator[Word]:
    """Give the words of ``text`` in their order, each with its place."""
    parts = [(part, place) for place, char in enumerate(text) for part in _fold_character(char)]
    for found in _WORD.finditer("".join(part for part, _ in parts)):
        last = parts[found.end() - 1][1]
        yield Word(found[0], parts[found.start()][1], _after_marks(text, last + 1))


def _after_marks(text: str, place: int) -> int:
    while place < len(text) and not _fold_character(text[place]):
        place += 1
    return place


def sentence_around(text: str, start: int, end: int) -> str:
    """Give the sentence of ``text`` that holds ``text[start:end]``, blanks made single.

    A sentence longer than ``LONGEST_SENTENCE`` is cut around the hit, and "…" marks the cut.
    """
    left, right = 0, len(text)
    for boundary in _SENTENCE_END.finditer(text):
        if boundary.end() <= start:
            left = boundary.end()
        elif boundary.start() >= end:
            right = boundary.end()
            break
    return _cut(text, left, right, start)


def _cut(text: str, left: int, right: int, start: int) -> str:
    """Keep at most ``LONGEST_SENTENCE`` characters, two thirds of them from the hit on."""
    first = max(left, min(start - LONGEST_SENTENCE // 3, right - LONGEST_SENTENCE))
    last = min(right, first + LONGEST_SENTENCE)
    kept = " ".join(text[first:last].split())
    return f"{'…' if first > left else ''}{kept}{'…' if last < right else ''}"
