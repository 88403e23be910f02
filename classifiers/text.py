"""Features of a story: what the model sees of its title and summary.

One function serves training and the service alike, and each feature knows the words of the story
that it came from: that is what the explanation is made of. Kinds of feature::

    w drone            a word                        c drone          a concept
    p iran_sends       a pair of neighbouring words  t drone          a concept in the title
    s drone+send       two concepts in a sentence    n send>drone     in this order, close together
    q iran>send>drone  three concepts that follow each other in a sentence
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, groupby
from typing import Any, Final, NamedTuple
from unicodedata import normalize

from classifiers.concepts import Concepts, Hit, shipped
from classifiers.languages import language_of
from classifiers.vocabulary import EVERY, Vocabulary
from classifiers.words import Words, surfaces_of, words_of

NEAR: Final = 6
"""How many words apart two concepts are still close: about a clause."""

VALUES: Final = {"w": 0.25, "p": 0.25, "c": 0.7, "t": 0.7, "s": 0.5, "n": 0.5, "q": 0.5}
"""What the presence of a feature counts, by kind.

A smaller value is held smaller by the regularisation: concepts lead, words correct them. Between a
half and twice these values the figures on real news differ by less than 0.01.
"""

MAX_CONCEPTS: Final = 128
"""Concepts of one story that make pairs: a text of nothing else would make 120,000 pairs.

The richest of 5,000 real and written stories has 42, and 24 in one sentence.
"""

Occurrence = tuple[Any, tuple[int, ...]]
"""A feature, by what it is known by, with the places of the words behind it in the story."""

_NOTHING: Final[Mapping[str, Any]] = {}


class StoryText(NamedTuple):
    """The words of a story: first those of its title, ``title_length`` of them."""

    title: str
    summary: str
    words: Words
    title_length: int

    def surfaces(self) -> list[str]:
        """Give the words as they were written; few stories are ever asked for them."""
        return surfaces_of(self.title) + surfaces_of(self.summary)


class Found(NamedTuple):
    """The features of a story that a vocabulary knows, each time that they occur.

    ``words`` and ``pairs`` have one for each word of the story, the pairs for their first: nothing
    where it is unknown. Their places are told by the order alone, since few are ever asked for.
    """

    words: list[Any]
    pairs: list[Any]
    concepts: list[Occurrence]

    def once(self) -> list[Any]:
        """Give each feature once."""
        of_concepts = [feature for feature, _ in self.concepts]
        once = dict.fromkeys(chain(self.words, self.pairs, of_concepts))
        once.pop(None, None)
        return list(once)

    def occurrences(self) -> list[Occurrence]:
        """Give each feature as often as it occurs, with its places."""
        return [
            *_known((word, (place,)) for place, word in enumerate(self.words)),
            *_known((pair, (place, place + 1)) for place, pair in enumerate(self.pairs)),
            *self.concepts,
        ]


def read_story(title: str, summary: str) -> StoryText:
    """Divide title and summary into words; the summary's sentences count on from the title's."""
    # Composed, so that the marks of every script belong to their letters.
    title, summary = normalize("NFC", title), normalize("NFC", summary)
    head = words_of(title)
    tail = words_of(summary, head.sentences[-1] + 1 if head.sentences else 0)
    words = Words(head.folded + tail.folded, head.sentences + tail.sentences)
    return StoryText(title, summary, words, len(head.folded))


def features(title: str, summary: str = "") -> dict[str, float]:
    """Give the features of a story with their values."""
    found = find(read_story(title, summary), shipped(), EVERY).once()
    return {feature: VALUES[feature[0]] for feature in sorted(found)}


def find(story: StoryText, concepts: Concepts, known: Vocabulary) -> Found:
    """Find every feature of a story that a vocabulary knows."""
    names = ["0" if word.isdigit() else word for word in story.words.folded]
    words = list(map(known["w"].get, names))
    pairs = _of_neighbours(names, story.words.sentences, known)
    return Found(words, pairs, _of_hits(story, concepts, known))


def _of_neighbours(names: Sequence[str], sentences: Sequence[int], known: Vocabulary) -> list[Any]:
    branches = map(known["p"].get, names)
    return [
        branch.get(other) if branch and here == there else None
        for branch, other, here, there in zip(
            branches, names[1:], sentences, sentences[1:], strict=False
        )
    ]


def _of_hits(story: StoryText, concepts: Concepts, known: Vocabulary) -> list[Occurrence]:
    """Give the features that are made of concepts."""
    hits = concepts.find(story.words.folded, language_of(story.words.folded))
    listed = _of_concepts(hits, story.title_length, known)
    sentence_of = story.words.sentences
    for _, run in groupby(hits[:MAX_CONCEPTS], key=lambda hit: sentence_of[hit[2][0]]):
        sentence = list(run)
        listed += _of_pairs(sentence, known)
        listed += _of_chain(sentence, known)
    return listed


def _of_concepts(hits: Sequence[Hit], title: int, known: Vocabulary) -> list[Occurrence]:
    listed = []
    anywhere, in_title = known["c"], known["t"]
    for concept, broader, places in hits:
        for name in (concept, broader) if concept != broader else (concept,):
            listed.append((anywhere.get(name), places))
            if places[0] < title:
                listed.append((in_title.get(name), places))
    return _known(listed)


def _of_pairs(hits: Sequence[Hit], known: Vocabulary) -> list[Occurrence]:
    """Give the pairs of the concepts of one sentence, by their broader names."""
    listed = []
    together, near = known["s"], known["n"]
    for (_, one, ones), (_, other, others) in combinations(hits, 2):
        gap = others[0] - ones[-1]
        if gap > 0 and one != other:
            places = ones + others
            first, second = (one, other) if one < other else (other, one)
            listed.append((together.get(first, _NOTHING).get(second), places))
            if gap <= NEAR:
                listed.append((near.get(one, _NOTHING).get(other), places))
    return _known(listed)


def _of_chain(hits: Sequence[Hit], known: Vocabulary) -> list[Occurrence]:
    """Give the sequences of three; a concept that is told again at once counts once."""
    chain = [
        hit
        for before, hit in zip([None, *hits], hits, strict=False)
        if not before or before[1] != hit[1]
    ]
    start = known["q"]
    return _known(
        (start.get(one, _NOTHING).get(two, _NOTHING).get(three), ones + twos + threes)
        for (_, one, ones), (_, two, twos), (_, three, threes) in zip(
            chain, chain[1:], chain[2:], strict=False
        )
    )


def _known(listed: Iterable[Occurrence]) -> list[Occurrence]:
    return [each for each in listed if each[0] is not None]
