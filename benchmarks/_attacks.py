"""Serves healthy feeds, each at a port of its own, and beside them everything a hostile one may be.

Run with the number of healthy feeds, it prints their addresses, one a line, then an empty line and
the address that the attacks are below, each by its name. Each line on its standard input is then
answered by one line of JSON: when each healthy feed was asked since the last line, in seconds of
the monotonic clock. It ends with its input.
"""

import asyncio
import gzip
import json
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Final

EDITION: Final = 2.0
"""Seconds after which a healthy feed has a new story, so that the parsers are always needed."""

MIB: Final = 2**20
OK: Final = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/rss+xml\r\n"
HEAD: Final = b'<?xml version="1.0" encoding="utf-8"?>'

Attack = Callable[[asyncio.StreamWriter], Awaitable[None]]


# ── documents ────────────────────────────────────────────────────────────────────────────────


def rss(markup: bytes, *, declared: bytes = b"") -> bytes:
    """Give a feed of one item with ``markup`` in it."""
    item = b"<item><title>t</title>%s</item>" % markup
    return b"%s%s<rss version='2.0'><channel>%s</channel></rss>" % (HEAD, declared, item)


def described(text: bytes) -> bytes:
    """Give a feed whose item has a description."""
    return rss(b"<description><![CDATA[%s]]></description>" % text)


def laughs() -> bytes:
    """Give ten entities, each ten times the one before, in one line."""
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"lol") for n in range(10)
    )
    return rss(b"<description>&l9;</description>", declared=b"<!DOCTYPE r [%s]>" % entities)


def items(count: int) -> bytes:
    """Give a feed of many items."""
    item = b"<item><title>t %d</title><guid>%d</guid></item>"
    every = b"".join(item % (n, n) for n in range(count))
    return b"<rss version='2.0'><channel>%s</channel></rss>" % every


def names(count: int, pattern: bytes) -> bytes:
    """Give attributes that differ in their number."""
    return b" ".join(pattern % n for n in range(count))


