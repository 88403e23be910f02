"""The frozen model: title and summary in, a probability for each topic out.

It is one sum for each topic: the log-odds are an intercept and the weights of the features that a
story has. Only numpy is needed; scikit-learn fitted the weights (``training.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.concepts import Concepts
from classifiers.concepts import shipped as shipped_concepts
from classifiers.explanation import Weighed, by_word, top_words
from classifiers.text import VALUES, StoryText, occurrences, read_story
from classifiers.topics import TopicSpec

_Found = tuple[int, float, tuple[int, ...]]
"""A known feature in a story: its row, its value, and the places of its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the model says of one story.

    ``probabilities`` has every topic, 0 to 1; ``tags`` those that reach their thresholds, the
    surest first; ``why`` gives for each tag the words of the story that weighed most for it, with
    their weights in log-odds, largest first.
    """

    probabilities: dict[str, float]
    tags: list[str] = field(default_factory=list)
    why: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What training found, in log-odds.

    ``table`` has a row a feature of ``vocabulary`` and a column a topic; ``intercepts`` are the
    topics' log-odds before any feature.
    """

    vocabulary: Sequence[str]
    table: NDArray[np.float64]
    intercepts: NDArray[np.float64]


class Model:
    """Tags stories; made by ``artifact.load``."""

    def __init__(
        self,
        *,
        version: str,
        topics: tuple[TopicSpec, ...],
        weights: Weights,
        held_out: Mapping[str, Mapping[str, float]],
    ) -> None:
        """Take the frozen parts; the topics are in the order of the columns.

        ``held_out`` are the figures of each topic on parts of the corpus that a model did not see.
        """
        self.version: Final = version
        self.topics: Final = topics
        self.held_out: Final = held_out
        self._names: Final = [topic.name for topic in topics]
        self._rows: Final = {name: row for row, name in enumerate(weights.vocabulary)}
        self._table: Final = weights.table
        self._intercepts: Final = weights.intercepts
        self._concepts: Final[Concepts] = shipped_concepts()

    def classify(self, title: str, summary: str = "", lang: str = "") -> Verdict:  # noqa: ARG002 - part of every story
        """Tag one story; one without a word has no tags.

        ``lang`` changes nothing: the same model reads every language, told or not.
        """
        story = read_story(title, summary)
        if not story.words:
            return Verdict(probabilities=dict.fromkeys(self._names, 0.0))
        found = self._find(story)
        probabilities = dict(zip(self._names, self._probabilities(found), strict=True))
        tags = [topic.name for topic in self.topics if probabilities[topic.name] >= topic.threshold]
        tags.sort(key=lambda name: -probabilities[name])
        why = {name: top_words(story, self._weighed(found, name)) for name in tags}
        return Verdict(probabilities=probabilities, tags=tags, why=why)

    def classify_many(self, stories: Iterable[tuple[str, str, str]]) -> list[Verdict]:
        """Tag stories given as title, summary and language, in their order."""
        return [self.classify(*story) for story in stories]

    def explain(self, topic: str, title: str, summary: str = "") -> list[tuple[str, float]]:
        """Give the words of a story that weigh most for a topic, tagged or not."""
        story = read_story(title, summary)
        return top_words(story, self._weighed(self._find(story), topic))

    def contributions(self, topic: str, title: str, summary: str = "") -> tuple[float, list[float]]:
        """Give a topic's intercept and what each word of a story adds to it, in log-odds.

        Their sum is the log-odds of the probability.
        """
        story = read_story(title, summary)
        weighed = self._weighed(self._find(story), topic)
        return float(self._intercepts[self._names.index(topic)]), by_word(story, weighed)

    def _find(self, story: StoryText) -> list[_Found]:
        """Give the features of a story that the model knows, each time that they occur."""
        row_of = self._rows.get
        return [
            (row, VALUES[name[0]], places)
            for name, places in occurrences(story, self._concepts)
            if (row := row_of(name)) is not None
        ]

    def _probabilities(self, found: list[_Found]) -> list[float]:
        values = {row: value for row, value, _ in found}
        sums = (
            np.array(list(values.values()), dtype=float) @ self._table[list(values)]
            + self._intercepts
        )
        return [_probability(log_odds) for log_odds in sums.tolist()]

    def _weighed(self, found: list[_Found], topic: str) -> list[Weighed]:
        column = self._table[:, self._names.index(topic)]
        return [Weighed(row, places, float(column[row]) * value) for row, value, places in found]


def _probability(log_odds: float) -> float:
    """Turn log-odds into a probability without overflow at either end."""
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    odds = exp(log_odds)
    return odds / (1 + odds)
