"""The model card: what people should know of the model before they rely on it.

``train`` writes it: the prose of ``card.md`` with the figures of the held-out stories, and two
diagrams. The same judgements give the same bytes.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Final

import numpy as np

from classifiers import artifact, labelled, resampling, tables, topics
from classifiers.assessment import FEWEST, Assessment
from classifiers.evaluation import Judged
from classifiers.measured import measured
from classifiers.plots import Line, diagram
from classifiers.tables import Table

CARD: Final = "model-card.md"
RELIABILITY: Final = "model/reliability.svg"
PRECISION_RECALL: Final = "model/precision-recall.svg"

FEWEST_OF_KIND: Final = 30
RECALLS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Where precision is told: closer together where it falls."""

_TEMPLATE: Final = Path(__file__).with_name("card.md")
_HELD_OUT: Final = "held_out.npy"
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>|#$~])")


def place(folder: Path, *, of_corpus: bool) -> Path:
    """Tell where the card of a model in ``folder`` belongs: beside it, or into the documents.

    These show the shipped model, which is learned from the corpus alone, in a checkout.
    """
    root = artifact.PACKAGED.parents[1]
    checkout = (root / "pyproject.toml").is_file() and (root / "docs").is_dir()
    shipped = of_corpus and folder.resolve() == artifact.PACKAGED.resolve()
    return root / "docs" if shipped and checkout else folder


def keep(folder: Path, judged: Judged) -> None:
    """Write down what was said of held-out stories, so that the card can be made again."""
    np.save(folder / _HELD_OUT, judged.given)


def kept(folder: Path = artifact.PACKAGED) -> Judged:
    """Read what was said of the held-out stories of the corpus."""
    given = np.load(folder / _HELD_OUT, allow_pickle=False)
    return Judged(topics=topics.shipped(), items=labelled.corpus(), given=given)


def write(folder: Path, judged: Judged, assessed: Assessment) -> None:
    """Write the card and its diagrams."""
    for name, text in pages(judged, assessed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def pages(judged: Judged, assessed: Assessment) -> dict[str, str]:
    """Give the card and its diagrams by their paths, without writing them."""
    curves = _curves(judged)
    blocks = {
        "data": _data(assessed),
        "thresholds": Table(
            ["topic", "threshold", "what it is about"],
            [[spec.title, f"{spec.threshold:.2f}", spec.meaning] for spec in judged.topics],
        ),
        "held_out": tables.figures(assessed.whole),
        "languages": tables.languages(assessed),
        "kinds": tables.kinds(assessed, lambda kind: kind.stories >= FEWEST_OF_KIND),
        "brier": tables.brier(assessed.whole),
        "reliability": tables.reliability(assessed),
        "precision_at": Table(
            ["found", *curves],
            [
                [f"{each:.2f}" for each in row]
                for row in zip(RECALLS, *curves.values(), strict=True)
            ],
        ),
        "measured": _measured(),
        "false_alarms": tables.mistakes(assessed.false_alarms),
        "misses": tables.mistakes(assessed.misses),
    }
    numbers = {
        "stories": f"{len(judged.items):,}",
        "resamples": f"{resampling.RESAMPLES:,}",
        "fewest": str(FEWEST),
        "fewest_of_kind": str(FEWEST_OF_KIND),
    }
    shown = {name: _markdown(table) for name, table in blocks.items()}
    return {
        CARD: Template(_TEMPLATE.read_text("utf-8")).substitute(shown | numbers),
        RELIABILITY: _reliability(assessed),
        PRECISION_RECALL: _precision_recall(assessed, curves),
    }


def _data(assessed: Assessment) -> Table:
    """Show how many stories carry each topic, by language."""
    whole = [str(scores.support) for scores in assessed.whole.topics.values()]
    rows = [
        [group.name or tables.UNTOLD, *(str(each.support) for each in group.topics.values()),
         str(group.stories)]
        for group in assessed.languages
    ]  # fmt: skip
    rows.append(["all", *whole, str(assessed.whole.stories)])
    return Table(["language", *tables.titles(), "stories"], rows)


def _measured() -> Table:
    """Show what was recorded on real news; no rows where nothing was."""
    of = measured()
    rows = [
        [spec.title, f"{row.precision:.2f}", f"{row.recall:.2f}", f"{row.f1:.2f}", str(row.support)]
        for spec in topics.shipped()
        if of and (row := of.topics.get(spec.name))
    ]
    if of:
        rows.append([f"of {of.stories:,}, on {of.date}", "", "", f"{of.macro_f1:.2f}", ""])
    return Table(["topic", "precision", "recall", "F1", "stories"], rows)


def _curves(judged: Judged) -> dict[str, list[float]]:
    """Give the precision at each of ``RECALLS``, by the titles of topics."""
    columns = zip(tables.titles(), judged.wanted.T, judged.given.T, strict=True)
    return {
        title: resampling.precision_at(wanted, given, RECALLS) for title, wanted, given in columns
    }


def _reliability(assessed: Assessment) -> str:
    titled = zip(tables.titles(), assessed.reliability.values(), strict=True)
    points = {title: [(each.said, each.were) for each in bins] for title, bins in titled}
    points["as often as said"] = [(0.0, 0.0), (1.0, 1.0)]
    return diagram(
        "Reliability on held-out stories",
        "For each topic, how often stories carried it, by the probability that was said of them;"
        " the closer a line is to the diagonal, the more a probability can be taken at its word.",
        "probability that was said",
        "share that carried the topic",
        {title: Line(points=line) for title, line in points.items()},
    )


def _precision_recall(assessed: Assessment, curves: Mapping[str, Sequence[float]]) -> str:
    lines = {}
    for scores, (title, precisions) in zip(
        assessed.whole.topics.values(), curves.items(), strict=True
    ):
        points = list(zip(RECALLS, precisions, strict=True))
        lines[title] = Line(points=points, ringed=[(scores.recall, scores.precision)])
    return diagram(
        "Precision and recall on held-out stories",
        "For each topic, the best precision of any threshold that finds at least such a share of"
        " the stories; a ring stands at the threshold in use.",
        "recall: found of all",
        "precision: right among the alerts",
        lines,
    )


def _markdown(table: Table) -> str:
    ruled = [table.head, ["---"] * len(table.head), *table.rows]
    return "\n".join(f"| {' | '.join(map(_escaped, row))} |" for row in ruled)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
