"""Turns the bytes of a document into a ParsedFeed; RSS 0.9x to 2.0, Atom and JSON Feed.

    bytes ─ documents.unfolded ─┬─ jsonfeed.fields ──────────────────────────────┬─ entries
                                └─ documents.safe ─┬─ quick.fields, where sure ──┤
                                                   └─ feedparser, where not ─────┘

It runs in a process that can be killed (``bot.feeds.worker``), because feedparser has no limits
of its own, and it is given bytes in a stream, because feedparser opens files and addresses when
it is given their names.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import feedparser

from bot.errors import FeedUnreadable
from bot.feeds import documents, jsonfeed, quick
from bot.feeds.dates import read_date
from bot.feeds.links import LINK_LIMIT, unwrapped, web_address
from bot.feeds.pace import pace
from bot.feeds.text import cut, plain
from bot.models import Entry, Pace, ParsedFeed

TITLE_LIMIT: Final = 500
SUMMARY_LIMIT: Final = 2_000
BODY_LIMIT: Final = 10_000
OUTLET_LIMIT: Final = 100
"""The longest texts that are kept, in characters; what is longer is cut between words."""

_LANGUAGE: Final = re.compile(r"\s*([a-zA-Z]{2})(?![a-zA-Z])")
# Codes of countries that are written where a code of a language belongs.
_COUNTRY_CODES: Final = {"ua": "uk", "cz": "cs", "jp": "ja", "cn": "zh", "gr": "el", "us": "en"}

Fields = Mapping[str, Any]


def parse(
    body: bytes, *, url: str, content_type: str, max_entries: int, now: datetime
) -> ParsedFeed:
    """Read a document that was found at ``url``; at most its first ``max_entries`` entries.

    ``url`` is what relative links are completed with. An entry that has neither a title nor a
    text is left out, a date that cannot be true is None.

    Raises FeedUnreadable where the document is no feed, or not one that is safe to read.
    """
    body = documents.unfolded(body)
    if jsonfeed.looks_like_json(body):
        feed, items, told, doubt = *jsonfeed.fields(body, max_entries), Pace(), ""
    else:
        data = documents.safe(body, content_type)
        feed, items, doubt = _quick_or_slow(data, max_entries)
        told = pace(data)
    parsed = ParsedFeed(
        title=plain(_string(feed, "title"), TITLE_LIMIT),
        lang=language(feed.get("language")),
        pace=told,
    )
    entries = (_entry(item, url, parsed, now) for item in items[:max_entries])
    stories = tuple(entry for entry in entries if entry.title or entry.summary)
    if doubt and not stories:
        raise FeedUnreadable(doubt)
    return replace(parsed, entries=stories)


def _quick_or_slow(data: bytes, max_entries: int) -> tuple[Fields, list[Fields], str]:
    """Give the fields of a feed and its entries, and why it may be none where that is in doubt."""
    known = quick.fields(data, max_entries)
    return (*known, "") if known else _slow(data, max_entries)


def _slow(data: bytes, max_entries: int) -> tuple[Fields, list[Fields], str]:
    document = feedparser.parse(
        io.BytesIO(documents.beginning(data, max_entries)),
        response_headers={"content-type": documents.UTF8},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    doubt = "" if document.version else documents.what_it_is(data)
    return document.feed, document.entries, doubt


def _entry(item: Fields, url: str, feed: ParsedFeed, now: datetime) -> Entry:
    summary = _string(item, "summary")
    body = max(_contents(item), key=len, default=summary)
    title, outlet = _title_and_outlet(item, feed.title)
    whole = plain(body, BODY_LIMIT)
    own = summary not in {"", body}
    shown = plain(summary, SUMMARY_LIMIT) if own else cut(whole, SUMMARY_LIMIT)
    return Entry(
        guid=_string(item, "id").strip()[:LINK_LIMIT],
        link=unwrapped(_link(item, url)),
        title=title,
        summary=shown,
        body="" if whole == shown else whole,
        published=read_date(_dates(item), now=now),
        lang=language(_language_of(item)) or feed.lang,
        outlet=outlet,
    )


def _title_and_outlet(item: Fields, feed_title: str) -> tuple[str, str]:
    """Give an entry's title, and who published it where the feed is another's, as a search is.

    Such a feed names the outlet twice: apart, and at the end of the title.
    """
    title = plain(_string(item, "title"), TITLE_LIMIT)
    source = item.get("source")
    outlet = plain(_string(source, "title"), OUTLET_LIMIT) if isinstance(source, Mapping) else ""
    if not outlet or outlet == feed_title:
        return title, ""
    return title.removesuffix(f" - {outlet}"), outlet


def _contents(item: Fields) -> Iterator[str]:
    for content in _list(item, "content"):
        # Atom may carry pictures and the like in base64.
        if content.get("type", "text/html") in {"text/html", "text/plain", "application/xhtml+xml"}:
            yield _string(content, "value")


def _link(item: Fields, url: str) -> str:
    """Give the address of the story; where the feed gives several, its permanent one."""
    guid = _string(item, "id").strip()
    for original in ("feedburner_origlink", "pheedo_origlink"):
        if own := web_address(_string(item, original), ""):
            return own
    links = [_string(link, "href") for link in _list(item, "links") if _is_page(link)]
    if len(links) > 1 and web_address(guid, ""):
        return web_address(guid, "")
    link = _string(item, "link") or next(iter(links), "")
    # Where there is no link, the parser gives any guid for one; only a whole address is.
    return web_address(link, url if links else "")


def _is_page(link: Fields) -> bool:
    return bool(link.get("rel", "alternate") == "alternate")


def _dates(item: Fields) -> Iterator[str]:
    for name in ("published", "updated", "created"):
        # Not item.get(): the parser's own would give one of these for another.
        raw = dict.get(item, name) if isinstance(item, dict) else None
        if isinstance(raw, str):
            yield raw


def _language_of(item: Fields) -> object:
    details = (item.get("title_detail"), item.get("summary_detail"))
    marked = (part.get("language") for part in details if isinstance(part, Mapping))
    return item.get("language") or next(filter(None, marked), None)


def language(code: object) -> str:
    """Give the two-letter code of a language, in small letters; empty where there is none."""
    found = _LANGUAGE.match(code) if isinstance(code, str) else None
    if found is None:
        return ""
    short = found[1].lower()
    return _COUNTRY_CODES.get(short, short)


def _string(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _list(fields: Fields, name: str) -> list[Fields]:
    values = fields.get(name)
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []
