"""``measured.json``: how well the shipped model did on real news that nobody here wrote.

Only figures are kept, never a sentence of that news. ``evaluate FILE --record`` writes them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("measured.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One topic's figures, each 0 to 1; ``support`` is how many stories carry the topic."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured on ``date`` (ISO 8601) over so many ``stories``."""

    date: str
    stories: int
    topics: Mapping[str, Figures]
    macro_f1: float


@cache
def measured() -> Measured | None:
    """Read the recorded figures, once; None where nothing was recorded."""
    return read(FILE)


def read(path: Path) -> Measured | None:
    """Read figures from a file; None where there is none."""
    if not path.exists():
        return None
    entry = json.loads(path.read_text("utf-8"))
    figures = {name: Figures(**row) for name, row in entry.pop("topics").items()}
    return Measured(topics=figures, **entry)


def write(figures: Measured, path: Path = FILE) -> None:
    """Record figures; raises ValueError where their date is none, OSError where that fails."""
    date.fromisoformat(figures.date)
    path.write_text(json.dumps(asdict(figures), indent=2) + "\n", "utf-8")
