"""Why a story is tagged: what each of its words added to the sum that decided.

A feature's contribution is shared out among the words that it came from; every word then has one
number, and the numbers with the intercept sum to the log-odds of the decision.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from classifiers.text import StoryText

MOST: Final = 6
"""How many words an explanation shows: more are not read in an alert."""

GLUE: Final = frozenset(
    # English, German, French, Spanish, Polish, Ukrainian and Russian
    """a an and are as at be but by for from has have he her his in is it its not of on or she that
    the their they this to was were which who will with after over into than
    als am auf aus bei das dem den der des die ein eine für hat im in ist mit nach nicht sich sie
    und von vor wie wird zu zum zur
    au aux avec ce dans de des du elle en est et il la le les leur ne par pas pour que qui sa se
    ses son sur un une
    al como con del el es la las lo los más no por que se su sus un una y
    co do go jak jest na nie od oraz po się to w we z za ze że
    а але в від до з за і із й на не по про та у що як
    во для и из к как не от о с со то что это его об при""".split()  # noqa: SIM905 - words read best as words
)
"""Words that join others: they weigh a little in the sum, and tell a reader nothing."""


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
    """Give the words that weigh most for the decision, as they first stood in the story.

    Words that only join others are left out: they are part of the sum, and no reason.
    """
    sums: dict[str, float] = {}
    surfaces: dict[str, str] = {}
    for word, share in zip(story.words, by_word(story, found), strict=True):
        sums[word.folded] = sums.get(word.folded, 0.0) + share
        surfaces.setdefault(word.folded, word.surface)
    positive = [
        (surfaces[folded], weight)
        for folded, weight in sums.items()
        if weight > 0 and folded not in GLUE and any(map(str.isalnum, folded))
    ]
    return sorted(positive, key=lambda pair: -pair[1])[:MOST]
