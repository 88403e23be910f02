"""What the commands do that need the classifier alone: no network, no database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from bot.commands import lines
from bot.commands.printing import Advance
from bot.errors import TocsinError, UsageError
from classifiers import artifact, labelled
from classifiers.model import Model

if TYPE_CHECKING:
    from classifiers.assessment import Assessment
    from classifiers.evaluation import Evaluation


def classify(model: Model, record: lines.Record) -> lines.Record:
    """Answer one record of ``classify``: the contract of its output."""
    text = (lines.text_of(record, key) for key in ("title", "summary", "lang"))
    verdict = model.classify(*text)
    return {
        "id": record.get("id"),
        "topics": verdict.probabilities,
        "tags": verdict.tags,
        "why": verdict.why,
    }


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """Turn what training and measuring complain of into errors of ours."""
    try:
        yield
    except labelled.ItemError as error:
        raise TocsinError(str(error)) from error
    except OSError as error:
        raise TocsinError(f"{error.filename} cannot be used: {error.strerror}") from error


def train(
    out: Path | None, extra: Sequence[Path], advance: Advance, *, record: bool = False
) -> "Evaluation":
    """Train, and give the figures on what was held out.

    ``record`` keeps them as those below which no model may fall.
    """
    from classifiers import evaluation, training  # noqa: PLC0415 - scikit-learn takes a second

    if record and extra:
        raise UsageError("--record keeps figures of the corpus alone: leave --extra out")
    folder = out or artifact.PACKAGED
    with _mistakes_told():
        _check(folder, extra)
        try:
            held_out = training.train(folder, extra, advance).held_out
        except training.TrainingError as error:
            raise TocsinError(str(error)) from error
        if record:
            evaluation.record_held_out(held_out)
    return held_out


def _check(folder: Path, extra: Sequence[Path]) -> None:
    """Find slips in what was named before the long work, not after it."""
    for file in map(str, extra):
        with lines.opened(file) as text:
            for _ in labelled.read_items(_sound(text, file), file):
                pass
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass


def evaluate(
    model: Model, file: str, advance: Advance, *, worst: int, record: bool
) -> "Assessment":
    """Measure the model on a file of labelled stories; ``record`` keeps the figures."""
    from classifiers import assessment, evaluation  # noqa: PLC0415 - other commands need neither

    with lines.opened(file) as text, _mistakes_told():
        items = labelled.read_items(_sound(text, file), file)
        judged = evaluation.judge(model, items, advance)
        if not judged.items:
            raise TocsinError(f"{file} holds no story to measure on")
        assessed = assessment.assess(judged, model, advance, worst)
        if record:
            evaluation.record(assessed.whole, date.today())  # noqa: DTZ011 - the day where it was done
    return assessed


def _sound(text: Iterable[str], name: str) -> Iterator[str]:
    """Give the lines of a file; raises TocsinError at the first that is not UTF-8."""
    for number, line in enumerate(text, start=1):
        if not lines.is_text(line):
            raise TocsinError(f"{name}, line {number}: {lines.NO_TEXT}")
        yield line
