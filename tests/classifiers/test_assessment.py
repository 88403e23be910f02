"""What is said of a model: by language, by kind, where it errs, and how sure it may be."""

import json

import numpy as np
import pytest

from classifiers import evaluation, tables, topics
from classifiers.assessment import FEWEST, Assessment, assess
from classifiers.evaluation import Judged
from classifiers.labelled import Item
from classifiers.model import Model

SURE, UNSURE, NO = 0.97, 0.4, 0.01


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


def item(title: str = "Drones", *labels: str, lang: str = "en", **more: object) -> Item:
    """Give a labelled story."""
    kind, hard = str(more.get("kind", "wire/a")), bool(more.get("hard"))
    return Item(
        title=title, summary="", labels=frozenset(labels), lang=lang, kind=kind, hard=hard, id="7"
    )


def judged(*pairs: tuple[Item, float]) -> Judged:
    """Give stories with their probabilities of drone supply; of other topics they say no."""
    specs = topics.shipped()
    given = np.full((len(pairs), len(specs)), NO)
    given[:, 0] = [probability for _, probability in pairs]
    return Judged(topics=specs, items=[story for story, _ in pairs], given=given)


def said(model: Model, *pairs: tuple[Item, float], worst: int = 10) -> Assessment:
    """Assess stories with their probabilities of drone supply."""
    return assess(judged(*pairs), model, silent, worst)


def test_a_model_is_judged_story_by_story(model: Model, stories: list[Item]) -> None:
    """The probabilities are those of the service, and progress is told to its end."""
    told: list[tuple[int, int]] = []
    made = evaluation.judge(model, iter(stories), lambda _, done, of: told.append((done, of)))
    one = model.classify(stories[3].title, stories[3].summary).probabilities
    assert made.given[3].tolist() == [one[topic.name] for topic in model.topics]
    assert told[-1] == (len(stories), len(stories))


def test_everything_that_is_said_is_plain_json(model: Model, stories: list[Item]) -> None:
    """The figures keep their places of old, and the rest stands beside them."""
    whole = assess(evaluation.judge(model, stories, silent), model, silent).to_json()
    assert list(whole)[:4] == ["stories", "topics", "micro", "macro"]
    assert json.loads(json.dumps(whole)) == whole
    assert whole["topics"]["sanctions"]["brier"] < whole["topics"]["sanctions"]["base_brier"]


def test_a_language_of_few_stories_is_not_measured(model: Model) -> None:
    """One story fewer than are needed, and there is no figure of it anywhere."""
    english = [(item("Drones", "drone_supply"), SURE)] * FEWEST
    polish = [(item("Drony", "drone_supply", lang="pl"), SURE)] * (FEWEST - 1)
    whole = said(model, *english, *polish)
    assert whole.to_json()["languages"]["en"]["topics"]["drone_supply"]["f1"] == 1
    assert whole.to_json()["languages"]["pl"] == {
        "stories": FEWEST - 1,
        "not_measured": f"fewer than {FEWEST} stories",
    }
    row = next(row for row in tables.languages(whole).rows if row[0] == "pl")
    assert row == ["pl", str(FEWEST - 1), *["not measured"] * 4]


def test_what_is_hard_can_be_left_out(model: Model) -> None:
    """Without the story that the labeller wavered on all is right; or else nothing is told."""
    plain = [(item("Drones", "drone_supply"), SURE)] * FEWEST
    hard = (item("Drones?", "drone_supply", hard=True), NO)
    whole = said(model, *plain, hard)
    assert whole.without_hard is not None
    assert whole.without_hard.figures is not None
    assert whole.without_hard.figures.topics["drone_supply"].recall == 1
    assert whole.whole.topics["drone_supply"].recall < 1
    assert said(model, *plain).without_hard is None


def test_mistakes_are_counted_by_the_first_part_of_the_kind(model: Model) -> None:
    """Voices and near misses each have their stories, false alarms and misses."""
    whole = said(
        model,
        (item("a", "drone_supply", kind="wire/a"), SURE),
        (item("b", "drone_supply", kind="wire/b"), NO),
        (item("c", kind="near-miss/c"), SURE),
    )
    kinds = whole.to_json()["kinds"]
    assert list(kinds) == ["wire", "near-miss"]
    assert kinds["wire"]["stories"] == 2
    assert kinds["wire"]["topics"]["drone_supply"] == {
        "support": 2,
        "false_alarms": 0,
        "misses": 1,
    }
    assert kinds["near-miss"]["topics"]["drone_supply"]["false_alarms"] == 1


