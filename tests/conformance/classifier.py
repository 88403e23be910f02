"""The commands that work on files of stories: ``classify``, ``evaluate`` and ``events``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from classifiers.measured import measured
from tests.conformance.command import run
from tests.conformance.lines import TOPICS, verdict_faults
from tests.conformance.report import Report, Row

LIMIT: Final = 30.0
"""Seconds for one command; each needs less than five on two idle cores."""

KEYWORD_FILTER: Final = 0.71
"""The macro F1 that a keyword filter made by hand reaches; a classifier has to be above it."""

SLACK: Final = 0.01
"""How far macro F1 may fall below what was last recorded before it counts as a loss."""

_FIGURES: Final = ("precision", "recall", "f1", "average_precision", "support")


async def seed(file: Path) -> Report:
    """Check that the story which the product was made for carries every topic, with its why."""
    ran = await run("classify", str(file), limit=LIMIT)
    broken = [fault for line in ran.records for fault in verdict_faults(line)]
    answer = {} if broken or len(ran.records) != 1 else ran.records[0]
    why = answer.get("why", {})
    missing = [f"{topic} is missing, or has no word for it" for topic in TOPICS
               if not why.get(topic)]  # fmt: skip
    return Report(
        name="the story it was made for",
        summary=", ".join(answer.get("tags", ())) or "no tag",
        seconds=ran.seconds,
        faults=[*ran.faults(), *broken, *missing],
        table=[
            (topic, f"{answer['topics'][topic]:.3f}", ", ".join(word for word, _ in words))
            for topic, words in why.items()
        ],
    )


async def evaluation(file: Path) -> Report:
    """Check that the classifier is better than a keyword filter, and as good as recorded."""
    ran = await run("evaluate", str(file), "--json", limit=LIMIT)
    faults = ran.faults()
    lines = ran.records
    table = _table(lines[0]) if len(lines) == 1 else []
    macro = float(lines[0]["macro"]["f1"]) if table else 0.0
    if macro <= KEYWORD_FILTER:
        faults.append(f"macro F1 is {macro:.4f}; a keyword filter reaches {KEYWORD_FILTER}")
    recorded = measured()
    if recorded and macro < recorded.macro_f1 - SLACK:
        faults.append(f"macro F1 is {macro:.4f}; {recorded.macro_f1:.4f} was recorded")
    known = f"{recorded.macro_f1:.4f} recorded on {recorded.date}" if recorded else "none recorded"
    return Report(
        name="measured",
        summary=f"macro F1 {macro:.4f} ({known}; a keyword filter: {KEYWORD_FILTER})",
        seconds=ran.seconds,
        faults=faults,
        table=table,
    )


def _table(figures: Mapping[str, Any]) -> list[Row]:
    rows = {**figures["topics"], "macro": figures["macro"], "micro": figures["micro"]}
    named: list[Row] = [("topic", *_FIGURES)]
    return named + [(name, *(row[figure] for figure in _FIGURES)) for name, row in rows.items()]


async def events(file: Path) -> Report:
    """Check that every story gets one event, in the order of the stories."""
    ran = await run("events", str(file), limit=LIMIT)
    faults = ran.faults()
    asked, lines = _ids(file), ran.records
    if [line.get("id") for line in lines] != asked:
        faults.append(f"{len(lines)} answers to {len(asked)} stories, or in another order")
    nameless = [line for line in lines if set(line) != {"id", "event"} or not line["event"]]
    faults += [f"no event: {line}" for line in nameless]
    found = {line.get("event") for line in lines}
    return Report(
        name="events",
        summary=f"{len(lines)} stories answered, {len(found)} events",
        seconds=ran.seconds,
        faults=faults,
    )


def _ids(file: Path) -> list[object]:
    return [json.loads(line)["id"] for line in file.read_text().splitlines()]
