"""The sentence of a story around a hit, as it is shown to a person."""

import re
from typing import Final

LONGEST_SENTENCE: Final = 300
"""Characters of a sentence that are shown at most; what stands around the hit is kept."""

# Every alternative is of bounded width, so that a run of dots or blanks costs no more than text.
_SENTENCE_END: Final = re.compile(
    r"""
      (?<!\b\w) [.!?…] ["”’»)\]]{0,3} \s   # but not after an initial: "U.S. officials"
    | [。！？]                               # written without a blank
    | [\r\n]                               # a title and a paragraph end without a full stop
    """,
    re.VERBOSE,
)


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
