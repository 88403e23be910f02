"""PURE: the answer to /sources: the feeds behind a topic, how they are, and what has none.

    Sources of Sanctions: 40 feeds, 20 official (page 1 of 2)
    OFSI · GB · state · official — healthy
    Politico Europe · BE · Axel Springer — failing
    Without a feed
    Reuters — It closed its feeds. Instead: Search: Reuters

A list that is too long for one message has several pages, each behind a button and a number.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.models import Feed
from bot.rules.health import state
from bot.rules.sources import Behind, Gap
from bot.telegram.buttons import Button, Verb, data
from bot.telegram.markup import Text, bold, code, field, join, real_host, say, units
from bot.telegram.messages import Message

ROOM: Final = 3_000
"""UTF-16 units of a page's lines: with head and foot they stay within a message."""

_NAME: Final = 60
_WHY: Final = 300
_NO_TOPIC: Final = "There is no topic yet: the model is being built. Please try again in a minute."


def overview(behind: Sequence[Behind], now: datetime) -> Message:
    """Count what stands behind each topic, with a button for each."""
    if not behind:
        return Message(text=say(_NO_TOPIC))
    feeds = {feed.url: feed for each in behind for feed in each.feeds}.values()
    head = bold(f"I read {_counted(len(feeds), 'feed')} for these topics") + _troubled(feeds, now)
    lines = [
        bold(field(each.topic.title, _NAME))
        + say(f": {_summary(each)}")
        + _troubled(each.feeds, now)
        for each in behind
    ]
    ask = say("Which they are: ") + code(f"/sources {field(behind[0].topic.name, _NAME)}")
    rows = tuple((_button(field(each.topic.title, _NAME), each, 1),) for each in behind)
    return Message(text=join([head, join(lines), ask], "\n\n"), buttons=rows)


def page(behind: Behind, number: int, now: datetime) -> Message:
    """List what stands behind a topic; ``number`` is of the page, the nearest that there is."""
    feeds = [_feed(feed, now) for feed in behind.feeds]
    gaps = [_gap(gap) for gap in behind.gaps]
    if gaps:
        gaps[0] = join([bold("Without a feed"), gaps[0]])
    pages = _paged([*feeds, *gaps])
    number = min(max(number, 1), len(pages))
    of = f" (page {number} of {len(pages)})" if len(pages) > 1 else ""
    head = bold(f"Sources of {field(behind.topic.title, _NAME)}")
    head += say(f": {_summary(behind)}{of}")
    more = [
        _button(label, behind, other)
        for label, other in (("‹ Page", number - 1), ("Page ›", number + 1))
        if 1 <= other <= len(pages)
    ]
    return Message(
        text=join([head, join(pages[number - 1])]), buttons=(tuple(more),) if more else ()
    )


def _button(label: str, behind: Behind, number: int) -> Button:
    return Button(label=label, data=data(Verb.SOURCES, f"{behind.topic.name}:{number}"))


def _paged(lines: Sequence[Text]) -> list[list[Text]]:
    """Spread lines over as many pages as they need, at least one."""
    pages: list[list[Text]] = [[]]
    left = ROOM
    for line in lines:
        size = units(line.shown) + 1
        if size > left and pages[-1]:
            pages.append([])
            left = ROOM
        pages[-1].append(line)
        left -= size
    return pages


def _summary(behind: Behind) -> str:
    official = sum(feed.source.official for feed in behind.feeds)
    counts = [_counted(len(behind.feeds), "feed"), f"{official} official" if official else ""]
    counts.append(f"{len(behind.gaps)} without a feed" if behind.gaps else "")
    return ", ".join(filter(None, counts))


def _troubled(feeds: Iterable[Feed], now: datetime) -> Text:
    bad = sum(state(feed, now).bad for feed in feeds)
    return say(f"; in trouble: {bad}") if bad else Text()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _feed(feed: Feed, now: datetime) -> Text:
    source, word = feed.source, state(feed, now)
    name = field(source.name, _NAME) or real_host(source.url)
    owner = field(source.owner, _NAME)
    about = [name, field(source.country, _NAME), "" if owner == name else owner]
    about.append("official" if source.official else "")
    told = say(" · ".join(filter(None, about)) + " — ")
    return told + (bold(word) if word.bad else say(word))


def _gap(gap: Gap) -> Text:
    instead = f" Instead: {field(gap.instead, _NAME)}" if gap.instead else ""
    return say(f"{field(gap.name, _NAME)} — {field(gap.why, _WHY)}{instead}")
