"""Diagrams of shares against shares, drawn as SVG: lines in a square from 0 to 1.

``diagram.svg`` is the square: readable in light and dark alike, since it brings its own paper, and
with a description for whoever hears it read. Lines differ by shape and dashes as well as by colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Final

Point = tuple[float, float]
"""A share to the right and a share upwards, each 0 to 1."""

_TEMPLATE: Final = Path(__file__).with_name("diagram.svg")
_SIDE: Final = 340
_LEFT: Final = 60
_TOP: Final = 40
_LEGEND: Final = 420

_DASHES: Final = ("none", "7 3", "2 3", "1 5")
_SHAPES: Final = ("m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m-4-4h8v8h-8z", "m0-5l5 9h-10z", "")
_RING: Final = "m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points; some of them may be ringed."""

    points: Sequence[Point]
    ringed: Sequence[Point] = ()


def diagram(
    title: str, description: str, across: str, upwards: str, lines: Mapping[str, Line]
) -> str:
    """Draw at most four lines.

    Args:
        title: stands above.
        description: what is to be seen, for whoever does not see it.
        across: what is told to the right.
        upwards: what is told upwards.
        lines: what is drawn, by its name in the legend.
    """
    told = {"title": title, "description": description, "across": across, "upwards": upwards}
    drawn = (_line(number, name, line) for number, (name, line) in enumerate(lines.items()))
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        {name: escape(text) for name, text in told.items()}, lines="\n".join(drawn)
    )


def _line(number: int, name: str, line: Line) -> str:
    color, shape, y = f"var(--line{number})", _SHAPES[number], _TOP + 12 + 24 * number
    path = "L".join(map(_at, line.points)) or _at((0, 0))
    dots = "".join(f"M{_at(point)}{shape}" for point in line.points)
    rings = "".join(f"M{_at(point)}{_RING}" for point in line.ringed)
    stroke = f'style="stroke: {color}"'
    dashes = f'{stroke} stroke-dasharray="{_DASHES[number]}"'
    return (
        f'<path {dashes} d="M{path}M{_LEGEND} {y}h30"/>\n'
        f'<path style="fill: {color}" d="{dots}M{_LEGEND + 15} {y}{shape}"/>\n'
        f'<path {stroke} d="M0 0{rings}"/>\n'
        f'<text x="{_LEGEND + 38}" y="{y + 4}">{escape(name)}</text>'
    )


def _at(point: Point) -> str:
    return f"{_LEFT + _SIDE * point[0]:.1f} {_TOP + _SIDE * (1 - point[1]):.1f}"