DOCUMENTS: Final[dict[str, Callable[[], bytes]]] = {
    "100,000 nested elements": lambda: rss(b"<a>" * 100_000 + b"</a>" * 100_000),
    "100,000 nested, not closed": lambda: rss(b"<a>" * 100_000),
    "100,000 nested items": lambda: b"<rss><channel>" + b"<item>" * 100_000,
    "100,000 nested div in text": lambda: described(b"<div>" * 100_000),
    "200,000 unclosed b in text": lambda: described(b"<b>" * 200_000),
    "100,000 attributes": lambda: rss(b"<a %s/>" % names(100_000, b"a%d='1'")),
    "100,000 namespaces": lambda: rss(b"<a %s/>" % names(100_000, b"xmlns:a%d='u:1'")),
    "50,000 comments begun": lambda: described(b"<!--" * 50_000),
    "1 MiB of <": lambda: described(b"<" * MIB),
    "1 MiB of &": lambda: rss(b"<description>%s</description>" % (b"&" * MIB)),
    "5 MiB of bare &amp": lambda: rss(b"<title>%s</title>" % (b"&amp " * MIB))[: 5 * MIB],
    "1 MiB of quotes in a tag": lambda: described(b"<a " + b"x='" * (MIB // 3)),
    "entity declarations": laughs,
    "an external entity": lambda: rss(
        b"<description>&x;</description>",
        declared=b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ),
    "a line of 5 MiB": lambda: described(b"a" * (5 * MIB - 500)),
    "5 MiB of words": lambda: described(b"word " * (MIB - 100)),
    "5 MiB of spaces in a title": lambda: rss(b"<title>%s</title>" % (b" " * (5 * MIB - 500))),
    "a date of 1 MiB": lambda: rss(b"<pubDate>%s</pubDate>" % (b"1 " * (MIB // 2))),
    "1 MiB of NUL": lambda: rss(b"\0" * MIB),
    "80,000 items": lambda: items(80_000),
    "510,000 contents of an item": lambda: rss(b"<content/>" * 510_000) + b"&",
    "control characters": lambda: rss(b"<description>%s</description>" % bytes(range(1, 32))),
    "the name of a file": lambda: b"/etc/passwd",
    "an address": lambda: b"http://127.0.0.1/",
    "nested JSON": lambda: b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * MIB,
    "a JSON number of 4 MiB": lambda: b'{"version": %s}' % (b"9" * 4 * MIB),
    "UTF-16 with half a character": lambda: rss(b"<a/>" * 1000).decode().encode("utf-16")[:-1],
    "noise": lambda: bytes(n * n % 251 for n in range(MIB)),
    "a challenge page": lambda: b"<!doctype html><html><body>Are you human?" + b"<div>" * 50_000,
    "nothing": lambda: b"",
}


# ── other ways ───────────────────────────────────────────────────────────────────────────────


def whole(body: bytes, *headers: bytes) -> Attack:
    """Send one answer."""

    async def send(writer: asyncio.StreamWriter) -> None:
        lines = b"".join(header + b"\r\n" for header in headers)
        writer.write(OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return send


def endless(first: bytes, again: bytes, pause: float = 0.0) -> Attack:
    """Send something, and then something else until the client goes."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


def bomb(wbits: int) -> bytes:
    """Give a body that unfolds to 256 MiB."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join([*(packer.compress(bytes(MIB)) for _ in range(256)), packer.flush()])


WAYS: Final[dict[str, Callable[[], Attack]]] = {
    "a byte a second": lambda: endless(OK + b"\r\n", b"<", 1.0),
    "silence": lambda: endless(b"", b"", 1.0),
    "chunks of a byte": lambda: endless(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 10_000
    ),
    "a body without end": lambda: endless(OK + b"\r\n", b" " * 65_536),
    "headers without end": lambda: endless(OK, b"X: y\r\n" * 1000),
    "hints without end": lambda: endless(b"", b"HTTP/1.1 103 Hint\r\n\r\n" * 1000),
    "a gzip bomb": lambda: whole(bomb(31), b"Content-Encoding: gzip"),
    "a deflate bomb": lambda: whole(bomb(15), b"Content-Encoding: deflate"),
    "empty gzip members without end": lambda: endless(
        OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 3000
    ),
    "202 Accepted": lambda: endless(b"HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n", b"", 1),
}

ATTACKS: Final = [*WAYS, *DOCUMENTS]
"""The names of all attacks."""


@cache
def prepared() -> list[Attack]:
    """Make all attacks; takes some seconds."""
    documents = (whole(document()) for document in DOCUMENTS.values())
    return [*(way() for way in WAYS.values()), *documents]


class Publisher:
    """Answers for all feeds."""

    def __init__(self) -> None:
        self._asked: defaultdict[int, list[float]] = defaultdict(list)

    def asked(self) -> dict[int, list[float]]:
        """Give when each healthy feed was asked since this was last called."""
        asked, self._asked = dict(self._asked), defaultdict(list)
        return asked

    def healthy(self, number: int) -> Callable[..., Awaitable[None]]:
        """Give what answers for a healthy feed."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while request := await _request(reader):
                self._asked[number].append(time.monotonic())
                etag = b'"%d"' % (time.monotonic() // EDITION)
                if b"if-none-match: " + etag in request.lower():
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n")
                    continue
                body = rss(b"<guid>%d-%s</guid>" % (number, etag))
                head = b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % (etag, len(body)) + body)
            writer.close()

        return answer

    @staticmethod
    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Attack by the number in the path."""
        try:
            number = int((await _request(reader)).split()[1].removeprefix(b"/"))
            await prepared()[number](writer)
            await writer.drain()
        except (ConnectionError, IndexError):
            pass  # the client has gone, as it may
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""


async def main(healthy: int) -> None:
    """Serve until the input ends."""
    publisher = Publisher()
    prepared()
    for answer in [*map(publisher.healthy, range(healthy)), publisher.hostile]:
        if answer == publisher.hostile:
            print()
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    sys.stdout.flush()
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(publisher.asked()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
