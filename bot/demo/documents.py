"""Writes the demo's feeds as documents: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from bot.demo.stories import Outlet, SampleStory

_ATOM: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as it goes over the wire."""

    body: bytes
    content_type: str


def render(outlet: Outlet, stories: Sequence[SampleStory], start: datetime) -> Document:
    """Write an outlet's feed with ``stories`` in their order, in a demo begun at ``start``.

    The same stories give the same bytes.
    """
    content_type, write = _FORMATS[outlet.format]
    return Document(write(outlet, stories, start), content_type)


def _rss(outlet: Outlet, stories: Sequence[SampleStory], start: datetime) -> bytes:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _texts(channel, title=outlet.name, link=outlet.site, description=outlet.name)
    _texts(channel, language=outlet.lang)
    for story in stories:
        item = SubElement(channel, "item")
        _texts(item, title=story.title, link=_link(outlet, story), description=story.summary)
        SubElement(item, "guid", isPermaLink="false").text = story.id
        _texts(item, pubDate=format_datetime(story.published(start)))
    return _xml(root)


def _atom(outlet: Outlet, stories: Sequence[SampleStory], start: datetime) -> bytes:
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": outlet.lang})
    newest = max((story.published(start) for story in stories), default=start)
    _texts(root, id=f"{outlet.site}/", title=outlet.name, updated=newest.isoformat())
    SubElement(SubElement(root, "author"), "name").text = outlet.name
    for story in stories:
        entry = SubElement(root, "entry")
        date = story.published(start).isoformat()
        _texts(entry, id=_link(outlet, story), title=story.title, summary=story.summary)
        _texts(entry, published=date, updated=date)
        SubElement(entry, "link", href=_link(outlet, story))
    return _xml(root)


def _json(outlet: Outlet, stories: Sequence[SampleStory], start: datetime) -> bytes:
    items = [
        {
            "id": story.id,
            "url": _link(outlet, story),
            "title": story.title,
            "summary": story.summary,
            "content_text": story.summary,
            "date_published": story.published(start).isoformat(),
            "language": story.lang or outlet.lang,
        }
        for story in stories
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.site,
        "language": outlet.lang,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8")


_Write = Callable[[Outlet, Sequence[SampleStory], datetime], bytes]
_FORMATS: Final[Mapping[str, tuple[str, _Write]]] = {
    "rss": ("application/rss+xml", _rss),
    "atom": ("application/atom+xml", _atom),
    "json": ("application/feed+json", _json),
}


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _xml(root: Element) -> bytes:
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _link(outlet: Outlet, story: SampleStory) -> str:
    return f"{outlet.site}/{story.id}"