def test_the_worst_mistakes_come_first_with_their_words(model: Model) -> None:
    """They are ordered by how far they lie beyond the threshold, and no more come than asked."""
    pairs = [
        (item("Iran sends drones to Russia"), 0.9),
        (item("Turkey sells drones to Poland"), 0.999),
        (item("Football in Peru", "drone_supply"), NO),
        (item("Drones for sale", "drone_supply"), UNSURE),
        (item("Kyiv buys drones", "drone_supply"), SURE),
    ]
    whole = said(model, *pairs)
    alarms, misses = whole.false_alarms, whole.misses
    assert [each.item.title[:4] for each in alarms] == ["Turk", "Iran"]
    assert [each.item.title[:4] for each in misses] == ["Foot", "Dron"]
    assert alarms[0].distance > alarms[1].distance > 0 > misses[1].distance > misses[0].distance
    assert "drones" in dict(alarms[0].why)
    assert all(weight > 0 for _, weight in alarms[0].why)
    assert all(weight < 0 for _, weight in misses[0].why)
    assert len(said(model, *pairs, worst=1).misses) == 1
    assert said(model, *pairs, worst=0).to_json()["worst"] == {"false_alarms": [], "misses": []}


def test_a_probability_at_the_threshold_is_an_alarm(model: Model) -> None:
    """It is told as the service tells it, however small its distance is."""
    (mistake,) = said(model, (item("Drones"), topics.shipped()[0].threshold)).false_alarms
    assert mistake.distance == 0


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_certainty_is_far_but_not_endlessly_far(model: Model, probability: float) -> None:
    """A story without a word has probability 0, whose log-odds no JSON could tell."""
    labels = () if probability else ("drone_supply",)
    whole = said(model, (item("…", *labels), probability))
    assert np.isfinite([each.distance for each in (*whole.false_alarms, *whole.misses)]).all()


def test_the_bins_hold_every_story_once(model: Model) -> None:
    """Each tells what was said on average and what it came to."""
    whole = said(
        model,
        (item("a"), 0.02),
        (item("b", "drone_supply"), 0.95),
        (item("c"), 0.97),
        (item(), 1.0),
    )
    first, last = whole.reliability["drone_supply"]
    assert (first.low, first.stories, last.low, last.high, last.stories) == (0.0, 1, 0.9, 1.0, 3)
    assert [first.said, first.were] == pytest.approx([0.02, 0])
    assert [last.said, last.were] == pytest.approx([2.92 / 3, 1 / 3])


def test_the_tables_show_what_was_found(model: Model) -> None:
    """A person reads the same figures as a program, and a topic that nobody had has none."""
    pairs = [(item("Drones", "drone_supply"), SURE)] * FEWEST + [(item("Tanks", lang=""), SURE)]
    whole = said(model, *pairs)
    rows = {row[0]: row for row in tables.figures(whole.whole).rows}
    assert rows["Drone supply"][1].startswith("0.98 (0.9")
    assert rows["Sanctions"][1:5] == ["–"] * 4
    assert [row[0] for row in tables.languages(whole).rows] == ["en", "not told"]
    assert tables.kinds(whole, lambda _: True).rows[0][:3] == ["wire", "51", "50 · 1 · 0"]
    assert tables.mistakes(whole.false_alarms).rows[0][0] == "Drone supply 0.970"
    assert all(len(row) == 4 for row in tables.reliability(whole).rows)


def test_the_parts_of_a_judgement_belong_together(model: Model) -> None:
    """A part keeps each story with its own probability."""
    whole = judged((item("a"), NO), (item("b"), SURE), (item("c"), UNSURE))
    part = whole.at([2, 1])
    assert [story.title for story in part.items] == ["c", "b"]
    assert part.given[:, 0].tolist() == [UNSURE, SURE]
    assert part.tagged[:, 0].tolist() == [False, True]
