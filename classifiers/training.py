"""Training: labelled stories in, the frozen model out.

    stories → features → those seen often enough → one calibrated logistic regression a topic
            → a weight for each feature and topic → artifact.save

Calibration is one sigmoid over one sum, so sum and sigmoid fold into a single set of weights in
log-odds: what the service adds up, and what the explanation shares out, is all that there is.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_selection import SelectorMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from classifiers import artifact, assessment, card, evaluation, labelled, topics
from classifiers.evaluation import Evaluation, Judged, Progress
from classifiers.labelled import Item
from classifiers.model import Weights
from classifiers.text import features

SEED: Final = 20230609
"""The day of the story that Tocsin was made for."""

FOLDS: Final = 5
FEWEST: Final = 10
"""Kinds of story a topic needs, so that every fold has some to learn from and some to test on."""

STORIES_PER_FEATURE: Final = 3
"""A feature of fewer stories is a name or a chance; on real news 3 does a little better than 2."""

REGULARISATION: Final = 0.3
"""scikit-learn's C; from 0.2 to 1 the figures on real news hardly move, and less is steadier."""

_Table = Any
"""A sparse matrix of scipy, a row a story and a column a feature; scipy ships no types."""


class TrainingError(ValueError):
    """There is too little to learn a topic from; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What training made: ``held_out`` are the figures on stories each kept out of training."""

    version: str
    stories: int
    features: int
    held_out: Evaluation

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return {
            "version": self.version,
            "stories": self.stories,
            "features": self.features,
            "held_out": self.held_out.to_json(),
        }


class Recurring(SelectorMixin, BaseEstimator):  # type: ignore[misc] # sklearn ships no types
    """Keeps the features that at least ``stories`` stories have."""

    def __init__(self, stories: int = STORIES_PER_FEATURE) -> None:
        """Keep the setting; ``fit`` counts."""
        self.stories = stories

    def fit(self, table: _Table, labels: object = None) -> "Recurring":  # noqa: ARG002 - the signature of scikit-learn
        """Count the stories of each feature."""
        self.counts_ = np.asarray((table != 0).sum(axis=0)).ravel()
        self.n_features_in_ = table.shape[1]
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        mask: NDArray[np.bool_] = self.counts_ >= self.stories
        return mask


