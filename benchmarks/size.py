"""How large is Tocsin, room by room, against what was agreed?

A line of code is a line that holds anything but a comment or a docstring; a text that stands alone
below a constant counts as its docstring. The length of a function is its lines of code, with those
of the functions inside it. ``comments`` and ``docs`` are lines per line of code.

Small is part of what is wanted, so ``bot``, ``classifiers`` and the direct dependencies each have a
budget. Going past one is a decision with a note in ``docs/decisions``. Run it with ``make size``.
"""

import ast
import io
import tokenize
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final, Self

ROOT: Final = Path(__file__).parents[1]
BUDGET: Final = {"bot": 8_000, "classifiers": 1_500}
"""Lines of code that a package may have."""

MOST_DEPENDENCIES: Final = 22
"""Libraries that may be needed directly at run time."""

_LAYOUT: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What was counted in some files; ``functions`` holds the length of each function."""

    files: int
    code: int
    comments: int
    docs: int
    functions: Sequence[int]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Self:
        """Count some Python files together."""
        each = [_counted(path.read_text(encoding="utf-8")) for path in paths]
        return cls(
            files=len(each),
            code=sum(size.code for size in each),
            comments=sum(size.comments for size in each),
            docs=sum(size.docs for size in each),
            functions=[length for size in each for length in size.functions],
        )


def _counted(source: str) -> Size:
    tree = ast.parse(source)
    docs = {line for node in ast.walk(tree) if _is_doc(node) for line in _lines(node)}
    code, comments = set[int](), 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        comments += token.type == tokenize.COMMENT
        if token.type not in _LAYOUT:
            code.update(range(token.start[0], token.end[0] + 1))
    code -= docs
    functions = [len(code & _lines(node)) for node in ast.walk(tree) if isinstance(node, _Function)]
    return Size(files=1, code=len(code), comments=comments, docs=len(docs), functions=functions)


def _is_doc(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _lines(node: ast.AST) -> set[int]:
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", 0)
    return set(range(first, last + 1))


def rooms(package: str) -> Iterator[tuple[str, list[Path]]]:
    """Give the rooms of a package with their files; those that lie in none come first."""
    by_room: dict[str, list[Path]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        inside = path.relative_to(ROOT).parts[:-1]
        by_room.setdefault("/".join(inside[:2]), []).append(path)
    yield from sorted(by_room.items())


def row(name: str, size: Size) -> str:
    """Write the figures of a room in one line."""
    lengths = size.functions or [0]
    ninetieth = quantiles(lengths, n=10, method="inclusive")[-1] if lengths[1:] else lengths[0]
    return (
        f"{name:24}{size.files:6}{size.code:8}{len(size.functions):11}{median(lengths):8.0f}"
        f"{ninetieth:6.0f}{max(lengths):6}{size.comments / (size.code or 1):10.1%}"
        f"{size.docs / (size.code or 1):8.1%}"
    )


def main() -> None:
    """Print the rooms, the packages, and what is left of the budgets."""
    print(
        f"{'room':24}{'files':>6}{'lines':>8}{'functions':>11}{'median':>8}{'p90':>6}{'max':>6}"
        f"{'comments':>10}{'docs':>8}"
    )
    totals = {}
    for package in ("bot", "classifiers", "config", "tests"):
        found = list(rooms(package))
        totals[package] = Size.of(path for _, paths in found for path in paths)
        for name, paths in found if package == "bot" else ():
            print(row(f"  {name}", Size.of(paths)))
        print(row(package, totals[package]))
    source = sum(size.code for package, size in totals.items() if package != "tests")
    print(f"\ntests to source: {totals['tests'].code / source:.2f}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    spent = [(name, totals[name].code, most) for name, most in BUDGET.items()]
    for name, used, most in [
        *spent,
        ("dependencies", len(project["dependencies"]), MOST_DEPENDENCIES),
    ]:
        print(f"{name}: {used} of {most}{', which is past the budget' if used > most else ''}")


if __name__ == "__main__":
    main()
