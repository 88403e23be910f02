"""Words of a text: folded for comparing, with the surface that a person wrote.

A word is a run of letters and digits, or a currency sign. Folding is compatibility
decomposition, dropped marks and casefolding, so ``Zełenski`` is ``zełenski`` and ``é`` is ``e``.
"""

import re
import unicodedata
from itertools import accumulate
from typing import Final, NamedTuple

from classifiers.remembered import Remembered

MAX_WORDS: Final = 400
"""Words read of one title or summary: what decides stands at the front, and time stays bounded."""

MAX_LETTERS: Final = 64
"""Letters read of one word, so that a text without blanks costs no more than others."""

_MAX_TEXT: Final = MAX_WORDS * MAX_LETTERS
"""Characters looked at for these words: more than any language's 400 words have."""

_WORD: Final = re.compile(
    r"((?:[^\W\d_]\.){2,}|[^\W_][\w\u0300-\u036f]*|[$€£])"  # the word
    r"([^\w$€£]*(?:_+[^\w$€£]*)*)"  # the gap: all up to the next word
)
_BREAK: Final = re.compile(r"[.!?;…|]\s|[.!?…][\"'”’»)]+|\n| [-–—•*] ")

# The state and the pronoun, the union and the Romanian or Norwegian word differ by case alone.
_ABBREVIATIONS: Final = {"US": "usa", "U.S.": "usa", "U.S": "usa"}


class Words(NamedTuple):
    """The words of a text: folded, as they were written, and the numbers of their sentences.

    Three lists of one length, because an object for each word costs as much as finding the word.
    """

    folded: list[str]
    surfaces: list[str]
    sentences: list[int]


def fold(text: str) -> str:
    """Make equal what differs by case, width or accents only."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def words_of(text: str, sentence: int = 0) -> Words:
    """Divide a text into at most ``MAX_WORDS`` words; its sentences count from ``sentence``."""
    pieces = _WORD.findall(text, 0, _MAX_TEXT)[:MAX_WORDS]
    surfaces = [surface[:MAX_LETTERS] for surface, _ in pieces]
    # Most gaps are one blank, and no single character ends a sentence.
    ends = [len(gap) > 1 and _BREAK.search(gap) is not None for _, gap in pieces[:-1]]
    sentences = list(accumulate(ends, initial=sentence)) if pieces else []
    return Words([_FOLDED[surface] for surface in surfaces], surfaces, sentences)


def _folded(surface: str) -> str:
    return _ABBREVIATIONS.get(surface) or fold(surface).replace(".", "")


_FOLDED: Final = Remembered(_folded)
