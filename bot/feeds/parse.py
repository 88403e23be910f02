"""Turns the bytes of a document into a ParsedFeed; RSS 0.9x to 2.0, Atom and JSON Feed.

It runs in a process that can be killed (``bot.feeds.worker``), because the parser has no limits
of its own, and it is given bytes in a stream, because the parser opens files and addresses when
it is given their names.
"""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import feedparser
from feedparser.encodings import convert_to_utf8

from bot.errors import FeedUnreadable
from bot.feeds import jsonfeed
from bot.feeds.dates import read_date
from bot.feeds.text import plain
from bot.models import Entry, ParsedFeed

TITLE_LIMIT: Final = 500
SUMMARY_LIMIT: Final = 2_000
BODY_LIMIT: Final = 10_000
"""The longest texts that are kept, in characters; what is longer is cut between words."""

LINK_LIMIT: Final = 2_000
"""A link, or an id, that is longer is some document in disguise."""

_ENTITY: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)
_WEB_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_UTF8: Final = "application/xml; charset=utf-8"
# How documents in wide characters begin: with a byte order mark, or "<". The parser looks at
# these last, and by then takes most of them for UTF-8 full of zeros.
_WIDE: Final = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
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
    if not body.strip(b"\0\t\n\r "):
        raise FeedUnreadable("the document is empty")
    if jsonfeed.looks_like_json(body):
        feed, items, doubt = *jsonfeed.fields(body), ""
    else:
        feed, items, doubt = _xml_fields(body, content_type)
    lang = language(feed.get("language"))
    entries = (_entry(item, url, lang, now) for item in items[:max_entries])
    stories = tuple(entry for entry in entries if entry.title or entry.summary)
    if doubt and not stories:
        raise FeedUnreadable(doubt)
    return ParsedFeed(title=plain(_string(feed, "title"), TITLE_LIMIT), lang=lang, entries=stories)


def _xml_fields(body: bytes, content_type: str) -> tuple[Fields, list[Fields], str]:
    """Give the fields of a feed and its entries, and why it may be none where that is in doubt."""
    # Decoded first, as the parser does it: only so is every spelling of <!ENTITY seen. What is
    # declared there can make gigabytes of a few bytes, and no real feed declares any.
    codec = next((codec for start, codec in _WIDE if body.startswith(start)), None)
    if codec is not None:
        body, content_type = body.decode(codec, "replace").encode(), _UTF8
    data: bytes = convert_to_utf8({"content-type": content_type}, body, {})
    if _ENTITY.search(data):
        raise FeedUnreadable("the document declares entities of its own, which is not safe to read")
    document = feedparser.parse(
        io.BytesIO(data),
        response_headers={"content-type": _UTF8},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return document.feed, document.entries, "" if document.version else _what_it_is(data)


def _what_it_is(data: bytes) -> str:
    if b"<opml" in data[:10_000].lower():
        return "this is a list of feeds, not a feed: `tocsin feeds import` takes it"
    if _WEB_PAGE.search(data[:10_000]):
        return "this is a web page, not a feed"
    return "this is not a feed: neither RSS, nor Atom, nor JSON Feed"


def _entry(item: Fields, url: str, feed_lang: str, now: datetime) -> Entry:
    summary = _string(item, "summary")
    body = max(_contents(item), key=len, default=summary)
    shown = plain(summary or body, SUMMARY_LIMIT)
    whole = plain(body, BODY_LIMIT)
    return Entry(
        guid=_string(item, "id").strip()[:LINK_LIMIT],
        link=_link(item, url),
        title=plain(_string(item, "title"), TITLE_LIMIT),
        summary=shown,
        body="" if whole == shown else whole,
        published=read_date(_dates(item), now=now),
        lang=language(_language_of(item)) or feed_lang,
    )


def _contents(item: Fields) -> Iterator[str]:
    for content in _list(item, "content"):
        # Atom may carry pictures and the like in base64.
        if content.get("type", "text/html") in {"text/html", "text/plain", "application/xhtml+xml"}:
            yield _string(content, "value")


def _link(item: Fields, url: str) -> str:
    """Give the address of the story; where the feed gives several, its permanent one."""
    guid = _string(item, "id").strip()
    links = [_string(link, "href") for link in _list(item, "links") if _is_page(link)]
    if len(links) > 1 and web_address(guid, ""):
        return web_address(guid, "")
    link = _string(item, "link") or next(iter(links), "")
    # Where there is no link, the parser gives any guid for one; only a whole address is.
    return web_address(link, url if links else "")


def _is_page(link: Fields) -> bool:
    return bool(link.get("rel", "alternate") == "alternate")


def web_address(link: str, base: str) -> str:
    """Complete ``link`` by ``base``; empty where that is no address of http or https."""
    link = "".join(link.split())
    try:
        whole = urljoin(base, link) if link else ""
        parts = urlsplit(whole)
    except ValueError:
        return ""
    usable = parts.scheme in {"http", "https"} and parts.netloc and len(whole) <= LINK_LIMIT
    return whole if usable and whole.isprintable() else ""


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
