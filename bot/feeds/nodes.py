"""The elements of a well-formed document, with the names and texts that feedparser gives them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urljoin
from xml.sax.saxutils import escape

import lxml.etree

XHTML: Final = "application/xhtml+xml"
TYPES: Final = {
    "text": "text/plain", "plain": "text/plain", "text/plain": "text/plain",
    "html": "text/html", "text/html": "text/html", "xhtml": XHTML, XHTML: XHTML,
}  # fmt: skip
"""What a text may say that it is, and what that means."""

_PARSER: Final = lxml.etree.XMLParser(
    resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
)
_NAMESPACES: Final = {
    "": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}
"""The namespaces that count, in small letters, and the short names that feedparser has for them."""

_ELEMENTS_LIMIT: Final = 200_000  # a second's work; no feed of 5 MiB has as many
_SHORT: Final = frozenset(_NAMESPACES.values()) - {""}
_DECLARED: Final = re.compile(rb"xmlns(?::([\w.-]+))?\s*=\s*[\"']([^\"']*)")
# Early drafts of RSS 2.0 and Atom, for which feedparser knows many names.
_DRAFTS: Final = re.compile("userland.com/rss.|/echo[/#]|example.com/|purl.org/pie/")

# Attributes that count even in a namespace that nobody knows.
_TELLING: Final = frozenset(
    {"base", "href", "ispermalink", "lang", "mode", "rel", "src", "type", "uri", "url"}
)

_WINDOWS: Final = {
    byte: bytes([byte]).decode("cp1252")
    for byte in range(0x80, 0xA0)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


class Unsure(Exception):
    """The document holds something that is left to feedparser."""


class Node(NamedTuple):
    """An element with what it inherits; the root is 1 deep."""

    element: lxml.etree._Element
    attributes: Mapping[str, str]
    base: str = ""
    lang: str | None = None
    depth: int = 1

    def inside(self) -> Iterator[tuple[str, "Node"]]:
        """Give the elements inside, with their names."""
        depth = self.depth + 1
        for element in self.element:
            attributes = _attributes(element)
            base = _base(attributes, self.base) if attributes else self.base
            lang = _lang(attributes, self.lang) if attributes else self.lang
            name = _name(element.tag, element.prefix)
            yield name, Node(element, attributes, base, lang, depth)

    def text(self) -> str:
        """Give the text, which must be all that is inside."""
        if len(self.element):
            raise Unsure
        return (self.element.text or "").strip()

    def markup(self, usual: str) -> tuple[str, str]:
        """Give the type of the content, ``usual`` where none is told, and the content."""
        kind = TYPES.get(self.attributes.get("type", usual))
        if kind is None or self.attributes.get("mode") == "base64":
            raise Unsure
        text = "".join(_written(self.element)).strip() if kind == XHTML else self.text()
        return kind, repaired(text)

    def completed(self, address: str) -> str:
        """Complete an address by the base."""
        if ":///" in address:
            raise Unsure
        try:
            return urljoin(self.base, address)
        except ValueError:
            return ""


def root(data: bytes) -> tuple[str, Node]:
    """Give the outermost element of a document in UTF-8, with its name; raises Unsure."""
    if b"<!DOCTYPE" in data or not _plainly_named(data):
        raise Unsure
    try:
        element = lxml.etree.fromstring(data, _PARSER)
    except lxml.etree.XMLSyntaxError as error:
        raise Unsure from error
    if data.count(b"<") > _ELEMENTS_LIMIT and element.xpath("count(//*)") > _ELEMENTS_LIMIT:
        raise Unsure
    attributes = _attributes(element)
    node = Node(element, attributes, _base(attributes, None), _lang(attributes, None))
    return _name(element.tag, element.prefix), node


def repaired(text: str) -> str:
    """Undo what publishers do to texts: UTF-8 taken for Latin-1, and Windows-1252 for Unicode."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode()
    return text.translate(_WINDOWS)


def _plainly_named(data: bytes) -> bool:
    """Tell whether each prefix stands for one namespace, and no short name for that of another."""
    meanings: dict[str, str] = {}
    for name, uri in _DECLARED.findall(data):
        prefix = name.decode("utf-8", "replace").lower()
        meaning = uri.decode("utf-8", "replace").lower()
        if prefix and meanings.setdefault(prefix, meaning) != meaning:
            return False
        if (prefix in _SHORT and _NAMESPACES.get(meaning) != prefix) or _DRAFTS.search(meaning):
            return False
    return True


@lru_cache(maxsize=1024)
def _name(tag: str, prefix: str | None) -> str:
    """Give the name of an element as feedparser has it: ``dc_title``.

    One without a prefix, of a namespace that counts for nothing, has ``?`` before it.
    """
    uri, _, local = tag.removeprefix("{").rpartition("}")
    short = _NAMESPACES.get(uri.lower())
    if short is None:
        if prefix is None:
            return f"?{local.lower()}"
        short = prefix.lower()
    return f"{short}_{local.lower()}" if short else local.lower()


def _attributes(element: lxml.etree._Element) -> dict[str, str]:
    found = {}
    for key, value in element.items():
        uri, _, local = key.removeprefix("{").rpartition("}")
        name = local.lower()
        if uri:
            short = _NAMESPACES.get(uri.lower())
            if not short and name in _TELLING:
                raise Unsure
            name = f"{short}:{name}"
        found[name] = value.lower() if name in {"rel", "type"} else value
    return found


def _lang(attributes: Mapping[str, str], outer: str | None) -> str | None:
    lang = attributes.get("xml:lang", attributes.get("lang"))
    return outer if lang is None else lang or None


def _base(attributes: Mapping[str, str], outer: str | None) -> str:
    own = attributes.get("xml:base", attributes.get("base"))
    if not own:
        return outer or ""
    if outer == "":  # feedparser would keep it for what comes after
        raise Unsure
    base = urljoin(outer or "", own)
    if not base.startswith(("http://", "https://")) or ":///" in base:
        raise Unsure
    return base


def _written(element: lxml.etree._Element) -> Iterator[str]:
    """Give what is inside an element as markup."""
    yield escape(element.text or "")
    for inner in element:
        space, _, local = inner.tag.removeprefix("{").rpartition("}")
        name = local.lower()
        if _NAMESPACES.get(space.lower()) != "xhtml" or name in {"svg", "math"}:
            raise Unsure
        if any(key.lower().endswith("base") for key in inner.keys()):  # noqa: SIM118 - no dict
            raise Unsure
        told = "".join(f' {k}="{escape(v, {chr(34): "&quot;"})}"' for k, v in inner.items())
        yield f"<{name}{told}>"
        yield from _written(inner)
        yield f"</{name}>{escape(inner.tail or '')}"
