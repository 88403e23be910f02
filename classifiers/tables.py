"""The tables that show an assessment: the same on the model card and for ``evaluate``."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from classifiers import topics
from classifiers.assessment import Assessment, Group, Mistake
from classifiers.evaluation import Evaluation, Scores

_SHARES: Final = ("precision", "recall", "f1", "average_precision")
_NONE: Final = "–"
UNTOLD: Final = "not told"
_WORDS: Final = 4


class Table(NamedTuple):
    """The names of its columns, and its rows."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def figures(of: Evaluation) -> Table:
    """Show the figures of each topic, and their means."""
    named = [*zip(titles(), of.topics.values(), strict=True)]
    means = [("mean of topics", of.macro), ("all decisions", of.micro)]
    rows = [
        [name, *(figure(scores, share) for share in _SHARES), str(scores.support)]
        for name, scores in [*named, *means]
    ]
    return Table(["topic", "precision", "recall", "F1", "average precision", "stories"], rows)


def languages(of: Assessment) -> Table:
    """Show F1 of each language, and of what is not marked hard."""
    rows = []
    for group in [*of.languages, *filter(None, [of.without_hard])]:
        cells = ["not measured"] * (len(titles()) + 1)
        if group.figures:
            each = [*group.figures.topics.values(), group.figures.macro]
            cells = [figure(scores, "f1") for scores in each]
        name = "without the hard" if group is of.without_hard else group.name or UNTOLD
        rows.append([name, str(group.stories), *cells])
    return Table(["language", "stories", *(f"F1 {title}" for title in titles()), "macro F1"], rows)


def brier(of: Evaluation) -> Table:
    """Show the Brier scores beside those of always saying the base rate."""
    rows = []
    for spec in topics.shipped():
        scores = of.topics[spec.name]
        share = f"{scores.brier / scores.base_brier:.2f}" if scores.base_brier else _NONE
        rows.append([spec.title, figure(scores, "brier", 3), f"{scores.base_brier:.3f}", share])
    return Table(["topic", "Brier score", "of the base rate", "the one to the other"], rows)


def reliability(of: Assessment) -> Table:
    """Show, by probability, what was said, what it came to, and of how many stories."""
    rows: dict[float, list[str]] = {}
    for column, bins in enumerate(of.reliability.values()):
        for each in bins:
            name, cell = f"{each.low:.1f}–{each.high:.1f}", f"{each.said:.2f} → {each.were:.2f}"
            row = rows.setdefault(each.low, [name, *[_NONE] * len(of.reliability)])
            row[1 + column] = f"{cell} ({each.stories})"
    return Table(["probability", *titles()], [rows[low] for low in sorted(rows)])


def kinds(of: Assessment, shown: Callable[[Group], bool]) -> Table:
    """Show for some kinds how many stories carry a topic, false alarms, and misses."""
    rows = []
    for kind in filter(shown, of.kinds):
        counts = kind.topics.values()
        cells = [f"{each.support} · {each.false_alarms} · {each.misses}" for each in counts]
        rows.append([kind.name or UNTOLD, str(kind.stories), *cells])
    return Table(["kind", "stories", *titles()], rows)


def mistakes(of: Iterable[Mistake]) -> Table:
    """Show stories that were told wrongly, and the words that spoke for it."""
    title = {spec.name: spec.title for spec in topics.shipped()}
    rows = []
    for each in of:
        story, words = each.item, ", ".join(word for word, _ in each.why[:_WORDS])
        voice = " ".join(filter(None, (story.lang, story.kind)))
        said = f"{title[each.topic]} {each.probability:.3f}"
        rows.append([said, story.title or story.summary, voice, words])
    return Table(["said", "title", "kind", "words for the mistake"], rows)


def figure(scores: Scores, name: str, digits: int = 2) -> str:
    """Write a figure with its interval; where nothing could be told, there is none."""
    if name not in scores.intervals:
        return f"{getattr(scores, name):.{digits}f}" if scores.support else _NONE
    low, high = (f"{end:.{digits}f}" for end in scores.intervals[name])
    return f"{getattr(scores, name):.{digits}f} ({low}–{high})"


def titles() -> list[str]:
    """Give the titles of the topics."""
    return [spec.title for spec in topics.shipped()]
