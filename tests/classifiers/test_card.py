"""The model card and its diagrams."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from classifiers import artifact, card, plots
from classifiers.plots import Line

NAMES = [card.CARD, card.RELIABILITY, card.PRECISION_RECALL]
SVG = "{http://www.w3.org/2000/svg}"


def test_training_elsewhere_leaves_the_card_beside_the_model(model_dir: Path) -> None:
    """Only the shipped model changes the documents; any model has its card."""
    for name in NAMES:
        assert (model_dir / name).stat().st_size > 1_000


def test_the_shipped_model_has_its_card_in_the_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout, and for the corpus alone; an installation has no documents."""
    packaged = tmp_path / "classifiers" / "model"
    monkeypatch.setattr(artifact, "PACKAGED", packaged)
    assert card.place(packaged, of_corpus=True) == packaged
    (tmp_path / "docs").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert card.place(packaged, of_corpus=True) == tmp_path / "docs"
    assert card.place(packaged, of_corpus=False) == packaged
    assert card.place(tmp_path / "other", of_corpus=True) == tmp_path / "other"


def test_every_place_of_the_card_is_filled(model_dir: Path) -> None:
    """No mark of the template is left, and no figure is missing that a table promises."""
    text = (model_dir / card.CARD).read_text("utf-8")
    assert not re.search(r"(?<!\\)\$|\bnan\b|\bNone\b", text)
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 11
    for table in tables:
        rows = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len(set(rows)) == 1
        assert len(rows) > 2


def test_the_card_shows_its_diagrams(model_dir: Path) -> None:
    """Each is found from where the card lies, and described where it cannot be seen."""
    shown = re.findall(r"!\[(.+?)\]\((.+?)\)", (model_dir / card.CARD).read_text("utf-8"))
    assert [path for _, path in shown] == NAMES[1:]
    assert all(len(words) > 20 for words, _ in shown)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_diagram_can_be_heard_and_read(model_dir: Path, name: str) -> None:
    """It is XML with a title, a description, and colours of its own for light and dark."""
    text = (model_dir / name).read_text("utf-8")
    root = ET.fromstring(text)  # noqa: S314 - we wrote it
    assert root.get("role") == "img"
    for part in ("title", "desc"):
        found = root.find(f"{SVG}{part}")
        assert found is not None
        assert found.text
        assert str(found.get("id")) in str(root.get("aria-labelledby"))
    assert "prefers-color-scheme: dark" in text
    legend = [each.text for each in root.iter(f"{SVG}text")]
    assert {"Drone supply", "Sanctions", "Ukraine aid"} <= set(legend)


def test_a_point_stands_where_its_shares_say() -> None:
    """Nothing is at the lower left, everything at the upper right, and names are escaped."""
    drawn = plots.diagram(
        "A & B", "…", "x", "y", {"<i>": Line(points=[(0, 0), (1, 1)], ringed=[(0.5, 0.25)])}
    )
    assert "M60.0 380.0L400.0 40.0" in drawn
    assert "M230.0 295.0m-9 0" in drawn
    assert "&lt;i&gt;" in drawn
    assert "A &amp; B" in drawn
    ET.fromstring(drawn)  # noqa: S314 - we wrote it


def test_no_title_breaks_a_table() -> None:
    """Marks of Markdown in a headline are shown, not obeyed, and its lines are joined."""
    assert card._escaped("a|b\n*c* [d](e) <f> `g` $h$") == (
        r"a\|b \*c\* \[d\](e) \<f\> \`g\` \$h\$"
    )


def test_what_was_held_out_is_kept_beside_the_model(model_dir: Path, tmp_path: Path) -> None:
    """Of it the card can be made again without training, as often as its code changes."""
    shutil.copy(model_dir / "held_out.npy", tmp_path)
    given = card.kept(tmp_path).given
    assert given.shape[1] == 3
    assert 0 <= given.min() < given.max() <= 1
