"""Which feeds does a web page name? Read from its markup alone; nothing is fetched here."""

import re
from typing import Final, NamedTuple

import lxml.etree

from bot.feeds.links import web_address
from bot.feeds.text import plain

MOST: Final = 20
"""So many feeds of a page are told, at most."""

PAGE_LIMIT: Final = 2**20
"""Bytes of a page that are looked at: its feeds are named in its head."""

TITLE_LIMIT: Final = 200

_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"}
)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE | re.ASCII)
_INTERFACE: Final = "/wp-json/"  # how WordPress names its programming interface on every page


class FoundFeed(NamedTuple):
    """A feed that a page names; ``title`` is the page's word for it, or empty."""

    address: str
    title: str


def feed_links(page: bytes, url: str, content_type: str) -> list[FoundFeed]:
    """Give the feeds that the page found at ``url`` names, feeds of comments last.

    What is no page names none. It is to be run where it can be killed.
    """
    root = _tree(page[:PAGE_LIMIT], content_type)
    if root is None:
        return []
    bases = (each.get("href") for each in root.iter("base"))
    base = _joined(url, next(filter(None, bases), "")) or url
    found: dict[str, FoundFeed] = {}
    for link in root.iter("link"):
        address = _joined(base, link.get("href", "")) if _names_feed(link) else ""
        if address and _INTERFACE not in address:
            title = plain(link.get("title", ""), TITLE_LIMIT)
            found.setdefault(address, FoundFeed(address, title))
    return sorted(found.values(), key=_is_about_comments)[:MOST]


def _tree(page: bytes, content_type: str) -> lxml.etree._Element | None:
    charset = _CHARSET.search(content_type)
    try:
        parser = lxml.etree.HTMLParser(encoding=charset and charset[1], no_network=True)
    except LookupError:
        parser = lxml.etree.HTMLParser(no_network=True)
    try:
        return lxml.etree.fromstring(page, parser)
    except lxml.etree.LxmlError:
        return None


def _names_feed(link: lxml.etree._Element) -> bool:
    kind = link.get("type", "").partition(";")[0].strip().lower()
    return kind in _TYPES and "alternate" in link.get("rel", "").lower().split()


def _joined(base: str, href: str) -> str:
    """Give the whole address, or nothing where that is none of the web."""
    return web_address(href.strip().replace(" ", "%20"), base).partition("#")[0]


def _is_about_comments(feed: FoundFeed) -> bool:
    return "comment" in f"{feed.address} {feed.title}".lower()
