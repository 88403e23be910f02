"""Which entries of a feed are new stories, which are edits, and which are old acquaintances?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bot.models import Entry, Feed, ParsedFeed, Story

_ID_BYTES: Final = 8  # 64 bits: a clash among a million stories is a chance of 3 in 10^8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The stories of one reading that change something: unseen ones and edited ones."""

    new: Sequence[Story]
    edited: Sequence[Story]


def stories(parsed: ParsedFeed, feed: Feed, now: datetime) -> list[Story]:
    """Give each entry of a document its identity; entries that are the same story count once.

    An entry is known by its guid, else its link, else its title and date. Publishers repeat
    guids and links for different stories (24 items with one link were seen in a real feed), so
    where a key repeats inside one document the title is part of it.
    """
    keys = Counter(_key(entry) for entry in parsed.entries)
    found: dict[str, Story] = {}
    for entry in parsed.entries:
        key = _key(entry)
        unique = f"{key}\n{entry.title}" if keys[key] > 1 else key
        story = _story(entry, _digest(feed.url, unique), feed, parsed.lang, now)
        found.setdefault(story.id, story)
    return list(found.values())


def sort(candidates: Iterable[Story], known: Mapping[str, str]) -> Sorted:
    """Sort stories by what the store knows: ``known`` maps a story's id to its content hash."""
    new, edited = [], []
    for story in candidates:
        if story.id not in known:
            new.append(story)
        elif known[story.id] != story.content_hash:
            edited.append(story)
    return Sorted(new=new, edited=edited)


def is_news(story: Story, *, first_reading: bool, max_age: timedelta) -> bool:
    """Tell whether a story that was not known before may cause alerts.

    What counts is that it was not there at the last reading: so nothing on a feed's first
    reading is news. A publication date speaks against it only where it lies more than
    ``max_age`` back, as with an old item that slides back into a feed.
    """
    if first_reading:
        return False
    return story.published is None or story.first_seen - story.published <= max_age


def _key(entry: Entry) -> str:
    if entry.guid:
        return f"guid {entry.guid}"
    if entry.link:
        return f"link {entry.link}"
    return f"text {entry.title} {entry.published or entry.summary}"


def _digest(*parts: str) -> str:
    text = "\n".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_ID_BYTES).hexdigest()


def _story(entry: Entry, story_id: str, feed: Feed, lang: str, now: datetime) -> Story:
    return Story(
        id=story_id,
        feed_id=feed.id,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        link=entry.link,
        published=entry.published,
        first_seen=now,
        lang=entry.lang or lang or feed.source.lang,
        content_hash=_digest(entry.title, entry.summary, entry.body, entry.link),
    )
