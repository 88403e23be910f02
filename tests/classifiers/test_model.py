"""The frozen model: scikit-learn's own, reproducible, explained, refused where it does not fit."""

import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers import artifact, card, training
from classifiers.artifact import ModelError
from classifiers.labelled import Item
from classifiers.model import BATCH, Model
from classifiers.text import features
from classifiers.words import words_of

TITLE = "White House: Tehran is helping Moscow set up a plant for attack drones"
SUMMARY = (
    "American intelligence says that Iran also keeps shipping Shahed drones to Russia."
    " Washington imposed new sanctions on the firms that buy parts for Tehran. The Pentagon"
    " meanwhile announced another package of $1.9 billion for Ukraine, with air defence missiles."
)
STORY = (TITLE, SUMMARY)


def test_equals_scikit_learn(model: Model, stories: list[Item]) -> None:
    """The frozen sums give scikit-learn's own calibrated probabilities within 1e-6."""
    fitted = training.fit(stories, lambda *_: None)
    sample = stories[::5]
    rows = [features(story.title, story.summary) for story in sample]
    ours = [model.classify(story.title, story.summary).probabilities for story in sample]
    for topic, pipeline in zip(model.topics, fitted.pipelines, strict=True):
        theirs = pipeline.predict_proba(rows)[:, 1]
        assert np.abs(np.array([row[topic.name] for row in ours]) - theirs).max() < 1e-6


def test_trained_twice_gives_the_same_bytes(
    model_dir: Path, stories: list[Item], tmp_path: Path
) -> None:
    """The same stories give the same files."""
    training.train(tmp_path, items=stories)
    for name in ("model.npz", "model.json", "held_out.npy", card.CARD, card.RELIABILITY):
        assert (tmp_path / name).read_bytes() == (model_dir / name).read_bytes()


def test_the_story_that_it_was_made_for(tmp_path: Path) -> None:
    """Trained on the whole corpus, a story of a drone plant, sanctions and aid has all topics."""
    training.train(tmp_path)
    assert artifact.is_current(tmp_path)
    verdict = artifact.load(tmp_path).classify(*STORY)
    assert set(verdict.tags) == set(verdict.why) == {"drone_supply", "sanctions", "ukraine_aid"}


@pytest.mark.parametrize("title", ["", "   ", "!!! – …"])
def test_empty_text_has_no_tags(model: Model, title: str) -> None:
    """A story without a word is about nothing."""
    verdict = model.classify(title)
    assert verdict.tags == []
    assert set(verdict.probabilities.values()) == {0.0}


def test_unknown_words_have_no_tags(model: Model) -> None:
    """Words that the model never saw leave it at its low starting point."""
    assert model.classify("zqxj wvkq").tags == []


def _with_thresholds(model: Model, threshold: float) -> Model:
    topics = tuple(replace(topic, threshold=threshold) for topic in model.topics)
    return Model(version="test", topics=topics, weights=model._weights, held_out={})


def test_a_higher_threshold_never_adds_tags(model: Model, stories: list[Item]) -> None:
    """Tags at a higher threshold are among those at a lower one."""
    lower, higher = _with_thresholds(model, 0.3), _with_thresholds(model, 0.7)
    for story in stories[::10]:
        few = set(higher.classify(story.title, story.summary).tags)
        assert few <= set(lower.classify(story.title, story.summary).tags)


def test_why_has_words_of_the_text(model: Model, stories: list[Item]) -> None:
    """The reasons are words as they stand in the story, at most six, largest first."""
    for story in stories[::5]:
        text = f"{story.title} {story.summary}"
        for words in model.classify(story.title, story.summary).why.values():
            weights = [weight for _, weight in words]
            assert 0 < len(words) <= 6
            assert weights == sorted(weights, reverse=True)
            assert min(weights) > 0
            assert all(word in text for word, _ in words)


def test_contributions_sum_to_the_decision(model: Model) -> None:
    """Intercept and words together are the log-odds of the probability."""
    probabilities = model.classify(*STORY).probabilities
    for topic, probability in probabilities.items():
        intercept, shares = model.contributions(topic, *STORY)
        assert len(shares) == sum(len(words_of(text).folded) for text in STORY)
        assert 1 / (1 + math.exp(-intercept - sum(shares))) == pytest.approx(probability, abs=1e-9)


