"""Makes of the bytes that a server sent a document that is safe to parse, or says what they are."""

import re
import zlib
from itertools import islice
from typing import Final

from feedparser.encodings import convert_to_utf8

from bot.errors import FeedUnreadable

SIZE_LIMIT: Final = 5 * 1024 * 1024
"""To so many bytes a document is unfolded; as many as are fetched of one that is not folded."""

ATTRIBUTES_LIMIT: Final = 256
"""Attributes of one element; feedparser's time grows with their square: 8,000 took it 3 s."""

TAGS_LIMIT: Final = 40_000
REFERENCES_LIMIT: Final = 200_000
"""What feedparser is given at most; a tag takes it up to 0.1 ms, a reference (&amp;) 6 µs."""

UTF8: Final = "application/xml; charset=utf-8"
"""The content type of what is safe."""

SPACE: Final = b"\0\t\n\r "
"""What may stand before a document; zeros as in what is padded."""

ENTRY: Final = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
"""How an entry of RSS or Atom begins."""

_GZIP_OR_ZLIB: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_EITHER: Final = 32 + zlib.MAX_WBITS  # zlib's word for: see by the first bytes which it is
# Codecs of Python that no document is written in; one takes the square of the length in time.
_NO_ENCODING: Final = re.compile(
    rb"(?:encoding|charset)\s*=\s*[\"']?\s*(?:punycode|idna|undefined)\b", re.IGNORECASE
)
_ENTITY: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)
_CROWDED: Final = re.compile(
    rb"<(?:[^<>=\"']*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')){%d}" % (ATTRIBUTES_LIMIT + 1)
)
# What CDATA holds is no tag.
_TAG: Final = re.compile(rb"<(?:!\[CDATA\[(?:[^\]]|\](?!\]>))*+)?")
_REFERENCE: Final = re.compile(rb"&")
_WEB_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
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


def unfolded(body: bytes) -> bytes:
    """Unfold a body that is gzip or deflate (zlib) although no header said so, once.

    Raises FeedUnreadable where it is empty, or grows beyond ``SIZE_LIMIT``.
    """
    if _GZIP_OR_ZLIB.match(body):
        try:
            whole = zlib.decompressobj(_EITHER).decompress(body, SIZE_LIMIT + 1)
        except zlib.error:  # then it is something else that begins so
            whole = b""
        if len(whole) > SIZE_LIMIT:
            raise FeedUnreadable(f"the document unfolds to more than {SIZE_LIMIT >> 20} MiB")
        body = whole or body
    if not body.strip(SPACE):
        raise FeedUnreadable("the document is empty")
    return body


def safe(body: bytes, content_type: str) -> bytes:
    """Give an XML document in UTF-8.

    Raises FeedUnreadable where it declares entities, of which a few bytes can make gigabytes, has
    an element of very many attributes, or is in no encoding. No real feed does.
    """
    # Decoded first, as feedparser does it: only so is every spelling of <!ENTITY seen.
    codec = next((codec for start, codec in _WIDE if body.startswith(start)), None)
    if codec is not None:
        body, content_type = body.decode(codec, "replace").encode(), UTF8
    if _NO_ENCODING.search(content_type.encode("utf-8", "replace") + b"\n" + body[:1000]):
        raise FeedUnreadable("the document says that it is in an encoding that no feed has")
    data: bytes = convert_to_utf8({"content-type": content_type}, body.lstrip(SPACE), {})
    if _ENTITY.search(data):
        raise FeedUnreadable("the document declares entities of its own, which is not safe to read")
    if _CROWDED.search(data):
        raise FeedUnreadable(f"an element has more than {ATTRIBUTES_LIMIT} attributes")
    return data


def beginning(data: bytes, max_entries: int) -> bytes:
    """Give so much of a document as feedparser reads in seconds, and as is wanted of it."""
    bounds = ((ENTRY, max_entries), (_TAG, TAGS_LIMIT), (_REFERENCE, REFERENCES_LIMIT))
    for pattern, limit in bounds:
        beyond = next(islice(pattern.finditer(data), limit, None), None)
        if beyond is not None:
            data = data[: beyond.start()]
    return data


def what_it_is(data: bytes) -> str:
    """Say what a document is that is no feed."""
    if b"<opml" in data[:10_000].lower():
        return "this is a list of feeds, not a feed: `tocsin feeds import` takes it"
    if _WEB_PAGE.search(data[:10_000]):
        return "this is a web page, not a feed"
    return "this is not a feed: neither RSS, nor Atom, nor JSON Feed"
