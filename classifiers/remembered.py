"""Answers about words that are worked out once: news says the same words all day."""

from collections.abc import Callable
from typing import Final, TypeVar

MOST: Final = 1 << 16
"""How many words are remembered: more than a day of news has different ones."""

LONGEST: Final = 64
"""Letters of the longest that is remembered: whole texts without a blank are not."""

_Answer = TypeVar("_Answer")


class Remembered(dict[str, _Answer]):
    """The answers of a function by the word asked about; ``remembered[word]`` asks.

    A known word costs a look into a dict, which is much less than ``functools.lru_cache``. When
    ``MOST`` words are known all are forgotten. Threads may share it: each step on the dict is
    whole, and at worst two work out the same answer.
    """

    def __init__(self, answer: Callable[[str], _Answer]) -> None:
        """Take the function, which must give the same answer each time."""
        super().__init__()
        self._answer: Final = answer

    def __missing__(self, word: str) -> _Answer:
        """Work out the answer to a new word, and keep it."""
        if len(self) >= MOST:
            self.clear()
        answer = self._answer(word)
        if len(word) <= LONGEST:
            self[word] = answer
        return answer