def test_any_topic_can_be_explained(model: Model) -> None:
    """Also a topic that the story is not tagged with has its words."""
    assert model.explain("sanctions", "Sanctions") != []
    assert model.explain("sanctions", *STORY) == model.classify(*STORY).why["sanctions"]


def test_many_are_answered_in_order(model: Model) -> None:
    """A batch gives what each story gives alone."""
    batch = [(*STORY, "en"), ("A cat", "", ""), ("", "", "")]
    assert model.classify_many(batch) == [model.classify(*story) for story in batch]


def test_batches_agree_with_stories_alone(model: Model, stories: list[Item]) -> None:
    """More stories than are summed up at once give what each gives alone, in their order."""
    texts = [(story.title, story.summary, story.lang) for story in stories[: 2 * BATCH + 1]]
    texts[BATCH : BATCH + 2] = [("", "", ""), ("zqxj wvkq", "", "")]
    assert model.classify_many(iter(texts)) == [model.classify(*text) for text in texts]
    assert model.classify_many([]) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=200), summary=st.text(max_size=400))
def test_no_text_breaks_it(model: Model, title: str, summary: str) -> None:
    """Any characters give probabilities, and the verdict can be written as JSON."""
    verdict = model.classify(title, summary)
    assert all(0 <= probability <= 1 for probability in verdict.probabilities.values())
    json.dumps([verdict.probabilities, verdict.tags, verdict.why])


def test_service_side_needs_no_scikit_learn(model_dir: Path) -> None:
    """Loading and classifying import neither scikit-learn nor scipy."""
    program = (
        "import sys, pathlib\n"
        "from classifiers import artifact, measured\n"
        f"artifact.load(pathlib.Path({str(model_dir)!r})).classify('Iran sends drones')\n"
        "measured.measured()\n"
        "print([name for name in ('sklearn', 'scipy', 'joblib') if name in sys.modules])\n"
    )
    root = Path(artifact.__file__).parents[1]
    ran = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


@pytest.fixture
def copied(model_dir: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may damage."""
    return Path(shutil.copytree(model_dir, tmp_path / "model"))


def _change(folder: Path, key: str, value: object) -> None:
    manifest = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps(manifest | {key: value}), "utf-8")


def test_a_missing_model_is_refused_with_the_remedy(tmp_path: Path) -> None:
    """Without a model the sentence says how to build one."""
    with pytest.raises(ModelError, match=r"no trained model.*train"):
        artifact.load(tmp_path)


@pytest.mark.parametrize("name", ["model.npz", "model.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe nonsense"])
def test_a_damaged_model_is_refused(copied: Path, name: str, content: bytes) -> None:
    """A file that is cut or overwritten is refused in one sentence with the remedy."""
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match="train") as refused:
        artifact.load(copied)
    assert "\n" not in str(refused.value)
    assert not artifact.is_current(copied)


def test_arrays_of_another_model_are_refused(copied: Path) -> None:
    """A model.npz that does not belong to its model.json is not used."""
    np.savez(copied / "model.npz", table=np.zeros((2, 3)), intercepts=np.zeros(3))
    with pytest.raises(ModelError, match="describes"):
        artifact.load(copied)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("format", 0, "another format"), ("fits", "x", "other topics"), ("vocabulary", [], "arrays")],
)
def test_a_foreign_model_is_refused(copied: Path, key: str, value: object, said: str) -> None:
    """A model of another format, or for other topics, concepts or features, is not used."""
    _change(copied, key, value)
    with pytest.raises(ModelError, match=said):
        artifact.load(copied)


def test_current_is_what_the_corpus_gave(copied: Path) -> None:
    """A model of other stories is not current; one of this corpus and code is."""
    assert not artifact.is_current(copied)
    _change(copied, "corpus", artifact.fingerprint())
    assert artifact.is_current(copied)


def test_the_version_follows_the_content(model_dir: Path, copied: Path) -> None:
    """A model that differs has another version."""
    _change(copied, "extra", "more stories")
    assert artifact.load(copied).version != artifact.load(model_dir).version
