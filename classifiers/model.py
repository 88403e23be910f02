"""The frozen model: title and summary in, a probability for each topic out.

It is one sum for each topic: the log-odds are an intercept and the weights of the features that a
story has. Only numpy is needed; scikit-learn fitted the weights (``training.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.concepts import Concepts
from classifiers.concepts import shipped as shipped_concepts
from classifiers.explanation import by_word, places_of, top_words
from classifiers.text import VALUES, Found, StoryText, find, read_story
from classifiers.topics import TopicSpec
from classifiers.vocabulary import numbered

BATCH: Final = 64
"""Stories summed up at once: enough to share the cost of a call of numpy, and few in memory."""


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
        self._weights: Final = weights
        self._names: Final = [topic.name for topic in topics]
        self._known: Final = numbered(weights.vocabulary)
        values = np.array([VALUES[name[0]] for name in weights.vocabulary])
        contributions = weights.table * values.reshape(-1, 1)
        self._contributions: Final = dict(zip(self._names, contributions.T.tolist(), strict=True))
        # The last row is the intercepts, which every story has: none is without a sum.
        self._summands: Final = np.vstack([contributions, weights.intercepts])
        self._concepts: Final[Concepts] = shipped_concepts()

    def classify(self, title: str, summary: str = "", lang: str = "") -> Verdict:
        """Tag one story; one without a word has no tags.

        ``lang`` changes nothing: the same model reads every language, told or not.
        """
        (verdict,) = self.classify_many([(title, summary, lang)])
        return verdict

    def classify_many(self, stories: Iterable[tuple[str, str, str]]) -> list[Verdict]:
        """Tag stories given as title, summary and language, in their order."""
        texts = (read_story(title, summary) for title, summary, _ in stories)
        verdicts: list[Verdict] = []
        while batch := list(islice(texts, BATCH)):
            found = [self._find(story) for story in batch]
            verdicts += map(self._verdict, batch, found, self._probabilities(found))
        return verdicts

    def explain(self, topic: str, title: str, summary: str = "") -> list[tuple[str, float]]:
        """Give the words of a story that weigh most for a topic, tagged or not."""
        story = read_story(title, summary)
        return self._why(story, self._find(story), [topic])[topic]

    def contributions(self, topic: str, title: str, summary: str = "") -> tuple[float, list[float]]:
        """Give a topic's intercept and what each word of a story adds to it, in log-odds.

        Their sum is the log-odds of the probability.
        """
        story = read_story(title, summary)
        places = places_of(self._find(story).occurrences())
        intercept = float(self._weights.intercepts[self._names.index(topic)])
        return intercept, by_word(story, places, self._contributions[topic])

    def _find(self, story: StoryText) -> Found:
        return find(story, self._concepts, self._known)

    def _probabilities(self, stories: Sequence[Found]) -> list[list[float]]:
        """Give the probability of each topic for stories by their features, each counted once."""
        intercept = len(self._weights.vocabulary)
        rows = [[intercept, *found.once()] for found in stories]
        starts = np.cumsum([0, *map(len, rows[:-1])])
        summed = np.fromiter(chain.from_iterable(rows), np.intp)
        log_odds = np.add.reduceat(self._summands.take(summed, axis=0), starts)
        probabilities: list[list[float]] = np.exp(-np.logaddexp(0, -log_odds)).tolist()
        return probabilities

    def _verdict(self, story: StoryText, found: Found, given: list[float]) -> Verdict:
        if not story.words.folded:
            return Verdict(probabilities=dict.fromkeys(self._names, 0.0))
        probabilities = dict(zip(self._names, given, strict=True))
        tags = [topic.name for topic in self.topics if probabilities[topic.name] >= topic.threshold]
        tags.sort(key=lambda name: -probabilities[name])
        why = self._why(story, found, tags) if tags else {}
        return Verdict(probabilities=probabilities, tags=tags, why=why)

    def _why(
        self, story: StoryText, found: Found, topics: Sequence[str]
    ) -> dict[str, list[tuple[str, float]]]:
        places, surfaces = places_of(found.occurrences()), story.surfaces()
        return {
            topic: top_words(story, surfaces, by_word(story, places, self._contributions[topic]))
            for topic in topics
        }
