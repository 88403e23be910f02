"""Figures in Prometheus' text format."""

import math

from bot.web.metrics import Metric, render_metrics


def test_figures_are_written_with_help_and_type() -> None:
    """A plain figure is three lines; each value of a label is a line of its own."""
    text = render_metrics(
        {
            "tocsin_alerts_total": Metric("Alerts sent.", "counter", 12),
            "tocsin_feeds": Metric(
                "Feeds by state.", "gauge", {"healthy": 70, "stale": 2}, "state"
            ),
        }
    )
    assert text == (
        "# HELP tocsin_alerts_total Alerts sent.\n"
        "# TYPE tocsin_alerts_total counter\n"
        "tocsin_alerts_total 12\n"
        "# HELP tocsin_feeds Feeds by state.\n"
        "# TYPE tocsin_feeds gauge\n"
        'tocsin_feeds{state="healthy"} 70\n'
        'tocsin_feeds{state="stale"} 2\n'
    )


def test_what_would_break_a_line_is_escaped() -> None:
    """Backslashes, line ends and quotation marks cannot forge a figure."""
    text = render_metrics({"m": Metric("a\\b\nc", "gauge", {'x"\n\\': 1}, "l")})
    assert text == '# HELP m a\\\\b\\nc\n# TYPE m gauge\nm{l="x\\"\\n\\\\"} 1\n'


def test_unusual_numbers_have_their_names() -> None:
    """Fractions keep their digits, and what is no number is named as the format wants."""
    values = {"a": 0.25, "b": math.nan, "c": math.inf, "d": -math.inf, "e": 1e20, "f": True}
    lines = render_metrics({"m": Metric("h", "gauge", values, "l")}).splitlines()[2:]
    assert [line.split()[1] for line in lines] == ["0.25", "NaN", "+Inf", "-Inf", "1e+20", "1"]


def test_no_metrics_are_no_text() -> None:
    """An empty mapping is an empty page, and an empty label has no figures."""
    assert render_metrics({}) == ""
    assert "m{" not in render_metrics({"m": Metric("h", "gauge", {}, "l")})
