"""Documents beside what must be read from them, in files that a person can compare."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot.feeds import documents, quick
from bot.feeds.parse import parse
from tests.builders import NOW

GOLDEN = Path(__file__).parents[1] / "golden" / "feeds"


def shown(value: Any) -> Any:
    """Give a value as JSON holds it, without what is empty."""
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items() if inner not in ("", None, ())}
    if isinstance(value, list | tuple):
        return [shown(inner) for inner in value]
    return value if isinstance(value, int) else str(value)


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.xml")), ids=lambda file: file.stem)
def test_a_document_is_read_as_the_file_beside_it_says(file: Path) -> None:
    """Titles, links, texts, dates, languages, outlets and the pace; on the quick road."""
    body = file.read_bytes()
    parsed = parse(body, url="https://a.example/f", content_type="", max_entries=100, now=NOW)
    assert shown(asdict(parsed)) == json.loads(file.with_suffix(".json").read_text())
    assert quick.fields(documents.safe(body, ""), 100) is not None
