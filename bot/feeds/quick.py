"""Reads well-formed RSS and Atom at a small part of the parser's cost, where it is sure.

It gives what feedparser gives, in feedparser's words: which of two titles counts, what a second
description becomes, how a text that was encoded twice is repaired. The tests hold the two equal.
Where a document holds what is not known to be treated so, it is left to feedparser.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.feeds.nodes import TYPES, XHTML, Node, Unsure, repaired, root

Fields = Mapping[str, Any]

_ENTRIES: Final = frozenset({"item", "entry"})
_ON_FRAMES: Final = frozenset({"href", "lastmod"})  # attributes of CDF, on channels and items

# Elements that change how others are understood.
_STRANGE: Final = frozenset({
    "abstract", "body", "channel", "date", "description_detail", "entry", "feed", "fullitem",
    "image", "item", "items", "links", "rss", "summary_detail", "textinput", "title_detail",
    "xhtml_body",
})  # fmt: skip
_IN_SOURCE: Final = frozenset({
    "author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights",
    "subtitle", "title", "updated",
})  # fmt: skip
_WITH_TITLES: Final = {
    "image": frozenset({"title", "link", "description", "url", "width", "height"}),
    "textinput": frozenset({"title", "link", "description", "name"}),
}
_ENTITY: Final = re.compile(r"&(\w+);", re.ASCII)


def fields(data: bytes, limit: int) -> tuple[Fields, list[Fields]] | None:
    """Give the fields of a feed and of its first ``limit`` entries; None where it is not sure.

    ``data`` is a document in UTF-8.
    """
    try:
        document = _Document(*root(data), limit)
    except Unsure:
        return None
    return (document.fields, document.entries) if document.entries else None


class _Document:
    def __init__(self, name: str, node: Node, limit: int) -> None:
        self.fields: dict[str, Any] = {}
        self.entries: list[Fields] = []
        self._limit = limit
        self._described = False
        if node.lang and name in {"rss", "feed"}:
            self.fields["language"] = node.lang
        match name:
            case "feed":
                self._read(node)
            case "rss" | "rdf_rdf":
                self._read_around(node)
            case _:
                raise Unsure

    def _read_around(self, node: Node) -> None:
        """Read what is inside the root of RSS: a channel, with the items in it or after it."""
        before = True
        for name, inner in node.inside():
            if name == "channel" and before:
                before = False
                self._read(inner)
            elif name in _ENTRIES and not before:
                self._add(inner)
            else:
                self._pass(name, inner)

    def _read(self, channel: Node) -> None:
        if channel.attributes.keys() & _ON_FRAMES:
            raise Unsure
        for name, node in channel.inside():
            match name:
                case "item" | "entry":
                    self._add(node)
                case "title" if "title" not in self.fields:
                    self.fields["title"] = node.markup("text/plain")[1]
                case "language" | "dc_language":
                    self.fields["language"] = repaired(node.text())
                case _:
                    self._pass(name, node)

    def _add(self, node: Node) -> None:
        if len(self.entries) < self._limit:
            self.entries.append(_Entry(node).fields)

    def _pass(self, name: str, node: Node) -> None:
        """Pass over what tells nothing here, if it changes nothing either."""
        take, _ = _TAKEN.get(name, (None, ""))
        if name in _WITH_TITLES:
            own = _WITH_TITLES[name]
            strange = any(inner not in own or len(each.element) for inner, each in node.inside())
        elif take is _Entry.summary:
            strange, self._described = self._described, name in {"summary", "itunes_summary"}
        else:
            strange = take in _DIFFERENT or name in _UNKNOWN - {"items", "date"}
        if strange or (name not in _WITH_TITLES and _counts(node)):
            raise Unsure


class _Entry:
    """An entry as it grows; of each field it knows how deep the element was that gave it."""

    def __init__(self, node: Node) -> None:
        if node.attributes.keys() & _ON_FRAMES:
            raise Unsure
        self._links: list[Fields] = []
        self._contents: list[Fields] = []
        self.fields: dict[str, Any] = {"links": self._links, "content": self._contents}
        if about := node.attributes.get("rdf:about"):
            self.fields["id"] = about
        self._depths: dict[str, int] = {}
        self._title_depth = 0
        self._has_content = False
        self._walk(node)
        if len(self._contents) > 1 and any(part["type"] == XHTML for part in self._contents):
            raise Unsure

    def _walk(self, node: Node) -> None:
        for name, inner in node.inside():
            if name in _TAKEN:
                take, what = _TAKEN[name]
                take(self, inner, what)
            elif name in _UNKNOWN:
                raise Unsure
            elif len(inner.element):
                self._walk(inner)

    def _keep(self, name: str, value: str, depth: int) -> None:
        if depth <= self._depths.get(name, depth):
            self._depths[name] = depth
            self.fields[name] = value

    def text(self, node: Node, name: str) -> None:
        self._keep(name, repaired(node.text()), node.depth)

    def unknown(self, node: Node, name: str) -> None:
        if node.attributes:  # feedparser keeps them instead of a text, its own or one before
            raise Unsure
        self.text(node, name)

    def title(self, node: Node, owner: str) -> None:
        _, value = node.markup("text/plain")
        if not 0 < self._title_depth <= node.depth:
            self._keep("title", value, node.depth)
            self.fields["title_detail"] = {"language": node.lang}
        if value and owner != "media":
            self._title_depth = node.depth

    def summary(self, node: Node, usual: str) -> None:
        if "summary" in self.fields and not self._has_content:
            self.content(node, "text/plain")
            return
        self._keep("summary", node.markup(usual)[1], node.depth)
        self.fields["summary_detail"] = {"language": node.lang}

    def content(self, node: Node, usual: str) -> None:
        self._has_content = True
        kind, value = node.markup(usual)
        self._contents.append({"type": kind, "value": value})
        self.fields.setdefault("summary", value)

    def link(self, node: Node, _: str) -> None:
        told = node.attributes
        if told.keys() & {"url", "uri"} or len(node.element):
            raise Unsure
        rel, kind = told.get("rel", "alternate"), TYPES.get(told.get("type", "text/html"))
        if "href" in told:
            href = node.completed(told["href"])
            if rel == "alternate" and kind in {"text/html", XHTML}:
                self.fields["link"] = href
        else:
            text = node.text()
            href = _with_bare_ampersands(repaired(node.completed(text) if text else ""))
            self.fields["link"] = href
        self._links.append({"rel": rel, "href": href})

    def guid(self, node: Node, _: str) -> None:
        value, permanent = node.text(), node.attributes.get("ispermalink", "true") == "true"
        value = repaired(node.completed(value) if value and permanent else value)
        self._keep("id", value, node.depth)
        if permanent:
            self.fields.setdefault("link", value)

    def source(self, node: Node, _: str) -> None:
        self._title_depth, title = 0, ""
        for name, inner in node.inside():
            if name not in _IN_SOURCE or _counts(inner):
                raise Unsure
            if name == "title" and not title:
                title = inner.markup("text/plain")[1]
                self._title_depth = inner.depth if title else 0
        own = "".join(node.element.xpath("text()")).strip()
        self.fields["source"] = {"title": repaired(own) or title}

    def leave(self, node: Node, _: str) -> None:
        node.markup("text/plain")


def _with_bare_ampersands(link: str) -> str:
    return _ENTITY.sub(r"&\1", link.replace("&amp;", "&"))


def _counts(node: Node) -> bool:
    """Tell whether anything inside is what an entry would be told by."""
    return any(
        name in _TAKEN or name in _UNKNOWN or _counts(inner) for name, inner in node.inside()
    )


_Take = Callable[[_Entry, Node, str], None]
_TAKEN: Final[dict[str, tuple[_Take, str]]] = {
    **dict.fromkeys(("pubdate", "published", "issued"), (_Entry.text, "published")),
    **dict.fromkeys(("updated", "modified", "lastbuilddate"), (_Entry.text, "updated")),
    "created": (_Entry.text, "created"),
    "language": (_Entry.text, "language"),
    "dc_date": (_Entry.text, "updated"),
    "dc_language": (_Entry.text, "language"),
    "dcterms_created": (_Entry.text, "created"),
    "dcterms_issued": (_Entry.text, "published"),
    "dcterms_modified": (_Entry.text, "updated"),
    "feedburner_origlink": (_Entry.unknown, "feedburner_origlink"),
    "pheedo_origlink": (_Entry.unknown, "pheedo_origlink"),
    "title": (_Entry.title, ""),
    "dc_title": (_Entry.title, "dc"),
    "media_title": (_Entry.title, "media"),
    **dict.fromkeys(("summary", "itunes_summary"), (_Entry.summary, "text/plain")),
    **dict.fromkeys(
        ("description", "dc_description", "media_description"), (_Entry.summary, "text/html")
    ),
    "content": (_Entry.content, "text/plain"),
    "content_encoded": (_Entry.content, "text/html"),
    "link": (_Entry.link, ""),
    **dict.fromkeys(("guid", "id"), (_Entry.guid, "")),
    "source": (_Entry.source, ""),
    **dict.fromkeys(
        ("subtitle", "itunes_subtitle", "tagline", "rights", "dc_rights", "copyright", "info"),
        (_Entry.leave, ""),
    ),
}
"""What is done with an element inside an entry, and with what."""

_DIFFERENT: Final = frozenset({_Entry.title, _Entry.content, _Entry.source})
"""What an element does that means another thing outside an entry."""

# Also what has the name of one that counts, in a namespace that may or may not be feedparser's.
_UNKNOWN: Final = _STRANGE | {f"?{name}" for name in (*_TAKEN, *_STRANGE)}
