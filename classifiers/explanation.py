"""Why a story is tagged: what each of its words added to the sum that decided.

A feature's contribution is shared out among the words that it came from; every word then has one
number, and the numbers with the intercept sum to the log-odds of the decision.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from classifiers.text import StoryText

MOST: Final = 6
"""How many words an explanation shows: more are not read in an alert."""


class Weighed(NamedTuple):
    """A feature, by its row, where it occurs in a story; its whole contribution in log-odds."""

    feature: int
    places: tuple[int, ...]
    contribution: float


def by_word(story: StoryText, found: Iterable[Weighed]) -> list[float]:
    """Give what each word of a story contributes, in log-odds, in the order of the words."""
    places: dict[int, list[int]] = {}
    contributions: dict[int, float] = {}
    for one in found:
        places.setdefault(one.feature, []).extend(one.places)
        contributions[one.feature] = one.contribution
    shares = [0.0] * len(story.words)
    for feature, contribution in contributions.items():
        for place in places[feature]:
            shares[place] += contribution / len(places[feature])
    return shares


def top_words(story: StoryText, found: Iterable[Weighed]) -> list[tuple[str, float]]:
    """Give the words that weigh most for the decision, as they first stood in the story."""
    sums: dict[str, float] = {}
    surfaces: dict[str, str] = {}
    for word, share in zip(story.words, by_word(story, found), strict=True):
        sums[word.folded] = sums.get(word.folded, 0.0) + share
        surfaces.setdefault(word.folded, word.surface)
    positive = [(surfaces[folded], weight) for folded, weight in sums.items() if weight > 0]
    return sorted(positive, key=lambda pair: -pair[1])[:MOST]
