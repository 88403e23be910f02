"""Which entries of a feed are new stories, which are edits, and which are old acquaintances?

An entry's id comes from its guid, else its link, else its title and date. Publishers change all
of these: guids when a site moves to https, links when it is rebuilt, titles and dates when a
story is edited. So an entry whose id is not known may still be known by its other keys, where a
second thing bears them out: a link by the title or the date, a title by the date to the second.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Final

from bot.models import Acquaintance, Entry, Feed, Keys, ParsedFeed, Story
from bot.pages import page_of

FLOOD: Final = 10
"""More new stories than this, and than half of their document, look like a feed that renamed all
that it has. Few feeds bring so many between two readings."""

_ID_BYTES: Final = 8  # 64 bits: a clash among a million stories is a chance of 3 in 10^8

_IsSame = Callable[[Story, Acquaintance], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The stories of one reading that change something: unseen ones and edited ones.

    ``old`` are the ids of unseen ones that are no news: their feed had them before it was read
    last. ``flood`` tells that most of the document looked new.
    """

    new: Sequence[Story] = ()
    edited: Sequence[Story] = ()
    old: frozenset[str] = frozenset()
    flood: bool = False


# ── who is who ───────────────────────────────────────────────────────────────────────────────


def stories(parsed: ParsedFeed, feed: Feed, now: datetime) -> list[Story]:
    """Give each entry of a document its identity; entries that are the same story count once.

    Publishers repeat guids and links for different stories (24 items with one link were seen in
    a real feed), so where a key repeats inside one document the title is part of the id, and the
    key tells nobody.
    """
    ids = Counter(_key(entry) for entry in parsed.entries)
    repeated = _repeated(parsed.entries)
    found: dict[str, Story] = {}
    for entry in parsed.entries:
        key = _key(entry)
        unique = f"{key}\n{entry.title}" if ids[key] > 1 else key
        story_id = _digest(feed.url, unique)
        if story_id not in found:
            lang = entry.lang or parsed.lang or feed.source.lang
            story = _story(entry, story_id, feed.id, now)
            found[story_id] = replace(story, lang=lang, keys=_keys(entry, repeated))
    return list(found.values())


def sort(candidates: Sequence[Story], known: Iterable[Acquaintance], feed: Feed) -> Sorted:
    """Sort the stories of a document by what the store knows of them.

    An acquaintance is one story at most: that of its id, else the first that shows its keys.
    """
    if not candidates:
        return Sorted()
    free = {each.story_id: each for each in known}
    met = {story.id: free.pop(story.id) for story in candidates if story.id in free}
    met |= _recognised(candidates, met, free, _is_same)
    flood = _is_flood(len(candidates) - len(met), len(candidates), feed)
    if flood:
        again = _recognised(candidates, met, free, _has_title)
        # A feed that renames what it has keeps its titles; in real news few come again.
        if len(again) * 2 > len(candidates) - len(met):
            met |= again
    new = [story for story in candidates if story.id not in met]
    return Sorted(
        new=new,
        edited=[_edited(s, met[s.id]) for s in candidates if s.id in met and _differs(s, met)],
        old=_old(candidates, met, feed.newest_story, flood=flood),
        flood=flood,
    )


def _recognised(
    candidates: Iterable[Story],
    met: Mapping[str, Acquaintance],
    free: dict[str, Acquaintance],
    is_same: _IsSame,
) -> dict[str, Acquaintance]:
    """Take from ``free`` who the stories that were not met are, by their keys."""
    found: dict[str, Acquaintance] = {}
    shelves: dict[str, list[Acquaintance]] = {}
    for each in free.values():
        for key in {each.keys.guid, each.keys.link, each.keys.title} - {""}:
            shelves.setdefault(key, []).append(each)
    for story in candidates:
        if story.id in met:
            continue
        keys = story.keys
        alike = [one for key in (keys.guid, keys.link, keys.title) for one in shelves.get(key, ())]
        same = (one for one in alike if one.story_id in free and is_same(story, one))
        if (one := next(same, None)) is not None:
            found[story.id] = free.pop(one.story_id)
    return found


