"""Why a story is tagged: what each of its words added to the sum that decided.

A feature's contribution is shared out among the words that it came from; every word then has one
number, and the numbers with the intercept sum to the log-odds of the decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from classifiers.languages import GLUE
from classifiers.text import StoryText

MOST: Final = 6
"""How many words an explanation shows: more are not read in an alert."""


def places_of(found: Iterable[tuple[int, tuple[int, ...]]]) -> dict[int, list[int]]:
    """Gather the places of each feature of a story, a feature being given as often as it occurs."""
    places: dict[int, list[int]] = {}
    for feature, where in found:
        places.setdefault(feature, []).extend(where)
    return places


def by_word(
    story: StoryText, places: Mapping[int, Sequence[int]], contributions: Sequence[float]
) -> list[float]:
    """Give what each word of a story contributes, in log-odds, in the order of the words.

    Args:
        story: the story's words.
        places: the places of each of its features, as ``places_of`` gives them.
        contributions: what each feature adds to the sum of one topic, in log-odds.
    """
    shares = [0.0] * len(story.words.folded)
    for feature, where in places.items():
        share = contributions[feature] / len(where)
        for place in where:
            shares[place] += share
    return shares


def top_words(
    story: StoryText, written: Sequence[str], shares: Iterable[float]
) -> list[tuple[str, float]]:
    """Give the words that weigh most for the decision, as they first stood in the story.

    Words that only join others are left out: they are part of the sum, and no reason.
    ``written`` are the words as the story's ``surfaces`` gives them, ``shares`` their
    contributions, as ``by_word`` does.
    """
    sums: dict[str, float] = {}
    surfaces: dict[str, str] = {}
    for folded, surface, share in zip(story.words.folded, written, shares, strict=True):
        sums[folded] = sums.get(folded, 0.0) + share
        surfaces.setdefault(folded, surface)
    positive = [
        (surfaces[folded], weight)
        for folded, weight in sums.items()
        if weight > 0 and folded not in GLUE and (folded.isalnum() or any(map(str.isalnum, folded)))
    ]
    return sorted(positive, key=lambda pair: -pair[1])[:MOST]
