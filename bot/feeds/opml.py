"""Lists of feeds as OPML 2.0 (http://opml.org/spec2.opml), in and out."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.etree import ElementTree as ET

from bot.errors import UsageError
from bot.models import Source

LARGEST: Final = 5 * 1024 * 1024
"""Bytes: a list of ten thousand feeds takes about two million."""


def read(document: bytes) -> list[Source]:
    """Give the feeds of a list, those in folders too, each address once.

    Raises UsageError where it is no OPML, is larger than LARGEST, or names no feed.
    """
    found = {source.url: source for source in map(_source, _outlines(document)) if source}
    if not found:
        raise UsageError("the list holds no feed: no outline has an http or https xmlUrl")
    return list(found.values())


def write(sources: Iterable[Source], now: datetime) -> str:
    """Give a list of feeds as OPML, by name."""
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Feeds of Tocsin"
    ET.SubElement(head, "dateCreated").text = format_datetime(now)
    body = ET.SubElement(root, "body")
    for source in sorted(sources, key=lambda each: (each.name.casefold(), each.url)):
        ET.SubElement(body, "outline", _attributes(source))
    ET.indent(root)
    # By hand: the library would declare the encoding of this machine's locale.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _attributes(source: Source) -> dict[str, str]:
    name = source.name or source.url
    known = {"type": "rss", "text": name, "title": name, "xmlUrl": source.url}
    if source.lang:
        known["language"] = source.lang
    if source.topics:
        known["category"] = ",".join(source.topics)
    return known


def _outlines(document: bytes) -> Iterator[ET.Element]:
    if len(document) > LARGEST:
        raise UsageError(f"the list is larger than {LARGEST // 1024 // 1024} MiB")
    # A list needs no document type; without one there are no entities that could explode.
    if b"<!DOCTYPE" in document.replace(b"\0", b"").upper():
        raise UsageError("the list declares a document type, which OPML never needs")
    try:
        root = ET.fromstring(document)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UsageError(f"the list is not OPML: {error}") from error
    return root.iter("outline")


def _source(outline: ET.Element) -> Source | None:
    url = outline.get("xmlUrl", "").strip()
    if not url.lower().startswith(("http://", "https://")):
        return None
    return Source(
        url=url,
        name=(outline.get("title") or outline.get("text") or "").strip(),
        lang=outline.get("language", "")[:2].lower(),
        topics=tuple(t.strip() for t in outline.get("category", "").split(",") if t.strip()),
    )