def train(
    out_dir: Path = artifact.PACKAGED,
    extra: Sequence[Path] = (),
    progress: Progress | None = None,
    items: Sequence[Item] | None = None,
) -> Report:
    """Train on the corpus and write the frozen model, with its card and what was held out.

    Args:
        out_dir: where the model goes; an older one is replaced.
        extra: files of more labelled stories.
        progress: is told how far training is.
        items: stories to learn from in place of the corpus.

    Raises:
        ItemError: a line of ``extra`` is no labelled story.
        TrainingError: too few stories of a topic, or too many.
        OSError: a file cannot be read or written.
    """
    tell = progress or _silent
    more = [item for path in extra for item in labelled.read_file(path)]
    base = labelled.corpus() if items is None else list(items)
    stories = [*base, *more]
    _require_enough(stories)
    fitted = fit(stories, tell)
    tell("writing", 0, 1)
    figures = evaluation.score(fitted.held_out).topics
    version = artifact.save(
        out_dir,
        fitted.weights,
        held_out={topic: scores.figures() for topic, scores in figures.items()},
        corpus=artifact.fingerprint() if items is None else _digest(base),
        extra=_digest(more) if more else "",
    )
    tell("writing", 1, 1)
    assessed = assessment.assess(fitted.held_out, artifact.load(out_dir), tell)
    card.keep(out_dir, fitted.held_out)
    card.write(
        card.place(out_dir, of_corpus=items is None and not extra), fitted.held_out, assessed
    )
    return Report(
        version=version,
        stories=len(stories),
        features=len(fitted.weights.vocabulary),
        held_out=assessed.whole,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What fitting gives.

    ``held_out`` has what is said of each story by a model that did not learn from it;
    ``pipelines`` are scikit-learn's own, one a topic, from features on.
    """

    weights: Weights
    held_out: Judged
    pipelines: list[Pipeline]


# One thread adds numbers in one order, so the same stories give the same bytes.
@threadpool_limits.wrap(limits=1)  # type: ignore[untyped-decorator] # it ships no types
def fit(stories: Sequence[Item], tell: Progress) -> Fitted:
    """Fit one calibrated pipeline a topic over the same features."""
    specs = topics.shipped()
    rows = _features(stories, tell)
    counting = make_pipeline(DictVectorizer(), Recurring()).fit(rows)
    table = counting.transform(rows)
    wanted = evaluation.truth(specs, stories)
    splits = _splits(stories)
    columns = []
    for column, spec in enumerate(specs):
        tell(f"learning {spec.title}", column, len(specs))
        columns.append(_learn(table, wanted[:, column], splits))
    tell("learning", len(specs), len(specs))
    return Fitted(
        weights=Weights(
            vocabulary=[str(name) for name in counting.get_feature_names_out()],
            table=np.column_stack([learned.weights for learned in columns]),
            intercepts=np.array([learned.intercept for learned in columns]),
        ),
        held_out=Judged(
            topics=specs,
            items=stories,
            given=np.column_stack([learned.held_out for learned in columns]),
        ),
        pipelines=[make_pipeline(counting, learned.estimator) for learned in columns],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learned:
    estimator: CalibratedClassifierCV
    weights: NDArray[np.float64]
    intercept: float
    held_out: NDArray[np.float64]


def _learn(
    table: _Table,
    wanted: NDArray[np.bool_],
    splits: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> _Learned:
    regression = LogisticRegression(C=REGULARISATION, max_iter=2000, random_state=SEED)
    calibrated = CalibratedClassifierCV(regression, method="sigmoid", cv=splits, ensemble=False)
    calibrated.fit(table, wanted)
    (only,) = calibrated.calibrated_classifiers_
    slope, shift = float(only.calibrators[0].a_), float(only.calibrators[0].b_)
    sums = cross_val_predict(regression, table, wanted, cv=splits, method="decision_function")
    # scikit-learn's sigmoid is 1 / (1 + exp(slope * sum + shift)); the log-odds are its negative.
    return _Learned(
        estimator=calibrated,
        weights=-slope * only.estimator.coef_[0],
        intercept=float(-slope * only.estimator.intercept_[0] - shift),
        held_out=1 / (1 + np.exp(slope * sums + shift)),
    )


def _features(stories: Sequence[Item], tell: Progress) -> list[dict[str, float]]:
    rows = []
    for done, story in enumerate(stories):
        if done % 100 == 0:
            tell("reading stories", done, len(stories))
        rows.append(features(story.title, story.summary))
    tell("reading stories", len(stories), len(stories))
    return rows


def _splits(stories: Sequence[Item]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Divide stories so that those of one kind, which may be variants, never straddle a split."""
    kinds = _kinds(stories)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    return list(folds.split(kinds, groups=kinds))


def _kinds(stories: Sequence[Item]) -> list[str]:
    return [story.kind or story.title for story in stories]


def _require_enough(stories: Sequence[Item]) -> None:
    for topic in topics.shipped():
        for carries in (True, False):
            kinds = {
                kind
                for kind, story in zip(_kinds(stories), stories, strict=True)
                if (topic.name in story.labels) is carries
            }
            if len(kinds) < FEWEST:
                with_or_without = "with" if carries else "without"
                raise TrainingError(
                    f"{topic.name} needs at least {FEWEST} different stories {with_or_without} it;"
                    f" there are {len(kinds)}"
                )


def _digest(stories: Iterable[Item]) -> str:
    entries = ({**asdict(story), "labels": sorted(story.labels)} for story in stories)
    return artifact.digest(json.dumps(entry, sort_keys=True).encode() for entry in entries)


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""
