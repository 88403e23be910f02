"""A strict parser of Telegram's HTML mode, written for the tests from its documentation.

It knows only Telegram's tags. Named character references are the four of the documentation;
others stay as they are written, as Telegram leaves them. Faults are told in Telegram's words,
with offsets in bytes of UTF-8. Offsets and lengths of entities are in UTF-16 units.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from tests.botapi.errors import Json
from tests.botapi.urls import checked_url

_END: Final = "\0"
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_ARGUMENTS: Final = {"a": "href", "code": "class", "span": "class", "tg-emoji": "emoji-id"}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(lt|gt|amp|quot)(?![A-Za-z]));?")
_LONGEST_NUMBER: Final = 10
_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_SPACE: Final = re.compile(r"[ \t\r\n\v]*")
_TAG_NAME: Final = re.compile(r"[^ \t\r\n\v\0>]*")
_ATTRIBUTE_NAME: Final = re.compile(r"[^ \t\r\n\v\0=>/\"']*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9.-]*")


class HtmlError(ValueError):
    """The text is not Telegram's HTML; says why in Telegram's words."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag whose end was not seen yet."""

    tag: str
    argument: str
    offset: int
    start: int
    order: int


def utf16_units(text: str) -> int:
    """Count the UTF-16 units of ``text``: what Telegram calls its length."""
    return len(text) + sum(char > "\uffff" for char in text)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Parse Telegram's HTML into plain text and its entities, in the order of their places.

    Raises HtmlError.
    """
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source.replace(_END, " ") + _END
        self._at = 0
        self._text: list[str] = []
        self._units = 0
        self._open: list[_Open] = []
        self._entities: list[tuple[int, Json]] = []
        self._opened = 0

    def parse(self) -> tuple[str, list[Json]]:
        """Parse the whole source."""
        while self._here != _END:
            if self._here == "<":
                self._read_tag()
            else:
                self._emit(self._read_character())
        if self._open:
            self._fail(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        self._entities.sort(key=lambda each: (each[1]["offset"], -each[1]["length"], each[0]))
        for _order, entity in self._entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        return "".join(self._text), [entity for _order, entity in self._entities]

    @property
    def _here(self) -> str:
        return self._source[self._at]

    def _fail(self, why: str, at: int | None = None) -> NoReturn:
        place = "" if at is None else f" at byte offset {len(self._source[:at].encode())}"
        raise HtmlError(why + place)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._at)
        self._at = match.end() if match else self._at
        return match[0] if match else ""

    def _emit(self, text: str) -> None:
        self._text.append(text)
        self._units += utf16_units(text)

    def _read_character(self) -> str:
        match = _REFERENCE.match(self._source, self._at)
        char = _decoded(match) if match else ""
        if match and char:
            self._at = match.end()
            return char
        self._at += 1
        return self._source[self._at - 1]

    def _read_tag(self) -> None:
        start = self._at
        if self._source[start + 1] == "/":
            self._read_end_tag(start)
        else:
            self._read_start_tag(start)

    def _read_start_tag(self, start: int) -> None:
        self._at += 1
        tag = self._take(_TAG_NAME).lower()
        if self._here == _END:
            self._fail("Unclosed start tag", start)
        if tag not in _KINDS:
            self._fail(f'Unsupported start tag "{tag}"', start)
        argument = _argument(tag, self._read_attributes(tag, start))
        if tag == "span" and argument != "tg-spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', start)
        self._opened += 1
        self._open.append(_Open(tag, argument, self._units, len(self._text), self._opened))

    def _read_attributes(self, tag: str, start: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._take(_SPACE)
            if self._here == ">":
                self._at += 1
                return found
            name = self._take(_ATTRIBUTE_NAME)
            if not name:
                self._fail(f'Empty attribute name in the tag "{tag}"', start)
            found[name] = self._read_value(tag, start)

    def _read_value(self, tag: str, start: int) -> str:
        self._take(_SPACE)
        if self._here == "=":
            self._at += 1
            self._take(_SPACE)
            if self._here != _END:
                return self._read_string(start) if self._here in "\"'" else self._read_token()
        if self._here == _END:
            self._fail(f'Unclosed start tag "{tag}"', start)
        return ""

    def _read_token(self) -> str:
        start = self._at
        token = self._take(_TOKEN).lower()
        if self._here not in " \t\r\n\v>":
            self._fail("Unexpected end of name token", start)
        return token

    def _read_string(self, start: int) -> str:
        quote = self._here
        self._at += 1
        value: list[str] = []
        while self._here != quote:
            if self._here == _END:
                self._fail("Unclosed start tag", start)
            value.append(self._read_character())
        self._at += 1
        return "".join(value)

    def _read_end_tag(self, start: int) -> None:
        if not self._open:
            self._fail("Unexpected end tag", start)
        self._at += 2
        tag = self._take(_TAG_NAME)
        self._take(_SPACE)
        if self._here != ">":
            self._fail("Unclosed end tag", start)
        self._at += 1
        opened = self._open.pop()
        if tag not in {"", opened.tag}:
            self._fail(
                "Unmatched end tag at byte offset "
                f"{len(self._source[:start].encode())}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self._units > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self._units - opened.offset
        entity: Json = {"type": _KINDS[opened.tag], "offset": opened.offset, "length": length}
        match opened.tag:
            case "a":
                link = opened.argument or "".join(self._text[opened.start :])
                if not _add_link(entity, link):
                    return
            case "blockquote" if opened.argument:
                entity["type"] = "expandable_blockquote"
            case "tg-emoji":
                entity["custom_emoji_id"] = opened.argument
            case "pre" | "code" if self._merge_language(opened, entity):
                return
        self._entities.append((opened.order, entity))

    def _merge_language(self, opened: _Open, entity: Json) -> bool:
        """Make one ``pre`` with a language out of ``pre`` and ``code`` around the same text."""
        if opened.tag == "code" and opened.argument:
            entity["language"] = opened.argument
        inner = self._entities[-1][1] if self._entities else {}
        same = all(inner.get(name) == entity[name] for name in ("offset", "length"))
        if same and {inner["type"], entity["type"]} == {"pre", "code"}:
            language = inner.get("language") or entity.get("language")
            if language:
                inner |= {"type": "pre", "language": language}
                return True
        return False


def _decoded(match: re.Match[str]) -> str:
    """Give the character of a reference, or nothing where Telegram leaves it as written."""
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    length = len(match[0].removesuffix(";"))
    if not 0 < code < _LAST_CODE_POINT or length >= _LONGEST_NUMBER:
        return ""
    if code in _SURROGATES:
        raise HtmlError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(code)


def _argument(tag: str, attributes: Mapping[str, str]) -> str:
    if tag == "blockquote":
        return "1" if "expandable" in attributes else ""
    value = attributes.get(_ARGUMENTS.get(tag, ""), "")
    if tag == "code":
        return value.removeprefix("language-") if value.startswith("language-") else ""
    return value


def _add_link(entity: Json, link: str) -> bool:
    """Add a link to its entity; false where Telegram shows the words without it."""
    try:
        entity["url"] = checked_url(link)
    except ValueError:
        return False
    return True
