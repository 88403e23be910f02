"""Writes figures in Prometheus' text format, version 0.0.4.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The content type of the format."""

_HELP_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})
_VALUE_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Metric(NamedTuple):
    """One figure, or with ``label`` one figure for each value of that label.

    ``help`` says in a line what is counted and in which unit. With a label, ``value`` maps the
    label's values to figures, and an empty mapping is written as no figure at all.
    """

    help: str
    type: Literal["counter", "gauge"]
    value: float | Mapping[str, float]
    label: str = ""


def render_metrics(metrics: Mapping[str, Metric]) -> str:
    """Write the metrics in their order; the keys are their names, such as ``tocsin_feeds``."""
    return "".join(f"{line}\n" for name, metric in metrics.items() for line in _lines(name, metric))


def _lines(name: str, metric: Metric) -> Iterator[str]:
    yield f"# HELP {name} {metric.help.translate(_HELP_ESCAPES)}"
    yield f"# TYPE {name} {metric.type}"
    if not isinstance(metric.value, Mapping):
        yield f"{name} {_figure(metric.value)}"
        return
    for value, figure in metric.value.items():
        yield f'{name}{{{metric.label}="{value.translate(_VALUE_ESCAPES)}"}} {_figure(figure)}'


def _figure(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value)).removesuffix(".0")
