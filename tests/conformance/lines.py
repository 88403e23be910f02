"""Does a line of ``poll --json`` fit the contract that scripts outside rely on?"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

TOPICS: Final = ("drone_supply", "sanctions", "ukraine_aid")

KEYS: Final = {"id", "feed", "title", "url", "published", "summary", "topics", "tags", "why"}


def story_faults(line: Mapping[str, Any]) -> Iterator[str]:
    """Tell in which ways a story's line breaks the contract."""
    if set(line) != KEYS:
        yield f"its keys are {sorted(line)}"
        return
    for key in ("id", "feed", "title", "url", "summary"):
        if not isinstance(line[key], str):
            yield f"{key} is no text"
    if not line["id"]:
        yield "it has no id"
    if not line["title"] and not line["summary"]:
        yield "it has neither title nor summary"
    if not _is_address(line["url"]):
        yield f"url is {line['url']!r}"
    if not _is_time(line["published"]):
        yield f"published is {line['published']!r}"
    yield from verdict_faults(line)


def verdict_faults(line: Mapping[str, Any]) -> Iterator[str]:
    """Tell in which ways topics, tags and why break the contract; ``classify`` has them too."""
    topics, tags, why = line.get("topics"), line.get("tags"), line.get("why")
    if not isinstance(topics, dict) or set(topics) != set(TOPICS):
        yield f"topics is {topics!r}"
    elif not all(isinstance(p, float) and 0 <= p <= 1 for p in topics.values()):
        yield f"a probability is none: {topics}"
    if not isinstance(tags, list) or not set(tags) <= set(TOPICS):
        yield f"tags is {tags!r}"
    elif not isinstance(why, dict) or set(why) != set(tags):
        yield f"why is not about the tags: {why!r}"
    elif not all(_is_words(words) for words in why.values()):
        yield f"why holds more than [word, weight]: {why!r}"


def _is_words(words: object) -> bool:
    return isinstance(words, list) and all(
        isinstance(pair, list) and [type(part) for part in pair] == [str, float] for pair in words
    )


def _is_address(url: object) -> bool:
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return not url or (parts.scheme in {"http", "https"} and bool(parts.netloc))


def _is_time(published: object) -> bool:
    if published is None:
        return True
    try:
        return isinstance(published, str) and datetime.fromisoformat(published).tzinfo == UTC
    except ValueError:
        return False