def _is_same(story: Story, one: Acquaintance) -> bool:
    mine, its = story.keys, one.keys
    if mine.guid and mine.guid == its.guid:
        return True
    same_title = bool(mine.title) and mine.title == its.title
    # Headings come again ("Air raid alert"), and many on a day where dates have no time of day.
    same_date = story.published == one.published and _has_time(story.published)
    if mine.link and mine.link == its.link:
        return same_title or same_date or not (mine.guid and its.guid)
    return same_title and same_date


def _has_title(story: Story, one: Acquaintance) -> bool:
    return bool(story.keys.title) and story.keys.title == one.keys.title


def _has_time(moment: datetime | None) -> bool:
    return moment is not None and moment.time() != time.min


def _differs(story: Story, met: Mapping[str, Acquaintance]) -> bool:
    one = met[story.id]
    return story.content_hash != one.content_hash or story.keys != one.keys


def _edited(story: Story, one: Acquaintance) -> Story:
    return replace(story, id=one.story_id)


# ── what is news ─────────────────────────────────────────────────────────────────────────────


def is_news(story: Story, feed: Feed, old: frozenset[str], max_age: timedelta) -> bool:
    """Tell whether a story of a feed that was not known before may cause alerts.

    What counts is that it was not there at the last reading: so nothing on a feed's first
    reading is news, and nothing of ``old``. A publication date speaks against it only where it
    lies more than ``max_age`` back. With an official source it never does: what an office puts
    out today may bear the date of its signing.
    """
    if feed.first_read is None or story.id in old:
        return False
    if story.published is None or feed.source.official:
        return True
    return story.first_seen - story.published <= max_age


def dated(story: Story) -> datetime:
    """Tell when a story is of: what the feed says, but never after we saw it."""
    return min(story.published or story.first_seen, story.first_seen)


def _is_flood(strangers: int, stories: int, feed: Feed) -> bool:
    return feed.first_read is not None and strangers > max(FLOOD, stories / 2)


def _old(
    candidates: Sequence[Story],
    met: Mapping[str, Acquaintance],
    newest: datetime | None,
    *,
    flood: bool,
) -> frozenset[str]:
    """Give the unseen stories that their feed had before it was read last.

    They stand below all known ones, and are no later than ``newest``, the newest story that it
    had then. In a flood that is enough: they were renamed. Else they are also older than all
    known ones, and slid back when something above them was taken out.
    """
    places = [place for place, story in enumerate(candidates) if story.id in met]
    oldest = min(filter(None, (candidates[place].published for place in places)), default=None)
    below = candidates[max(places, default=-1) + 1 :]
    return frozenset(
        story.id
        for story in below
        if (date := story.published) is not None
        and newest is not None
        and _latest(date) <= newest
        and (flood or (oldest is not None and date < oldest))
    )


def _latest(date: datetime) -> datetime:
    """Give the latest moment that is meant: a date without a time of day is all of the day."""
    return date if _has_time(date) else date + timedelta(days=1)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def _key(entry: Entry) -> str:
    if entry.guid:
        return f"guid {entry.guid}"
    if entry.link:
        return f"link {entry.link}"
    return f"text {entry.title} {entry.published or entry.summary}"


def _repeated(entries: Iterable[Entry]) -> set[str]:
    """Give the guids, pages and titles that several entries share.

    The posts of a live page have links that differ, but lead to one page.
    """
    listed = list(entries)
    counts = [Counter(e.guid for e in listed), Counter(page_of(e.link) for e in listed)]
    counts.append(Counter(e.title for e in listed))
    return {text for count in counts for text, times in count.items() if times > 1}


def _keys(entry: Entry, repeated: set[str]) -> Keys:
    page = page_of(entry.link)
    return Keys(
        guid=_digest("guid", entry.guid) if entry.guid and entry.guid not in repeated else "",
        link=_digest("link", page) if page and page not in repeated else "",
        title=_title_key(entry.title) if entry.title and entry.title not in repeated else "",
    )


def _title_key(title: str) -> str:
    return _digest("title", " ".join(title.casefold().split()))


def _digest(*parts: str) -> str:
    text = "\n".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_ID_BYTES).hexdigest()


def _story(entry: Entry, story_id: str, feed_id: int, now: datetime) -> Story:
    return Story(
        id=story_id,
        feed_id=feed_id,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        link=entry.link,
        published=entry.published,
        first_seen=now,
        lang=entry.lang,
        content_hash=_digest(entry.title, entry.summary, entry.body, entry.link),
        outlet=entry.outlet,
    )
