"""Words of a text: folded for comparing, with the surface that a person wrote.

A word is a run of letters and digits, or a currency sign. Folding is compatibility
decomposition, dropped marks and casefolding, so ``Zełenski`` is ``zełenski`` and ``é`` is ``e``.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

MAX_WORDS: Final = 400
"""Words read of one title or summary: what decides stands at the front, and time stays bounded."""

MAX_LETTERS: Final = 64
"""Letters read of one word, so that a text without blanks costs no more than others."""

_WORD: Final = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_][\w\u0300-\u036f]*|[$€£]")
_BREAK: Final = re.compile(r"[.!?;…|](?:\s|$)|[.!?…][\"'”’»)]+|\n| [-–—•*] ")

# One blank and the next word's first letter: most gaps, and no end of a sentence.
_PLAIN_GAP: Final = 2

# The state and the pronoun, the union and the Romanian or Norwegian word differ by case alone.
_ABBREVIATIONS: Final = {"US": "usa", "U.S.": "usa", "U.S": "usa"}


class Word(NamedTuple):
    """One word, with the number of its sentence."""

    folded: str
    surface: str
    sentence: int


def fold(text: str) -> str:
    """Make equal what differs by case, width or accents only."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def words_of(text: str, sentence: int = 0) -> list[Word]:
    """Divide a text into at most ``MAX_WORDS`` words; its sentences count from ``sentence``."""
    words: list[Word] = []
    end = 0
    for found in _WORD.finditer(text):
        gap = text[end : found.start() + 1]
        if len(gap) > _PLAIN_GAP and words and _BREAK.search(gap):
            sentence += 1
        surface = found.group()[:MAX_LETTERS]
        words.append(Word(_folded(surface), surface, sentence))
        end = found.end()
        if len(words) == MAX_WORDS:
            break
    return words


@lru_cache(1 << 16)
def _folded(surface: str) -> str:
    return _ABBREVIATIONS.get(surface) or fold(surface).replace(".", "")
