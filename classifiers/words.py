"""Words of a text: folded for comparing, or with the surface that a person wrote.

A word is a run of letters and digits, or a currency sign. Folding is compatibility
decomposition, dropped marks and casefolding, so ``Zełenski`` is ``zełenski`` and ``é`` is ``e``.
"""

import re
import unicodedata
from itertools import accumulate, chain, compress, filterfalse, islice
from operator import not_
from sys import intern
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
    """The words of a text, folded, and the numbers of their sentences.

    Two lists of one length, because an object for each word costs as much as finding the word.
    Numbers grow from sentence to sentence; some may be left out.
    """

    folded: list[str]
    sentences: list[int]


def fold(text: str) -> str:
    """Make equal what differs by case, width or accents only."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, decomposed)).casefold()


def words_of(text: str, sentence: int = 0) -> Words:
    """Divide a text into at most ``MAX_WORDS`` words; its sentences count from ``sentence``."""
    pieces = list(chain.from_iterable(map(_PIECES.__getitem__, text[:_MAX_TEXT].split(" "))))
    kept = list(map(_END.__ne__, pieces))
    sentences = accumulate(map(not_, kept), initial=sentence)
    words, numbers = compress(pieces, kept), compress(sentences, kept)
    return Words(list(islice(words, MAX_WORDS)), list(islice(numbers, MAX_WORDS)))


def surfaces_of(text: str) -> list[str]:
    """Give the words of a text as a person wrote them, for each that ``words_of`` gives."""
    return [surface[:MAX_LETTERS] for surface, _ in _WORD.findall(text, 0, _MAX_TEXT)[:MAX_WORDS]]


def _pieces(run: str) -> tuple[str, ...]:
    """Give the words of what stands between two blanks, and ``_END`` where a sentence ends.

    Another word and the blanks are put around the run, because they decide whether a mark in it
    ends a sentence.
    """
    if run.isalnum():
        return (_folded(run[:MAX_LETTERS]),)
    found = []
    for surface, gap in _WORD.findall(f"0 {run} ")[: MAX_WORDS + 1]:
        found.append(_folded(surface[:MAX_LETTERS]))
        # Most gaps are one blank, and no single character ends a sentence.
        if len(gap) > 1 and _BREAK.search(gap):
            found.append(_END)
    return tuple(found[1:])


def _folded(surface: str) -> str:
    # One string for a word wherever it is said: to look it up then takes no comparing.
    return intern(_ABBREVIATIONS.get(surface) or fold(surface).replace(".", ""))


_END: Final = "\n"
_PIECES: Final = Remembered(_pieces)
