"""Turns what feeds carry as text, markup, entities and invisible characters included, into text."""

import html
import re
from typing import Final

import lxml.etree

ELLIPSIS: Final = "…"

MARKUP_LIMIT: Final = 200_000
"""So many characters of markup are looked at; the longest text that is kept has 10,000."""

# Only these separate words; inline elements may stand inside one, as in "<b>D</b>rones".
_BLOCKS: Final = (
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr iframe img li main nav ol option p pre section table td th tr ul"
)
_INLINES: Final = (
    "a abbr b big cite code em font i ins mark q s small span strong sub sup tbody thead tt u"
)
_GAPS: Final = {
    **dict.fromkeys(_BLOCKS.split(), " "),
    **dict.fromkeys(_INLINES.split(), ""),
}
"""What stands for a tag in the text; of elements that are not here, more must be known."""

_BLOCK: Final = re.compile(rf"</?(?:{_BLOCKS.replace(' ', '|')})\b", re.IGNORECASE)
_TAG: Final = re.compile(r"<[a-zA-Z/!?]")  # the "<" of "5 < 6" opens nothing
_WHOLE_TAG: Final = re.compile(
    r"</?([a-zA-Z][a-zA-Z0-9]*)(?:\s(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*+)?/?>"
)
_UNSEEN: Final = ("script", "style", "template")
_SHOWN: Final = ("img", "iframe", "video")

# libxml2 reads the most broken markup in linear time; huge_tree lets it nest 2,048 deep, not 256.
_PARSER: Final = lxml.etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
)

# Control characters that are no white space, zero-width and bidirectional ones, soft hyphens,
# halves of surrogate pairs, and the invisible tags of the last plane: they hide words from
# readers and from queries, or turn a line round.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def plain(markup: str, limit: int) -> str:
    """Give the text of ``markup`` on one line, at most ``limit`` characters long."""
    markup = markup[:MARKUP_LIMIT]
    bare = _WHOLE_TAG.sub(_gap, markup) if "<" in markup else markup
    text = html.unescape(bare)
    if _TAG.search(bare) or not text.strip():
        text = _without_tags(markup)
    return cut(cleaned(text), limit)


def _gap(tag: re.Match[str]) -> str:
    return _GAPS.get(tag[1].lower(), tag[0])


def cleaned(text: str) -> str:
    """Give ``text`` without invisible characters, its white space folded to single spaces."""
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def cut(text: str, limit: int) -> str:
    """Cut ``text`` to at most ``limit`` characters, between words where there is a place."""
    if len(text) <= limit:
        return text
    head = text[: limit - len(ELLIPSIS)]
    if text[len(head)] != " " and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip() + ELLIPSIS


def _without_tags(markup: str) -> str:
    spaced = _BLOCK.sub(r" \g<0>", markup.replace("\0", ""))
    try:
        root = lxml.etree.fromstring(spaced.encode("utf-8", "ignore"), _PARSER)
    except lxml.etree.XMLSyntaxError:  # nothing but comments, for one
        return ""
    if root is None:
        return ""
    for unseen in root.iter(*_UNSEEN):
        unseen.clear(keep_tail=True)
    text = "".join(root.itertext())
    return text if text.strip() else _captions(root)


def _captions(root: lxml.etree._Element) -> str:
    """Give what pictures and frames are called: of some posts it is the only text."""
    return " ".join(e.get("alt") or e.get("title") or "" for e in root.iter(*_SHOWN))
