"""How well a model does on labelled stories, in figures."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifiers import measured, resampling
from classifiers.labelled import Item
from classifiers.model import Model
from classifiers.resampling import Interval, Mask, Table
from classifiers.topics import TopicSpec

DIGITS: Final = 4
"""Digits of a figure that is written down: more would pretend to be exact."""

HELD_OUT: Final = Path(__file__).with_name("held_out.json")
"""The figures on held-out parts of the corpus below which no model may fall."""

_AT_ONCE: Final = 200

_Intervals = Mapping[str, Interval]

Progress = Callable[[str, int, int], None]
"""Is told the stage, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Figures at the thresholds, each 0 to 1. What cannot be told (no such story) is 0.

    ``average_precision`` is over all thresholds. ``brier`` is the mean squared distance of the
    probabilities from the truth (Brier, 1950), smaller being better, and ``base_brier`` what it
    would be if each story were given the share of stories that carry the topic. ``support`` is
    how many labels there are, and ``intervals`` has, where it was asked for, how far chance
    alone would move a figure.
    """

    precision: float
    recall: float
    f1: float
    average_precision: float
    support: int
    brier: float
    base_brier: float
    intervals: _Intervals = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """Give the figures alone, rounded, without their intervals."""
        return {name: value for name, value in plain(self).items() if name != "intervals"}


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
        return dict(plain(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Labelled stories with what a model says of them, a row a story and a column a topic.

    ``given`` are probabilities, 0 to 1.
    """

    topics: Sequence[TopicSpec]
    items: Sequence[Item]
    given: Table

    @property
    def wanted(self) -> Mask:
        """Which stories carry which topics."""
        return truth(self.topics, self.items)

    @property
    def tagged(self) -> Mask:
        """Which stories the model tags with which topics."""
        return self.given >= np.array([topic.threshold for topic in self.topics])

    @property
    def false_alarms(self) -> Mask:
        """Which topics were told of stories that do not carry them."""
        return self.tagged & ~self.wanted

    @property
    def misses(self) -> Mask:
        """Which topics were not told of stories that carry them."""
        return self.wanted & ~self.tagged

    def at(self, rows: Sequence[int]) -> "Judged":
        """Give the stories of some rows."""
        items = [self.items[row] for row in rows]
        return Judged(topics=self.topics, items=items, given=self.given[rows])


def judge(model: Model, items: Iterable[Item], tell: Progress) -> Judged:
    """Let a model judge labelled stories."""
    read = list(items)
    texts = [(item.title, item.summary, item.lang) for item in read]
    given: list[list[float]] = []
    for start in range(0, len(read), _AT_ONCE):
        tell("judging stories", start, len(read))
        verdicts = model.classify_many(texts[start : start + _AT_ONCE])
        given += [list(verdict.probabilities.values()) for verdict in verdicts]
    tell("judging stories", len(read), len(read))
    table = np.array(given, dtype=np.float64).reshape(len(read), len(model.topics))
    return Judged(topics=model.topics, items=read, given=table)


def truth(topics: Sequence[TopicSpec], items: Sequence[Item]) -> Mask:
    """Give the labels of stories as a table: a row a story, a column a topic."""
    rows = [[topic.name in item.labels for topic in topics] for item in items]
    return np.array(rows, dtype=bool).reshape(len(items), len(topics))


def score(judged: Judged, *, resample: bool = False) -> Evaluation:
    """Compare what a model says with the labels; ``resample`` gives intervals too."""
    wanted, tagged, given = judged.wanted, judged.tagged, judged.given
    ranges = (
        resampling.intervals(wanted, tagged, given) if resample else [{}] * (given.shape[1] + 1)
    )
    of_topics = zip(wanted.T, tagged.T, given.T, ranges, strict=False)
    columns = [_scores(*of_topic) for of_topic in of_topics]
    return Evaluation(
        stories=len(wanted),
        topics=dict(zip((topic.name for topic in judged.topics), columns, strict=True)),
        micro=_scores(wanted.ravel(), tagged.ravel(), given.ravel(), {}),
        macro=_mean(columns, ranges[-1]),
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


def record_held_out(evaluation: Evaluation, path: Path = HELD_OUT) -> None:
    """Write the figures down below which no later model may fall."""
    rows = {**evaluation.topics, "macro": evaluation.macro}
    figures = {name: row.figures() for name, row in rows.items()}
    path.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
    """Give a result as plain values for JSON, its figures rounded."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [plain(each) for each in value]
    return plain(asdict(value)) if hasattr(value, "__dataclass_fields__") else value


def _scores(wanted: Mask, tagged: Mask, given: Table, intervals: _Intervals) -> Scores:
    counted = resampling.figures(wanted, tagged, given, np.ones((1, len(wanted))))
    told = map(float, np.nan_to_num(counted[:, 0]))
    figures = dict(zip(resampling.FIGURES, told, strict=True))
    return Scores(support=int(wanted.sum()), intervals=intervals, **figures)


def _mean(columns: Sequence[Scores], intervals: _Intervals) -> Scores:
    def mean(name: str) -> float:
        return float(np.mean([getattr(scores, name) for scores in columns]))

    support = sum(scores.support for scores in columns)
    means = {name: mean(name) for name in resampling.FIGURES}
    return Scores(support=support, intervals=intervals, **means)
