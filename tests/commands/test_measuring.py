"""``evaluate`` and ``train``, and a model that is not there or does not fit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from classifiers import artifact, evaluation, measured
from tests.commands.conftest import Tocsin

Write = Callable[[str, str | bytes], Path]

FIGURES = [
    *("precision", "recall", "f1", "average_precision", "support"),
    *("brier", "base_brier", "intervals"),
]
PARTS = ["reliability", "without_hard", "languages", "kinds", "worst"]


def labelled(*labels: str, title: str = "Turkey delivers Bayraktar drones to Ukraine") -> str:
    """Give a line with a labelled story."""
    return json.dumps({"title": title, "labels": labels}) + "\n"


TWO = labelled("drone_supply", "ukraine_aid") + labelled(title="Rain in Peru")


# ── evaluate ─────────────────────────────────────────────────────────────────────────────────


def test_the_figures_as_json_have_every_topic_and_both_means(tocsin: Tocsin, write: Write) -> None:
    """The keys of the contract, no more and no less."""
    [row] = tocsin("evaluate", write("two.jsonl", TWO), "--json").rows
    assert list(row) == ["stories", "topics", "micro", "macro", *PARTS]
    assert row["stories"] == 2
    assert list(row["topics"]) == ["drone_supply", "sanctions", "ukraine_aid"]
    assert [list(figures) for figures in row["topics"].values()] == [FIGURES] * 3
    assert list(row["micro"]) == list(row["macro"]) == FIGURES
    assert row["topics"]["drone_supply"]["f1"] == 1.0


def test_the_figures_for_a_person_are_tables_of_the_same(tocsin: Tocsin, write: Write) -> None:
    """Each topic and each mean has its row; languages, probabilities and mistakes follow."""
    done = tocsin("evaluate", write("two.jsonl", TWO + labelled("sanctions", title="Rain again")))
    tables = [block.split("\n") for block in done.out.split("┏")]
    names = {line.split("│")[1].strip() for line in tables[1] if line.startswith("│")}
    wanted = {"Drone supply", "Sanctions", "Ukraine aid", "mean of topics", "all decisions"}
    assert names == wanted
    assert "not measured" in done.out
    for title in ("languages", "calibration", "kinds with mistakes", "worst misses"):
        assert title in done.out
    assert "worst false alarms" not in done.out


def test_as_many_mistakes_are_shown_as_are_asked_for(tocsin: Tocsin, write: Write) -> None:
    """Ten by default; none for 0; fewer than none is wrong use."""
    rain = write("rain.jsonl", "".join(labelled("sanctions", title=f"Rain {n}") for n in range(12)))

    def shown(*arguments: object) -> int:
        return len(tocsin("evaluate", rain, "--json", *arguments).rows[0]["worst"]["misses"])

    assert [shown(), shown("--worst", 3), shown("--worst", 0)] == [10, 3, 0]
    assert "Rain" not in tocsin("evaluate", rain, "--worst", 0).out
    tocsin("evaluate", rain, "--worst", -1).failed(2, "--worst")


def test_stories_are_measured_from_a_pipe(tocsin: Tocsin) -> None:
    """``-`` reads them from stdin."""
    assert tocsin("evaluate", "-", "--json", stdin=TWO).rows[0]["stories"] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no story"),
        ("\n\n", "holds no story"),
        (TWO + "{\n", "line 3: "),
        (TWO + "[]\n", "line 3: "),
        (TWO + labelled("weather"), 'line 3: unknown topic "weather"'),
        (TWO + '{"title": "a"}', 'line 3: "labels" must be'),
        (TWO + '{"labels": []}', 'line 3: "title" must be'),
        (TWO.encode() + b'{"title": "\xff", "labels": []}', "line 3: this is not UTF-8"),
    ],
)
def test_figures_are_never_made_from_a_part_of_a_file(
    tocsin: Tocsin, write: Write, content: str | bytes, words: str
) -> None:
    """A broken line is told with its number, and there is no figure."""
    done = tocsin("evaluate", write("stories.jsonl", content), "--json")
    done.failed(1, words)
    assert done.out == ""


def test_figures_are_recorded_only_where_that_is_asked(
    tocsin: Tocsin, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What subscribers see changes by a decision, never by a look."""
    kept = tmp_path / "measured.json"
    monkeypatch.setattr(evaluation.record, "__defaults__", (kept,))
    stories = write("two.jsonl", TWO)
    tocsin("evaluate", stories)
    assert not kept.exists()
    shown = tocsin("evaluate", stories, "--json", "--record").rows[0]
    read = measured.read(kept)
    assert read is not None
    assert (read.stories, read.macro_f1) == (2, shown["macro"]["f1"])


