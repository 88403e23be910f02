"""The shipped model is as good as was recorded, and its card says what it is."""

import json
from pathlib import Path

import pytest

from classifiers import artifact, assessment, card, evaluation
from classifiers.evaluation import HELD_OUT, Evaluation

DOCS = Path(__file__).parents[2] / "docs"

SLACK = 0.005
"""How far a held-out figure may fall: less than another order of the same corpus changes."""


@pytest.fixture(scope="module")
def judged() -> evaluation.Judged:
    """What was said of the held-out stories when the model was built, by ``make setup``."""
    manifest = json.loads((artifact.PACKAGED / "model.json").read_bytes())
    assert artifact.is_current(), "the model is of another corpus or code: make setup"
    assert manifest["extra"] == "", "the model has learned more than the corpus: make train"
    return card.kept()


def falls(recorded: dict[str, dict[str, float]], now: Evaluation) -> list[str]:
    """Tell which figures are lower than they were recorded."""
    rows = {**now.topics, "macro": now.macro}
    return [
        f"{name}: {figure} was {recorded[name][figure]}, is {getattr(row, figure):.4f}"
        for name, row in rows.items()
        for figure in ("f1", "average_precision")
        if getattr(row, figure) < recorded[name][figure] - SLACK
    ]


def test_the_model_is_no_worse_than_was_recorded(judged: evaluation.Judged) -> None:
    """F1 and average precision on held-out stories; ``train --record`` is for a wilful change."""
    assert falls(json.loads(HELD_OUT.read_text("utf-8")), evaluation.score(judged)) == []


def test_the_model_carries_the_figures_of_what_was_held_out(judged: evaluation.Judged) -> None:
    """The predictions that are kept beside it are its own."""
    figures = evaluation.score(judged).topics
    assert artifact.load().held_out == {name: row.figures() for name, row in figures.items()}


def test_the_card_is_what_training_writes(judged: evaluation.Judged) -> None:
    """Nobody typed a figure: ``make train`` after a change of corpus, code or prose."""
    assessed = assessment.assess(judged, artifact.load(), lambda *_: None)
    for name, text in card.pages(judged, assessed).items():
        assert (DOCS / name).read_text("utf-8") == text, f"{name}: make train"
