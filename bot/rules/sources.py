"""Which feeds stand behind a topic, and what has none?"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.models import Feed, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What no feed tells, and why; ``instead`` names what stands in, or is empty."""

    name: str
    topics: tuple[str, ...]
    why: str
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind a topic: its feeds, those of public bodies first, and its gaps."""

    topic: Topic
    feeds: tuple[Feed, ...]
    gaps: tuple[Gap, ...]


def behind(topic: Topic, feeds: Iterable[Feed], gaps: Iterable[Gap]) -> Behind:
    """Find what stands behind a topic; what is of no topic stands behind each."""
    own = [feed for feed in feeds if _is_of(topic, feed.source.topics)]
    own.sort(key=lambda feed: (not feed.source.official, feed.source.name.casefold(), feed.url))
    missing = tuple(gap for gap in gaps if _is_of(topic, gap.topics))
    return Behind(topic=topic, feeds=tuple(own), gaps=missing)


def _is_of(topic: Topic, topics: tuple[str, ...]) -> bool:
    return not topics or topic.name in topics
