"""Labelled stories, training on them, and measuring."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from classifiers import evaluation, labelled, measured, topics, training
from classifiers.evaluation import Judged
from classifiers.labelled import Item, ItemError
from classifiers.model import Model
from classifiers.training import TrainingError

GOOD = '{"title": "Kyiv gets tanks", "labels": ["ukraine_aid"]}'


def test_the_corpus_is_valid() -> None:
    """Every line has a title, a language, known labels; none is there twice."""
    stories = labelled.corpus()
    assert len(stories) > 3_000
    assert all(story.title.strip() and story.lang and story.kind for story in stories)
    twice = Counter((story.title, story.summary) for story in stories)
    assert [pair for pair, count in twice.items() if count > 1] == []


def test_every_topic_is_ready_for_people() -> None:
    """Each topic has a title, one sentence of meaning, and a threshold that precision prefers."""
    for topic in topics.shipped():
        assert topic.title
        assert topic.meaning.endswith(".")
        assert 0.5 <= topic.threshold < 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ("[]", "a JSON object"),
        ('{"labels": []}', '"title" must be text'),
        ('{"title": 1, "labels": []}', '"title" must be text'),
        ('{"title": " ", "labels": []}', "neither title nor summary"),
        ('{"title": "a", "summary": [], "labels": []}', '"summary" must be text'),
        ('{"title": "a"}', '"labels" must be a list'),
        ('{"title": "a", "labels": "sanctions"}', '"labels" must be a list'),
        ('{"title": "a", "labels": [], "hard": "yes"}', '"hard" must be true or false'),
        ('{"title": "a", "labels": ["sport"]}', 'unknown topic "sport"'),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_line_is_told_with_its_number(line: str, said: str) -> None:
    """The error names the file, the line and what is wrong there."""
    with pytest.raises(ItemError, match=r"extra\.jsonl, line 3: ") as told:
        list(labelled.read_items([GOOD, "", line], "extra.jsonl"))
    assert said in str(told.value)


def test_a_broken_extra_file_stops_training(tmp_path: Path) -> None:
    """Nothing is written when a line of an extra file is wrong."""
    extra = tmp_path / "extra.jsonl"
    extra.write_text(f"{GOOD}\nnot json\n", "utf-8")
    with pytest.raises(ItemError, match="line 2"):
        training.train(tmp_path / "model", extra=[extra])
    assert not (tmp_path / "model").exists()


def test_an_extra_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are refused with the name of the file."""
    extra = tmp_path / "extra.jsonl"
    extra.write_bytes(b'{"title": "\xff"}')
    with pytest.raises(ItemError, match=r"extra\.jsonl"):
        labelled.read_file(extra)


def test_extra_stories_change_the_model(model: Model, stories: list[Item], tmp_path: Path) -> None:
    """What an extra file teaches is learned, and progress is told to its end."""
    lines = [
        {"title": f"Zorblax {number} for Ukraine", "labels": ["ukraine_aid"]} for number in range(9)
    ]
    extra = tmp_path / "extra.jsonl"
    extra.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    told: list[tuple[str, int, int]] = []
    report = training.train(
        tmp_path, extra=[extra], items=stories, progress=lambda *step: told.append(step)
    )
    assert report.stories == len(stories) + 9
    assert report.version != model.version
    assert told[-1][1:] == (1, 1)
    assert json.dumps(report.to_json())


def test_too_few_stories_are_refused(stories: list[Item], tmp_path: Path) -> None:
    """A topic that is hardly there is not learned; the sentence says which."""
    few = [story for story in stories if "sanctions" not in story.labels]
    with pytest.raises(TrainingError, match="sanctions needs at least"):
        training.train(tmp_path, items=few)


def test_held_out_figures_are_stored(model: Model) -> None:
    """The model carries figures of stories it did not learn from, better than chance."""
    for topic in model.topics:
        assert 0.5 < model.held_out[topic.name]["average_precision"] < 1


