"""Puts together the body of an answer, and unfolds it where it is compressed, within its limit."""

import zlib
from typing import Final

from bot.errors import FeedUnavailable

CODINGS: Final = "gzip, deflate"
"""What we ask for. Not zstd or br: a few KiB of those grow to hundreds of MiB."""

DAMAGED: Final = "the document arrived damaged or incomplete"

_GZIP: Final = frozenset({"gzip", "x-gzip"})
_UNASKED: Final = frozenset({"br", "compress", "dcb", "dcz", "x-compress", "zstd"})
_GZIP_MAGIC: Final = b"\x1f"
_MOST_MEMBERS: Final = 1000  # of gzip; each costs time, also where it is empty


class Body:
    """The body of an answer as it arrives; ``coding`` is the answer's ``Content-Encoding``.

    ``limit`` counts bytes as they arrive and as they are unfolded: neither may be more. A coding
    that is none, such as the name of a character set, is passed over.
    """

    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding.strip().lower()
        self._limit = limit
        self._arrived = 0
        self._text = bytearray()
        self._unpacker: zlib._Decompress | None = None
        self._members = 0
        if self._coding in _UNASKED or "," in self._coding:
            raise FeedUnavailable("the document is compressed in a way that was not asked for")

    def add(self, part: bytes) -> None:
        """Take what came next.

        Raises FeedUnavailable where it is too much, or not what the coding says.
        """
        self._arrived += len(part)
        if self._coding in _GZIP or self._coding == "deflate":
            self._unfold(part)
        else:
            self._text += part
        if max(self._arrived, len(self._text)) > self._limit:
            limit = f"{self._limit / 2**20:.3g} MiB"
            raise FeedUnavailable(f"the document is larger than {limit} and was stopped")

    def whole(self) -> bytes:
        """Give all that came; raises FeedUnavailable where the end is missing."""
        if self._unpacker is not None and not self._unpacker.eof:
            raise FeedUnavailable(DAMAGED)
        return bytes(self._text)

    def _unfold(self, part: bytes) -> None:
        while part:
            if self._unpacker is None or self._unpacker.eof:
                if self._unpacker and not part.startswith(_GZIP_MAGIC):
                    return  # padding after the end, which browsers pass over too
                self._unpacker = self._next_member(part)
            room = self._limit + 1 - len(self._text)
            try:
                self._text += self._unpacker.decompress(part, room)
            except zlib.error as error:
                raise FeedUnavailable(DAMAGED) from error
            if len(self._text) > self._limit:
                return
            part = self._unpacker.unused_data  # gzip may come in several members

    def _next_member(self, part: bytes) -> "zlib._Decompress":
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FeedUnavailable(DAMAGED)
        if self._coding in _GZIP:
            return zlib.decompressobj(31)
        # Many servers send deflate without its wrapping, which begins with 8 (RFC 1950).
        wrapped = part[0] & 0x0F == 8  # noqa: PLR2004 - see above
        return zlib.decompressobj(15 if wrapped else -15)
