"""What a check found, and how it is printed: plain lines, good to paste."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SHOWN: Final = 40
"""Faults of one check that are printed; with more of them, the first say enough."""

Row = Sequence[object]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One check: its summary, the faults that make it fail, and a table with its head first."""

    name: str
    summary: str
    seconds: float
    faults: Sequence[str] = ()
    table: Sequence[Row] = ()

    def __str__(self) -> str:
        """Give the check as text."""
        verdict = "FAILED" if self.faults else "good"
        lines = [f"{verdict:7}{self.name}: {self.summary} ({self.seconds:.1f} s)"]
        lines += [f"         {line}" for line in aligned(self.table)]
        lines += [f"       ! {fault}" for fault in self.faults[:SHOWN]]
        if more := len(self.faults[SHOWN:]):
            lines.append(f"       ! and {more} more")
        return "\n".join(lines)


def aligned(table: Sequence[Row]) -> Iterable[str]:
    """Give the rows of a table as lines whose columns stand below each other."""
    rows = [[str(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
