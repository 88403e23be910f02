"""Figures of samples, and the intervals that chance alone would give them."""

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_fscore_support,
)

from classifiers import resampling
from classifiers.resampling import FIGURES, Mask, Table, figures, intervals, precision_at

Sample = tuple[Mask, Mask, Table]
"""What is wanted, what is tagged at 0.5, and the probabilities, of the stories of one topic."""

STORIES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.71, 0.99, 1.0])),
    min_size=1,
    max_size=60,
)


def sample(stories: list[tuple[bool, float]]) -> Sample:
    """Give stories as the arrays that are counted."""
    wanted, given = (np.array(column) for column in zip(*stories, strict=True))
    return wanted, given >= 0.5, given


def counted(of: Sample, counts: Table | None = None) -> dict[str, float]:
    """Count the figures of a sample that holds each story once, or so many times."""
    held = np.ones(len(of[0])) if counts is None else counts
    rows = figures(*of, held[np.newaxis])
    return dict(zip(FIGURES, rows[:, 0].tolist(), strict=True))


@given(STORIES)
def test_the_figures_are_those_of_scikit_learn(stories: list[tuple[bool, float]]) -> None:
    """Counted by a few lines of our own, they are what everybody means by their names."""
    wanted, tagged, given = sample(stories)
    assume(wanted.any())
    assume(tagged.any())
    ours = counted((wanted, tagged, given))
    theirs = precision_recall_fscore_support(wanted, tagged, average="binary")[:3]
    assert [ours[name] for name in ("precision", "recall", "f1")] == pytest.approx(theirs)
    assert ours["average_precision"] == pytest.approx(average_precision_score(wanted, given))
    assert ours["brier"] == pytest.approx(brier_score_loss(wanted, given, pos_label=True))
    base = brier_score_loss(wanted, np.full(len(wanted), wanted.mean()), pos_label=True)
    assert ours["base_brier"] == pytest.approx(base)


@given(STORIES)
def test_every_figure_lies_between_0_and_1_or_cannot_be_told(
    stories: list[tuple[bool, float]],
) -> None:
    """Also where a topic is nowhere, or nothing is tagged."""
    for value in counted(sample(stories)).values():
        assert np.isnan(value) or 0 <= value <= 1


@given(STORIES, st.data())
def test_the_order_of_stories_changes_no_figure(
    stories: list[tuple[bool, float]], data: st.DataObject
) -> None:
    """Equal probabilities are no exception."""
    mixed = data.draw(st.permutations(stories))
    assert counted(sample(mixed)) == pytest.approx(counted(sample(stories)), nan_ok=True)


@given(STORIES, st.data())
def test_counts_are_repetitions(stories: list[tuple[bool, float]], data: st.DataObject) -> None:
    """A sample that holds a story twice has the figures of one in which it stands twice."""
    times = data.draw(
        st.lists(st.integers(0, 3), min_size=len(stories), max_size=len(stories)).filter(any)
    )
    repeated = [story for story, many in zip(stories, times, strict=True) for _ in range(many)]
    expected = counted(sample(repeated))
    assert counted(sample(stories), np.array(times, float)) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=30, max_size=80),
)
def test_an_interval_contains_its_figure(stories: list[tuple[bool, float]]) -> None:
    """What was measured is never beyond what chance gives."""
    of = sample(stories)
    topic, mean = intervals(of[0][:, np.newaxis], of[1][:, np.newaxis], of[2][:, np.newaxis])
    assert topic == mean
    told = counted(of)
    for name in ("precision", "recall", "f1", "brier"):
        if not np.isnan(told[name]):
            low, high = topic[name]
            assert 0 <= low <= told[name] + 1e-9
            assert told[name] - 1e-9 <= high <= 1


def test_more_stories_narrow_an_interval() -> None:
    """Ten times as many stories leave chance about a third of its room."""
    random = np.random.default_rng(1)
    widths = []
    for stories in (200, 2_000):
        given = random.random((stories, 1))
        wanted = random.random((stories, 1)) < given
        low, high = intervals(wanted, given >= 0.5, given)[0]["f1"]
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 10**0.5, rel=0.35)


def test_what_cannot_be_told_has_no_interval() -> None:
    """Without a story that carries the topic there is no recall, and without a tag no precision."""
    nothing = np.zeros((60, 1))
    (topic, _) = intervals(nothing > 0, nothing > 0, nothing)
    assert set(topic) == {"brier", "base_brier"}


def test_intervals_are_the_same_each_time_and_come_soon() -> None:
    """The seed is fixed; 5,000 stories take a small part of three seconds."""
    random = np.random.default_rng(2)
    given = random.random((5_000, 3))
    of = (random.random((5_000, 3)) < given / 4, given >= 0.8, given)
    start = time.process_time()
    first = intervals(*of)
    assert time.process_time() - start < 3
    assert first == intervals(*of)
    assert resampling.RESAMPLES == 1_000


def test_precision_at_a_recall_is_the_best_of_any_threshold_that_finds_as_much() -> None:
    """As one reads it off by hand: found are 1 of 1, then 2 of 3, then 3 of 4."""
    wanted = np.array([True, False, True, True, False])
    given = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    assert precision_at(wanted, given, [0.3, 0.5, 1.0]) == [1.0, 0.75, 0.75]
