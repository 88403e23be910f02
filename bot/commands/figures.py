"""How well the classifier does, printed for people: for scripts there is ``--json``."""

from rich.markup import escape
from rich.table import Table

from bot.commands import printing
from classifiers import tables
from classifiers.assessment import Assessment, Group
from classifiers.evaluation import Evaluation


def trained(held_out: Evaluation) -> None:
    """Print how a model does on the parts of the corpus that were held out from it."""
    about = f"held-out parts of the corpus: {held_out.stories} stories"
    _table(f"{about} (in brackets: 95 % intervals)", tables.figures(held_out))


def measured(name: str, of: Assessment) -> None:
    """Print all that came of a measurement on a file."""
    about = f"{name}: {of.whole.stories} stories"
    _table(f"{about} (in brackets: 95 % intervals)", tables.figures(of.whole))
    _table("languages", tables.languages(of))
    _table("calibration: Brier scores, smaller is better", tables.brier(of.whole))
    _table("calibration: said → were (stories)", tables.reliability(of))
    _table("kinds with mistakes: carry it · false alarms · misses", tables.kinds(of, _erred))
    _table("worst false alarms", tables.mistakes(of.false_alarms))
    _table("worst misses", tables.mistakes(of.misses))


def _erred(kind: Group) -> bool:
    return any(each.false_alarms or each.misses for each in kind.topics.values())


def _table(title: str, of: tables.Table) -> None:
    """Print a table, or nothing where it has no row."""
    shown = Table(*map(escape, of.head), title=escape(title), title_justify="left")
    for row in of.rows:
        shown.add_row(*map(escape, row))
    if of.rows:
        printing.table(shown)
