"""The figures of a sample of stories, and how far chance alone would move them.

A sample is written as counts: how often it holds each story. The sample that was measured holds
each once, and a resample some twice and others not at all, so the same few lines count both.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Table = NDArray[np.float64]

FIGURES: Final = ("precision", "recall", "f1", "average_precision", "brier", "base_brier")
"""What is counted of a topic, each 0 to 1; ``evaluation.Scores`` says what they mean."""

RESAMPLES: Final = 1_000
"""Enough for an interval of 95 % to keep its second digit (Efron and Tibshirani, 1993, ch. 13)."""

SEED: Final = 20230609

_ENDS: Final = (0.025, 0.975)
_AT_ONCE: Final = 100  # resamples in memory together: 4 MB for 5,000 stories


class Interval(NamedTuple):
    """Where a figure lies in 95 % of the resamples."""

    low: float
    high: float


def figures(wanted: Mask, tagged: Mask, given: Table, counts: Table) -> Table:
    """Count the figures of one topic in samples.

    Args:
        wanted: which stories carry the topic.
        tagged: which of them a model tags with it.
        given: their probabilities by the model, 0 to 1.
        counts: a row a sample, a column a story: how often the sample holds it.

    Returns:
        A row for each of ``FIGURES``, a column a sample; NaN where a sample cannot tell.
    """
    carrying, alarms, right = (counts @ mask for mask in (wanted, tagged, wanted & tagged))
    with np.errstate(invalid="ignore"):
        rate = carrying / counts.sum(axis=1)
        precision, recall = right / alarms, right / carrying
        f1 = 2 * right / (alarms + carrying)
        average = _average_precision(wanted, given, counts)
        brier = counts @ (given - wanted) ** 2 / counts.sum(axis=1)
        return np.array([precision, recall, f1, average, brier, rate * (1 - rate)])


def intervals(wanted: Mask, tagged: Mask, given: Table) -> list[dict[str, Interval]]:
    """Give the 95 % percentile intervals (Efron, 1979) of each topic, then those of their mean.

    A row is a story and a column a topic; stories are drawn with all their topics. A figure that
    no resample can tell has no interval.
    """
    columns = list(zip(wanted.T, tagged.T, given.T, strict=True))
    samples = _resamples(len(wanted))
    parts = [np.stack([figures(*column, counts) for column in columns]) for counts in samples]
    drawn = np.concatenate(parts, axis=2)
    return [_percentiles(rows) for rows in (*drawn, drawn.mean(axis=0))]


def precision_at(wanted: Mask, given: Table, recalls: Sequence[float]) -> list[float]:
    """Give the best precision of any threshold that finds at least these shares, each 0 to 1.

    At least one story carries the topic.
    """
    hits, ends, _ = _ranking(wanted, given)
    found = np.searchsorted(hits, ends, side="right")
    precision = found / (ends + 1)
    return [float(precision[found >= share * len(hits)].max()) for share in recalls]


def _resamples(stories: int) -> Iterator[Table]:
    """Draw as many stories as there are, with repetition, again and again; the same each time."""
    random = np.random.default_rng(SEED)
    first = np.arange(_AT_ONCE)[:, np.newaxis] * stories
    for _ in range(0, RESAMPLES, _AT_ONCE):
        drawn = first + random.integers(stories, size=(_AT_ONCE, stories))
        counts = np.bincount(drawn.ravel(), minlength=_AT_ONCE * stories)
        yield counts.reshape(_AT_ONCE, stories).astype(np.float64)


def _percentiles(rows: Table) -> dict[str, Interval]:
    told = {name: row[~np.isnan(row)] for name, row in zip(FIGURES, rows, strict=True)}
    ends = {name: np.quantile(row, _ENDS).tolist() for name, row in told.items() if row.size}
    return {name: Interval(*both) for name, both in ends.items()}


def _average_precision(wanted: Mask, given: Table, counts: Table) -> Table:
    """Give the mean, over the stories that carry the topic, of the precision down to each."""
    hits, ends, order = _ranking(wanted, given)
    weights = counts[:, order[hits]]
    found = weights.cumsum(axis=1)[:, np.searchsorted(hits, ends, side="right") - 1]
    # A sample may hold nothing down to there; what it does not hold does not count either.
    seen = np.maximum(counts[:, order].cumsum(axis=1)[:, ends], 1)
    return np.asarray((weights * found / seen).sum(axis=1) / weights.sum(axis=1))


def _ranking(wanted: Mask, given: Table) -> tuple[NDArray[np.intp], ...]:
    """Rank stories by falling probability.

    Gives the ranks of those that carry the topic, for each the last rank of its probability (no
    threshold parts equals), and the stories in the order of their ranks.
    """
    order = np.argsort(-given, kind="stable")
    falling, hits = -given[order], np.flatnonzero(wanted[order])
    return hits, np.searchsorted(falling, falling[hits], side="right") - 1, order
