"""How well a model does on labelled stories."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from classifiers import measured
from classifiers.labelled import Item
from classifiers.model import Model
from classifiers.topics import TopicSpec

DIGITS: Final = 4
"""Digits of a figure that is written down: more would pretend to be exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Figures at the thresholds, each 0 to 1; ``average_precision`` is over all thresholds.

    ``support`` is how many labels there are. What cannot be told (no such story) is 0.
    """

    precision: float
    recall: float
    f1: float
    average_precision: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The figures of each topic over so many stories, and their means.

    ``micro`` counts every decision alike, ``macro`` every topic.
    """

    stories: int
    topics: Mapping[str, Scores]
    micro: Scores
    macro: Scores

    def to_json(self) -> dict[str, Any]:
        """Give the figures as plain values, rounded."""
        return {
            "stories": self.stories,
            "topics": {name: _rounded(scores) for name, scores in self.topics.items()},
            "micro": _rounded(self.micro),
            "macro": _rounded(self.macro),
        }


def evaluate(model: Model, items: Iterable[Item]) -> Evaluation:
    """Measure a model on labelled stories at its thresholds."""
    read = list(items)
    names = [topic.name for topic in model.topics]
    verdicts = [model.classify(item.title, item.summary, item.lang).probabilities for item in read]
    probabilities = [[verdict[name] for name in names] for verdict in verdicts]
    return score(model.topics, truth(model.topics, read), np.array(probabilities))


def truth(topics: Sequence[TopicSpec], items: Sequence[Item]) -> NDArray[np.bool_]:
    """Give the labels of stories as a table: a row a story, a column a topic."""
    rows = [[topic.name in item.labels for topic in topics] for item in items]
    return np.array(rows, dtype=bool).reshape(len(items), len(topics))


def score(
    topics: Sequence[TopicSpec], wanted: NDArray[np.bool_], given: NDArray[np.float64]
) -> Evaluation:
    """Compare probabilities with labels, both a row a story and a column a topic."""
    given = given.reshape(wanted.shape)
    tagged = given >= np.array([topic.threshold for topic in topics])
    columns = {
        topic.name: _scores(wanted[:, column], tagged[:, column], given[:, column])
        for column, topic in enumerate(topics)
    }
    return Evaluation(
        stories=len(wanted),
        topics=columns,
        micro=_scores(wanted.ravel(), tagged.ravel(), given.ravel()),
        macro=_mean(list(columns.values())),
    )


def record(evaluation: Evaluation, on: date, path: Path = measured.FILE) -> None:
    """Write the figures down that subscribers are shown, with the date of the measurement."""
    figures = {
        name: measured.Figures(
            precision=round(scores.precision, DIGITS),
            recall=round(scores.recall, DIGITS),
            f1=round(scores.f1, DIGITS),
            support=scores.support,
        )
        for name, scores in evaluation.topics.items()
    }
    whole = measured.Measured(
        date=on.isoformat(),
        stories=evaluation.stories,
        topics=figures,
        macro_f1=round(evaluation.macro.f1, DIGITS),
    )
    measured.write(whole, path)


def _scores(
    wanted: NDArray[np.bool_], tagged: NDArray[np.bool_], given: NDArray[np.float64]
) -> Scores:
    support = int(wanted.sum())
    if not support:
        return Scores(precision=0.0, recall=0.0, f1=0.0, average_precision=0.0, support=0)
    precision, recall, f1, _ = precision_recall_fscore_support(
        wanted, tagged, average="binary", zero_division=0.0
    )
    return Scores(
        precision=float(precision),
        recall=float(recall),
        f1=float(f1),
        average_precision=float(average_precision_score(wanted, given)),
        support=support,
    )


def _mean(columns: Sequence[Scores]) -> Scores:
    def mean(name: str) -> float:
        return float(np.mean([getattr(scores, name) for scores in columns]))

    return Scores(
        precision=mean("precision"),
        recall=mean("recall"),
        f1=mean("f1"),
        average_precision=mean("average_precision"),
        support=sum(scores.support for scores in columns),
    )


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in asdict(scores).items()}
