"""Texts of messages: what Telegram makes of them, and what it refuses."""

import re
from dataclasses import dataclass
from typing import Any, Final

from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.html import HtmlError, parse_html, utf16_units
from tests.botapi.urls import checked_url
from tests.botapi.wire import Params

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
MOST_ENTITIES: Final = 100
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_COMMAND: Final = re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")
_URL: Final = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text after parsing; ``source`` is as it was sent."""

    text: str
    entities: tuple[Json, ...]
    source: str


def read_text(params: Params, name: str = "text") -> Formatted:
    """Read the text (or caption) of a call with its markup. Raises ApiError 400."""
    source = params.text(name)
    clean = _CONTROL.sub(" ", source.replace("\r", ""))
    prefix = "caption_" if name == "caption" else ""
    mode = params.text("parse_mode").lower()
    if mode == "html":
        text, entities = _parse(clean)
    elif mode:
        raise ApiError(bad_request("unsupported parse_mode"))
    else:
        text, entities = clean, _given_entities(params.json(f"{prefix}entities"), clean)
    return Formatted(*_trim(text, entities), source)


def require_text(formatted: Formatted) -> Formatted:
    """Refuse a message text that is empty or too long."""
    if not formatted.source:
        raise ApiError(bad_request("message text is empty"))
    if not formatted.text:
        raise ApiError(bad_request("text must be non-empty"))
    if utf16_units(formatted.text) > LONGEST_TEXT:
        raise ApiError(bad_request("message is too long"))
    return formatted


def require_caption(formatted: Formatted) -> Formatted:
    """Refuse a caption that is too long; it may be empty."""
    if utf16_units(formatted.text) > LONGEST_CAPTION:
        raise ApiError(bad_request("message caption is too long"))
    return formatted


def found_entities(text: str) -> list[Json]:
    """Find the commands and links in what a person typed, as Telegram marks them."""
    found = [("bot_command", match) for match in _COMMAND.finditer(text)]
    found += [("url", match) for match in _URL.finditer(text)]
    entities = [
        {
            "type": kind,
            "offset": utf16_units(text[: match.start()]),
            "length": utf16_units(match[0]),
        }
        for kind, match in found
    ]
    return sorted(entities, key=lambda entity: entity["offset"])


def _parse(source: str) -> tuple[str, list[Json]]:
    try:
        return parse_html(source)
    except HtmlError as error:
        raise ApiError(bad_request(f"can't parse entities: {error}")) from error


def _given_entities(value: Any, text: str) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ApiError(bad_request("can't parse entities: expected an Array of MessageEntity"))
    return [_checked_entity(each, utf16_units(text)) for each in value]


def _checked_entity(entity: Json, units: int) -> Json:
    offset, length = entity.get("offset"), entity.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 0:
        raise ApiError(bad_request("can't parse MessageEntity: wrong offset or length"))
    if offset + length > units:
        raise ApiError(bad_request("entity ends after the end of the text"))
    if "url" not in entity:
        return entity
    try:
        return entity | {"url": checked_url(str(entity["url"]))}
    except ValueError as error:
        url = entity["url"]
        raise ApiError(bad_request(f"entity URL '{url}' is invalid: {error}")) from error


def _trim(text: str, entities: list[Json]) -> tuple[str, tuple[Json, ...]]:
    """Cut white space at both ends, move the entities along and keep the first hundred."""
    lead = utf16_units(text) - utf16_units(text.lstrip())
    text = text.strip()
    end = utf16_units(text)
    kept = []
    for entity in entities:
        first = max(entity["offset"] - lead, 0)
        last = min(entity["offset"] - lead + entity["length"], end)
        if last > first:
            kept.append(entity | {"offset": first, "length": last - first})
    return text, tuple(kept[:MOST_ENTITIES])
