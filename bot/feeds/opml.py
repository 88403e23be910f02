"""Lists of feeds as OPML 2.0 (http://opml.org/spec2.opml), in and out.

Folders are outlines around outlines. What OPML has no attribute for, or would not give back to
the letter, stands in attributes of a namespace of our own, which other programs pass over.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from bot.errors import UsageError
from bot.models import Source

LARGEST: Final = 5 * 1024 * 1024
"""Bytes: a list of ten thousand feeds takes about three million."""

DEEPEST: Final = 20
"""Folders within each other: nobody sorts so deep, and every level costs each feed below it."""

NAMESPACE: Final = "urn:tocsin:opml"
"""Of our own attributes: ``name country owner official lang topics interval folder``."""

_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_LEVEL: Final = re.compile(r"(?:[^\\/]|\\[\\/]|\\)+")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("tocsin", NAMESPACE)


def read(document: bytes) -> list[Source]:
    """Give the feeds of a list, each address once, with the first folder that it stands in.

    Raises UsageError where it is no OPML, is larger than LARGEST, has folders deeper than
    DEEPEST, holds what we never write into our own attributes, or names no feed.
    """
    found: dict[str, Source] = {}
    for outline, folders in _outlines(_body(document)):
        source = _source(outline.attrib, folders)
        if source.url:
            found.setdefault(source.url, source)
    if not found:
        raise UsageError("the list holds no feed: no outline has an xmlUrl")
    return list(found.values())


def write(sources: Iterable[Source], now: datetime) -> str:
    """Give a list of feeds as OPML, by folder and name."""
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Feeds of Tocsin"
    ET.SubElement(head, "dateCreated").text = format_datetime(now)
    places: dict[Sequence[str], ET.Element] = {(): ET.SubElement(root, "body")}
    for source in sorted(sources, key=lambda each: (each.folder, each.name.casefold(), each.url)):
        folders = levels(source.folder)[:DEEPEST]
        ET.SubElement(_place(places, folders), "outline", _attributes(source, folders))
    ET.indent(root)
    # By hand: the library would declare the encoding of this machine's locale.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def levels(folder: str) -> tuple[str, ...]:
    r"""Take a folder such as ``Press/Kyiv`` apart; a slash within a name is written ``\/``."""
    parts = _LEVEL.findall(folder)
    return tuple(re.sub(r"\\([\\/])", r"\1", part) for part in parts)


def folder_of(names: Iterable[str]) -> str:
    """Put the names of folders, the outermost first, together: what ``levels`` takes apart."""
    tidy = filter(None, map(_tidy, names))
    return "/".join(re.sub(r"([\\/])", r"\\\1", name) for name in tidy)


# ── out ──────────────────────────────────────────────────────────────────────────────────────


def _place(places: dict[Sequence[str], ET.Element], folders: Sequence[str]) -> ET.Element:
    """Give the element of a folder, made with those around it where it is not there yet."""
    for depth in range(1, len(folders) + 1):
        path = folders[:depth]
        if path not in places:
            name = _NOT_XML.sub("\ufffd", path[-1])
            places[path] = ET.SubElement(places[path[:-1]], "outline", text=name, title=name)
    return places[folders]


def _attributes(source: Source, folders: Sequence[str]) -> dict[str, str]:
    """Give what the outline of a feed says: to everybody, and what more there is to ourselves."""
    name = source.name or source.url
    told = {"type": "rss", "text": name, "title": name, "xmlUrl": source.url}
    if source.lang:
        told["language"] = source.lang
    if source.topics:
        told["category"] = ",".join(source.topics)
    understood = _told(told, folders)
    for field in fields(Source):
        value = getattr(source, field.name)
        if value != getattr(understood, field.name):
            told[_own(field.name)] = _written(value)
    return {key: _NOT_XML.sub("\ufffd", value) for key, value in told.items()}


def _written(value: object) -> str:
    match value:
        case str():
            return value
        case timedelta():
            return json.dumps(value.total_seconds())
        case _:
            return json.dumps(value, ensure_ascii=False)


# ── in ───────────────────────────────────────────────────────────────────────────────────────


def _body(document: bytes) -> ET.Element:
    if len(document) > LARGEST:
        raise UsageError(f"the list is larger than {LARGEST // 1024 // 1024} MiB")
    # A list needs no document type; without one there are no entities that could explode.
    if b"<!DOCTYPE" in document.replace(b"\0", b"").upper():
        raise UsageError("the list declares a document type, which OPML never needs: take it out")
    try:
        return ET.fromstring(document)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UsageError(f"the list is not OPML: {error}") from error


def _outlines(root: ET.Element) -> Iterator[tuple[ET.Element, tuple[str, ...]]]:
    """Give every outline, in its order, with the folders that it lies in."""
    waiting: list[tuple[ET.Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        if element.tag == "outline":
            yield element, folders
            if "xmlUrl" not in element.attrib:
                folders = (*folders, _name(element.attrib))
        if len(folders) > DEEPEST:
            raise UsageError(f"the list has folders more than {DEEPEST} deep")
        waiting.extend((child, folders) for child in reversed(element))


def _source(attributes: Mapping[str, str], folders: Sequence[str]) -> Source:
    told = _told(attributes, folders)
    own = {
        field.name: _taken(field.name, attributes[key], told.url)
        for field in fields(Source)
        if (key := _own(field.name)) in attributes
    }
    return replace(told, **own)


def _told(attributes: Mapping[str, str], folders: Sequence[str]) -> Source:
    """Give what the attributes that every program knows say of a feed."""
    url = attributes.get("xmlUrl", "").strip()
    name = _name(attributes)
    language = _LANGUAGE.fullmatch(attributes.get("language", "").strip())
    topics = map(_tidy, attributes.get("category", "").split(","))
    return Source(
        url=url,
        name="" if name == url else name,
        lang=language[1].lower() if language else "",
        topics=tuple(filter(None, topics)),
        folder=folder_of(folders),
    )


def _taken(name: str, written: str, url: str) -> Any:  # noqa: ANN401 - by the field's name
    """Read one of our own attributes; raises UsageError where it holds what we never write."""
    try:
        match name:
            case "official":
                return {"true": True, "false": False}[written]
            case "topics":
                return tuple(map(str, _list(json.loads(written))))
            case "interval":
                return timedelta(seconds=float(written))
            case _:
                return written
    except (ValueError, KeyError, OverflowError, RecursionError):
        raise UsageError(f"the list has a wrong tocsin:{name} at {url}: mend it there") from None


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - told like any other wrong value
    return value


def _name(attributes: Mapping[str, str]) -> str:
    return _tidy(attributes.get("title", "")) or _tidy(attributes.get("text", ""))


def _tidy(words: str) -> str:
    """Give words as one line without what nobody sees, as other programs may write them."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def _own(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
