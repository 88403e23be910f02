"""All that is to be said of a model's judgement: figures, where it errs, and on which stories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from classifiers.evaluation import Evaluation, Judged, Progress, plain, score
from classifiers.explanation import top_words
from classifiers.labelled import Item
from classifiers.model import Model
from classifiers.resampling import Mask, Table
from classifiers.text import read_story

FEWEST: Final = 50
"""Stories of a language or a part below which a figure would be chance, and is not given."""

WORST: Final = 10
BINS: Final = 10

_SUREST: Final = 1e-9
"""The distance from 0 and 1 that a probability is taken to keep: log-odds have no end."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Stories whose probabilities lie from ``low`` up to ``high``.

    ``said`` is the mean of these probabilities, ``were`` the share that carry the topic, both 0
    to 1: they are equal where a probability can be taken at its word.
    """

    low: float
    high: float
    stories: int
    said: float
    were: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Of some stories: how many carry a topic, how many got it wrongly, how many lack it."""

    support: int
    false_alarms: int
    misses: int


@dataclass(frozen=True, slots=True)
class Group:
    """Stories that have something in common, called ``name``, with what was told wrongly of them.

    ``figures`` is None where they were not asked for, or where ``FEWEST`` are not reached.
    """

    name: str
    stories: int
    topics: Mapping[str, Confusion]
    figures: Evaluation | None

    def to_json(self) -> dict[str, Any]:
        """Give the figures as an evaluation has them, or say that there are none."""
        if self.figures is None:
            return {"stories": self.stories, "not_measured": f"fewer than {FEWEST} stories"}
        return self.figures.to_json()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A story that was told wrongly, with the probability that was said of it, 0 to 1.

    ``distance`` is how far that lies beyond the threshold, in log-odds: above 0 for a false
    alarm, below for a miss. ``why`` has the words that spoke for the mistake and their weights,
    in log-odds for the topic, the largest first: below 0 for a miss.
    """

    topic: str
    probability: float
    distance: float
    why: Sequence[tuple[str, float]]
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What came of comparing a model with labels.

    ``without_hard`` leaves out what the labeller marked as hard, and is None where nothing is.
    """

    whole: Evaluation
    reliability: Mapping[str, Sequence[Bin]]
    without_hard: Group | None
    languages: Sequence[Group]
    kinds: Sequence[Group]
    false_alarms: Sequence[Mistake]
    misses: Sequence[Mistake]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values, figures rounded."""
        return {
            **self.whole.to_json(),
            "reliability": plain(self.reliability),
            "without_hard": self.without_hard and self.without_hard.to_json(),
            "languages": {each.name: each.to_json() for each in self.languages},
            "kinds": {
                each.name: {"stories": each.stories, "topics": plain(each.topics)}
                for each in self.kinds
            },
            "worst": {"false_alarms": plain(self.false_alarms), "misses": plain(self.misses)},
        }


def assess(judged: Judged, model: Model, tell: Progress, worst: int = WORST) -> Assessment:
    """Say all of what a model made of at least one story.

    Args:
        judged: the stories, with the probabilities to be compared with their labels.
        model: tells which words spoke for a mistake.
        tell: is told how far it is.
        worst: how many false alarms, and how many misses, are told.
    """
    tell("drawing samples", 0, 1)
    easy = judged.at([row for row, item in enumerate(judged.items) if not item.hard])
    assessed = Assessment(
        whole=score(judged, resample=True),
        reliability={topic.name: _bins(judged, at) for at, topic in enumerate(judged.topics)},
        without_hard=_group("", easy) if len(easy.items) < len(judged.items) else None,
        languages=_groups(judged, lambda item: item.lang),
        kinds=_groups(judged, lambda item: item.kind.partition("/")[0], measured=False),
        false_alarms=_worst(judged, judged.false_alarms, model, worst),
        misses=_worst(judged, judged.misses, model, worst),
    )
    tell("drawing samples", 1, 1)
    return assessed


def _log_odds(given: ArrayLike) -> Table:
    held = np.clip(given, _SUREST, 1 - _SUREST)
    return np.asarray(np.log(held / (1 - held)))


def _bins(judged: Judged, column: int) -> list[Bin]:
    given, wanted = judged.given[:, column], judged.wanted[:, column]
    places = np.minimum(given * BINS, BINS - 1).astype(int)
    return [
        Bin(at / BINS, (at + 1) / BINS, int(here.sum()), given[here].mean(), wanted[here].mean())
        for at in sorted(set(places.tolist()))
        for here in [places == at]
    ]


def _groups(judged: Judged, of: Callable[[Item], str], *, measured: bool = True) -> list[Group]:
    """Divide stories, the largest group first; a story may not say what it is divided by."""
    rows: dict[str, list[int]] = {}
    for row, item in enumerate(judged.items):
        rows.setdefault(of(item), []).append(row)
    groups = [_group(name, judged.at(rows[name]), measured=measured) for name in sorted(rows)]
    return sorted(groups, key=lambda group: -group.stories)


def _group(name: str, part: Judged, *, measured: bool = True) -> Group:
    tables = (part.wanted, part.false_alarms, part.misses)
    counts = np.stack([table.sum(axis=0) for table in tables], axis=1).tolist()
    names = [topic.name for topic in part.topics]
    topics = {topic: Confusion(*row) for topic, row in zip(names, counts, strict=True)}
    enough = measured and len(part.items) >= FEWEST
    return Group(name, len(part.items), topics, score(part, resample=True) if enough else None)


def _worst(judged: Judged, wrong: Mask, model: Model, most: int) -> list[Mistake]:
    """Give the mistakes that lie farthest beyond the thresholds."""
    distances = _log_odds(judged.given) - _log_odds([topic.threshold for topic in judged.topics])
    places = [(row, column) for row, column in np.argwhere(wrong).tolist()]
    # Rounded, so that another machine's last digit does not change their order.
    places.sort(key=lambda at: (-round(abs(float(distances[at])), 6), judged.items[at[0]].title))
    mistakes = []
    for row, column in places[:most]:
        item, topic = judged.items[row], judged.topics[column].name
        given, distance = float(judged.given[row, column]), float(distances[row, column])
        why = _why(model, topic, item, 1 if judged.tagged[row, column] else -1)
        mistakes.append(Mistake(topic, given, distance, why, item))
    return mistakes


def _why(model: Model, topic: str, item: Item, sign: int) -> list[tuple[str, float]]:
    """Give the words that speak for a topic, or against it where ``sign`` is negative."""
    story = read_story(item.title, item.summary)
    _, shares = model.contributions(topic, item.title, item.summary)
    words = top_words(story, story.surfaces(), [sign * share for share in shares])
    return [(word, sign * weight) for word, weight in words]
