"""Labelled stories: one JSON object a line, as the corpus, ``--extra`` and ``evaluate`` have them.

``{"title": …, "summary"?: …, "lang"?: …, "labels": [topic…], "kind"?: …, "id"?: …, "hard"?: …}``;
other keys are ignored.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classifiers import topics

CORPUS: Final = Path(__file__).with_name("corpus")


class ItemError(ValueError):
    """A line that is no labelled story; the text says which line, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story with the topics that it carries.

    ``kind`` says voice and case (``wire/denial``); variants of one case share it. ``id`` is what
    whoever labelled it knows it by, and ``hard`` that they wavered.
    """

    title: str
    summary: str
    labels: frozenset[str]
    lang: str = ""
    kind: str = ""
    id: str = ""
    hard: bool = False


def read_items(lines: Iterable[str], source: str = "input") -> Iterator[Item]:
    """Read labelled stories from lines; blank lines are passed over.

    Args:
        lines: the lines of a JSON-lines file.
        source: how an error names the file.

    Raises:
        ItemError: at the first line that is wrong.
    """
    known = {topic.name for topic in topics.shipped()}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _item(json.loads(line), known)
        except (ValueError, RecursionError) as error:
            raise ItemError(f"{source}, line {number}: {_plain(error)}") from error


def read_file(path: Path) -> list[Item]:
    """Read all labelled stories of a file; raises ItemError or OSError."""
    try:
        with path.open(encoding="utf-8") as lines:
            return list(read_items(lines, str(path)))
    except UnicodeDecodeError as error:
        raise ItemError(f"{path} is not UTF-8 text: {error.reason}") from error


def corpus() -> list[Item]:
    """Read the corpus of this repository, file by file in the order of their names."""
    return [item for path in sorted(CORPUS.glob("*.jsonl")) for item in read_file(path)]


def _item(entry: object, known: Collection[str]) -> Item:
    if not isinstance(entry, dict):
        raise ValueError("a story is a JSON object")  # noqa: TRY004 - told with the line number
    texts = {key: _text(entry, key) for key in ("title", "summary", "lang", "kind")}
    if not texts["title"].strip() and not texts["summary"].strip():
        raise ValueError("the story has neither title nor summary")
    return Item(
        labels=_labels(entry.get("labels"), known),
        id=str(entry.get("id") or ""),
        hard=_truth(entry, "hard"),
        **texts,
    )


def _text(entry: dict[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None and key != "title":
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be text')  # noqa: TRY004 - told with the line number
    return value


def _truth(entry: dict[str, object], key: str) -> bool:
    value = entry.get(key)
    if not isinstance(value, bool | None):
        raise ValueError(f'"{key}" must be true or false')  # noqa: TRY004 - told with the line number
    return bool(value)


def _labels(value: object, known: Collection[str]) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError('"labels" must be a list of topic names, empty for none')
    if unknown := sorted(set(value) - set(known)):
        raise ValueError(f'unknown topic "{unknown[0]}"; known are {", ".join(sorted(known))}')
    return frozenset(value)


def _plain(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON ({error.msg} at character {error.pos})"
    return str(error) if isinstance(error, ValueError) else "nested too deeply"
