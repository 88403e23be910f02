"""Reads JSON Feed 1.x (jsonfeed.org) into the names that the XML parser uses for the same."""

import json
from collections.abc import Mapping
from typing import Any

from bot.errors import FeedUnreadable
from bot.feeds.documents import SPACE

Fields = Mapping[str, Any]


def looks_like_json(body: bytes) -> bool:
    """Tell whether a document is JSON by its first character, in UTF-8 or UTF-16."""
    head = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe").lstrip(SPACE)
    return head[:1] in {b"{", b"["}


def fields(body: bytes, limit: int) -> tuple[Fields, list[Fields]]:
    """Give the fields of a feed and of its first ``limit`` items.

    Raises FeedUnreadable where it is none.
    """
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable("the document is JSON that is broken") from error
    version = feed.get("version") if isinstance(feed, dict) else None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(version, str) or "jsonfeed.org" not in version or not isinstance(items, list):
        raise FeedUnreadable("the document is JSON, but not a JSON Feed")
    return feed, [_renamed(item) for item in items[:limit] if isinstance(item, dict)]


def _renamed(item: Fields) -> Fields:
    contents = (item.get("content_html"), item.get("content_text"))
    identity = item.get("id")
    return {
        # Version 1 allows numbers here, and most writers of version 1.1 send them too.
        "id": str(identity) if isinstance(identity, int | str) else "",
        "links": [{"href": item.get("url") or item.get("external_url")}],
        "title": item.get("title"),
        "summary": item.get("summary"),
        "content": [{"value": text} for text in contents],
        "published": item.get("date_published"),
        "updated": item.get("date_modified"),
        "language": item.get("language"),
    }