def test_figures_that_cannot_be_recorded_are_a_sentence(
    tocsin: Tocsin, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an installation that its user may not change."""
    stories = write("two.jsonl", TWO)
    monkeypatch.setattr(evaluation.record, "__defaults__", (stories / "measured.json",))
    tocsin("evaluate", stories, "--record").failed(1, str(stories / "measured.json"))


# ── train ────────────────────────────────────────────────────────────────────────────────────


def test_more_stories_with_a_broken_line_are_refused_before_training(
    tocsin: Tocsin, write: Write, tmp_path: Path
) -> None:
    """The line is named, and no model is left."""
    extra, out = write("extra.jsonl", TWO + '{"title": 7, "labels": []}\n'), tmp_path / "model"
    tocsin("train", "--extra", extra, "--out", out).failed(1, "line 3: ")
    assert not out.exists()


def test_a_file_of_more_stories_that_is_not_there_is_wrong_use(
    tocsin: Tocsin, tmp_path: Path
) -> None:
    """A slip in a name is told before a long work begins."""
    nowhere = tmp_path / "nowhere.jsonl"
    tocsin("train", "--extra", nowhere, "--out", tmp_path / "model").failed(2, str(nowhere))


def test_a_place_that_cannot_be_written_is_told_before_training(
    tocsin: Tocsin, write: Write
) -> None:
    """Below a file there is no directory."""
    out = write("file", "") / "model"
    tocsin("train", "--out", out).failed(1, str(out))


def test_the_bar_is_recorded_of_the_corpus_alone(tocsin: Tocsin, write: Write) -> None:
    """Whoever adds stories of their own must not move what every model is held to."""
    extra = write("extra.jsonl", TWO)
    tocsin("train", "--record", "--extra", extra).failed(2, "leave --extra out")


# ── the model ────────────────────────────────────────────────────────────────────────────────


def _missing(folder: Path) -> None:
    shutil.rmtree(folder)


def _without_arrays(folder: Path) -> None:
    (folder / "model.npz").unlink()


def _cut(folder: Path) -> None:
    arrays = folder / "model.npz"
    arrays.write_bytes(arrays.read_bytes()[:1000])


def _no_json(folder: Path) -> None:
    (folder / "model.json").write_text('{"format": 1,')


def _of_other_topics(folder: Path) -> None:
    manifest = json.loads((folder / "model.json").read_bytes())
    (folder / "model.json").write_text(json.dumps(manifest | {"fits": "other"}))


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model in place of the package's."""
    folder = tmp_path / "packaged"
    shutil.copytree(artifact.PACKAGED, folder)
    monkeypatch.setattr(artifact, "PACKAGED", folder)
    return folder


@pytest.mark.parametrize("harm", [_missing, _without_arrays, _cut, _no_json, _of_other_topics])
def test_a_model_that_cannot_be_used_is_told_with_the_remedy(
    tocsin: Tocsin, packaged: Path, write: Write, harm: Callable[[Path], None]
) -> None:
    """Every command that needs it says what to run."""
    harm(packaged)
    file = write("two.jsonl", TWO)
    for command in (("classify", file), ("evaluate", file), ("poll",)):
        done = tocsin(*command)
        done.failed(1, "run `make train`, or `python main.py train`, to build it")
        assert str(packaged) in done.err
        assert done.out == ""


def test_a_model_that_the_service_built_in_its_data_is_used_where_the_package_has_none(
    tocsin: Tocsin, packaged: Path, elsewhere: Path
) -> None:
    """As in an installation that its user may not change."""
    elsewhere.mkdir()
    packaged.rename(elsewhere / "model")
    assert tocsin("classify", stdin='{"title": "Drones"}').code == 0