def test_variants_never_straddle_a_split(stories: list[Item]) -> None:
    """Stories of one kind are all learned from or all tested on."""
    kinds = np.array(training._kinds(stories))
    for learned, tested in training._splits(stories):
        assert not set(kinds[learned]) & set(kinds[tested])


def test_figures_of_a_small_case() -> None:
    """Precision, recall and means are what one counts by hand."""
    labels: list[set[str]] = [{"drone_supply"}, {"drone_supply"}, {"sanctions"}]
    items = [Item(title="a", summary="", labels=frozenset(each)) for each in labels]
    given = np.array([[0.99, 0.99, 0.1], [0.1, 0.1, 0.1], [0.1, 0.995, 0.1]])
    figures = evaluation.score(Judged(topics=topics.shipped(), items=items, given=given))
    assert figures.topics["drone_supply"].precision == 1
    assert figures.topics["drone_supply"].recall == 0.5
    assert figures.topics["sanctions"].precision == 0.5
    assert figures.topics["ukraine_aid"].f1 == 0
    assert figures.micro.support == figures.macro.support == 3
    assert figures.micro.precision == pytest.approx(2 / 3)
    assert figures.macro.recall == pytest.approx(0.5)


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


def test_a_model_is_measured_on_lines(model: Model, stories: list[Item]) -> None:
    """On its own training stories the model does well, and the figures are plain JSON."""
    figures = evaluation.score(evaluation.judge(model, stories, silent))
    assert figures.stories == len(stories)
    assert figures.macro.f1 > 0.8
    assert set(figures.to_json()) == {"stories", "topics", "micro", "macro"}
    json.dumps(figures.to_json())


def test_nothing_measured_gives_zeros(model: Model) -> None:
    """An empty file has no figures, and raises nothing."""
    assert evaluation.score(evaluation.judge(model, [], silent)).macro.f1 == 0


def test_recorded_figures_are_read_back(model: Model, stories: list[Item], tmp_path: Path) -> None:
    """What is recorded for subscribers is what was measured, with its date."""
    path = tmp_path / "measured.json"
    figures = evaluation.score(evaluation.judge(model, stories[::4], silent))
    evaluation.record(figures, date(2026, 11, 23), path)
    recorded = measured.read(path)
    assert recorded is not None
    assert (recorded.date, recorded.stories) == ("2026-11-23", figures.stories)
    support = figures.topics["sanctions"].support
    assert recorded.topics["sanctions"].support == support


def test_the_bar_that_no_model_may_fall_below_is_recorded(
    model: Model, stories: list[Item], tmp_path: Path
) -> None:
    """It has F1 and average precision of each topic, and of their mean."""
    path = tmp_path / "held_out.json"
    figures = evaluation.score(evaluation.judge(model, stories[::4], silent))
    evaluation.record_held_out(figures, path)
    recorded = json.loads(path.read_text("utf-8"))
    assert set(recorded) == {*figures.topics, "macro"}
    assert recorded["macro"]["f1"] == pytest.approx(figures.macro.f1, abs=1e-4)
    assert recorded["sanctions"]["average_precision"] <= 1


def test_what_a_labeller_adds_is_read() -> None:
    """An id of any form is kept as text; a story is hard where it is said to be."""
    line = {"title": "a", "labels": []}
    (first, second, third) = labelled.read_items(
        json.dumps(line | more) for more in ({"id": 7, "hard": True}, {"id": "b"}, {"id": None})
    )
    assert [first.id, second.id, third.id] == ["7", "b", ""]
    assert [first.hard, second.hard, third.hard] == [True, False, False]


def test_the_shipped_figures_are_there(tmp_path: Path) -> None:
    """The repository carries figures for every topic; elsewhere there are none."""
    shipped = measured.measured()
    assert shipped is not None
    assert set(shipped.topics) == {topic.name for topic in topics.shipped()}
    assert measured.read(tmp_path / "measured.json") is None
