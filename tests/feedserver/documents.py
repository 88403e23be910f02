"""Builds feed documents in three formats from one simple list of items."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

CONTENT = "http://purl.org/rss/1.0/modules/content/"
SOME_DAY = datetime(2023, 6, 9, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a feed; an empty field is left out of the document. ``body`` is markup."""

    guid: str = ""
    title: str = ""
    summary: str = ""
    link: str = ""
    date: datetime | None = SOME_DAY
    body: str = ""


def items(count: int, *, start: int = 0) -> list[Item]:
    """Give ``count`` items that differ in everything."""
    return [
        Item(
            guid=f"item-{number}",
            title=f"Title of story {number}",
            summary=f"Summary of story {number}.",
            link=f"https://news.example/stories/{number}",
        )
        for number in range(start, start + count)
    ]


def _tag(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def rss(entries: Sequence[Item], *, title: str = "Example News", lang: str = "en") -> bytes:
    """Render RSS 2.0."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<rss version="2.0" xmlns:content="{CONTENT}"><channel>',
        _tag("title", title) + _tag("language", lang) + "<link>https://news.example/</link>",
    ]
    for entry in entries:
        parts += [
            "<item>",
            _tag("guid", entry.guid, ' isPermaLink="false"'),
            _tag("title", entry.title),
            _tag("link", entry.link),
            _tag("description", entry.summary),
            _tag("content:encoded", entry.body),
            _tag("pubDate", format_datetime(entry.date) if entry.date else ""),
            "</item>",
        ]
    parts.append("</channel></rss>")
    return "\n".join(filter(None, parts)).encode()


def atom(entries: Sequence[Item], *, title: str = "Example News", lang: str = "en") -> bytes:
    """Render Atom 1.0."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{lang}">',
        _tag("title", title) + "<id>https://news.example/</id>",
    ]
    for entry in entries:
        parts += [
            "<entry>",
            _tag("id", entry.guid),
            _tag("title", entry.title),
            f'<link rel="alternate" href="{escape(entry.link)}"/>' if entry.link else "",
            _tag("summary", entry.summary),
            _tag("content", entry.body, ' type="html"'),
            _tag("published", entry.date.isoformat() if entry.date else ""),
            "</entry>",
        ]
    parts.append("</feed>")
    return "\n".join(filter(None, parts)).encode()


def json_feed(entries: Sequence[Item], *, title: str = "Example News", lang: str = "en") -> bytes:
    """Render JSON Feed 1.1."""
    rows = [
        {
            "id": entry.guid,
            "title": entry.title,
            "url": entry.link,
            "summary": entry.summary,
            "content_html": entry.body,
            "date_published": entry.date.isoformat() if entry.date else "",
        }
        for entry in entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "language": lang,
        "items": [{name: value for name, value in row.items() if value} for row in rows],
    }
    return json.dumps(document, ensure_ascii=False).encode()


RENDERERS: dict[str, tuple[Callable[..., bytes], str]] = {
    "rss": (rss, "application/rss+xml"),
    "atom": (atom, "application/atom+xml"),
    "json": (json_feed, "application/feed+json"),
}
"""Every format by name: what renders it, and its content type."""
