"""Features of a story: what the model sees of its title and summary.

One function serves training and the service alike, and each feature knows the words of the story
that it came from: that is what the explanation is made of. Kinds of feature::

    w drone            a word                        c drone          a concept
    p iran_sends       a pair of neighbouring words  t drone          a concept in the title
    s drone+send       two concepts in a sentence    n send>drone     in this order, close together
    q iran>send>drone  three concepts that follow each other in a sentence
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby, pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from classifiers.concepts import Concepts, Hit, shipped
from classifiers.words import Word, words_of

NEAR: Final = 6
"""How many words apart two concepts are still close: about a clause."""

VALUES: Final = {"w": 0.5, "p": 0.5, "c": 1.0, "t": 1.0, "s": 0.5, "n": 0.5, "q": 0.5}
"""What the presence of a feature counts, by kind.

A smaller value is held smaller by the regularisation: concepts lead, words correct them.
"""


Occurrence = tuple[str, tuple[int, ...]]
"""A feature with the places of the words behind it, in the list of the story's words."""


class StoryText(NamedTuple):
    """The words of a story: first those of its title, ``title_length`` of them."""

    words: list[Word]
    title_length: int


class _Found(NamedTuple):
    """A concept where it stands, by the broader name that pairs use."""

    name: str
    sentence: int
    places: tuple[int, ...]


_NAME: Final = attrgetter("name")
_SENTENCE: Final = attrgetter("sentence")


def read_story(title: str, summary: str) -> StoryText:
    """Divide title and summary into words; the summary's sentences count on from the title's."""
    head = words_of(title)
    first = head[-1].sentence + 1 if head else 0
    return StoryText(head + words_of(summary, first), len(head))


def features(title: str, summary: str = "") -> dict[str, float]:
    """Give the features of a story with their values."""
    found = {feature for feature, _ in occurrences(read_story(title, summary), shipped())}
    return {feature: VALUES[feature[0]] for feature in sorted(found)}


def occurrences(story: StoryText, concepts: Concepts) -> list[Occurrence]:
    """Give every feature each time that it occurs in a story."""
    words = story.words
    hits = concepts.find([word.folded for word in words])
    found = [_found(hit, words, concepts) for hit in hits]
    listed = [*_of_words(words), *_of_concepts(hits, story.title_length, concepts)]
    for _, sentence in groupby(found, key=_SENTENCE):
        listed += _of_sentence(list(sentence))
    return listed


def _of_words(words: Sequence[Word]) -> Iterator[Occurrence]:
    names = ["0" if word.folded.isdigit() else word.folded for word in words]
    for place, name in enumerate(names):
        yield "w " + name, (place,)
    for place, (one, other) in enumerate(pairwise(words)):
        if one.sentence == other.sentence:
            yield f"p {names[place]}_{names[place + 1]}", (place, place + 1)


def _of_concepts(hits: Sequence[Hit], title: int, concepts: Concepts) -> Iterator[Occurrence]:
    for hit in hits:
        places = tuple(range(hit.first, hit.last + 1))
        for name in dict.fromkeys((hit.concept, concepts.broader_of(hit.concept))):
            yield "c " + name, places
            if hit.first < title:
                yield "t " + name, places


def _found(hit: Hit, words: Sequence[Word], concepts: Concepts) -> _Found:
    places = tuple(range(hit.first, hit.last + 1))
    return _Found(concepts.broader_of(hit.concept), words[hit.first].sentence, places)


def _of_sentence(found: Sequence[_Found]) -> Iterator[Occurrence]:
    """Give the pairs and sequences of the concepts of one sentence."""
    for one, other in combinations(found, 2):
        yield from _of_pair(one, other)
    chain = [next(run) for _, run in groupby(found, key=_NAME)]
    for one, two, three in zip(chain, chain[1:], chain[2:], strict=False):
        places = one.places + two.places + three.places
        yield f"q {one.name}>{two.name}>{three.name}", places


def _of_pair(one: _Found, other: _Found) -> list[Occurrence]:
    gap = other.places[0] - one.places[-1]
    if one.name == other.name or gap <= 0:
        return []
    places = one.places + other.places
    first, second = sorted((one.name, other.name))
    together = (f"s {first}+{second}", places)
    return [together, (f"n {one.name}>{other.name}", places)] if gap <= NEAR else [together]
