"""Serves the feeds of ``_documents`` from memory, with as little work as HTTP allows.

Every hundred feeds have a port of their own, which readers take for a host of its own. It answers
304 to who has a document already, knows only GET, and counts its answers.

Run with the number of feeds, it prints the address of each, one a line, then an empty line. Each
line on its standard input is then answered by one line: ``turn K`` gives each feed of the K-th
tenth a new story and is answered with their number, ``answers`` with how often each status was
given since this was last asked. It ends with its input.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import _documents

PER_HOST: Final = 100
"""Feeds at one port."""
TENTHS: Final = 10


class Page(NamedTuple):
    """What is answered at one path: to who has it, and to who has not."""

    etag: bytes
    same: bytes
    fresh: bytes


class Publishers:
    """All feeds, each in its present edition."""

    def __init__(self, feeds: int) -> None:
        self._began = datetime.now(UTC).replace(microsecond=0)
        self._names = [_documents.name(feed) for feed in range(feeds)]
        self._editions = [0] * feeds
        self._answers: Counter[int] = Counter()
        self.pages = {name: self._page(feed) for feed, name in enumerate(self._names)}

    def turn(self, tenth: int) -> int:
        """Give one more story to every feed of a tenth, RSS and Atom alike; tell to how many."""
        chosen = [feed for feed in range(len(self._names)) if feed // 2 % TENTHS == tenth]
        for feed in chosen:
            self._editions[feed] += 1
            self.pages[self._names[feed]] = self._page(feed)
        return len(chosen)

    def answer(self, request: bytes) -> bytes:
        """Give the answer to a request, whole."""
        first, *lines = request.split(b"\r\n")
        page = self.pages.get(first.split()[1].decode().removeprefix("/"))
        if page is None:
            status, answer = 404, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        elif _known(lines) == page.etag:
            status, answer = 304, page.same
        else:
            status, answer = 200, page.fresh
        self._answers[status] += 1
        return answer

    def answers(self) -> Mapping[int, int]:
        """Give how often each status was answered since this was last asked."""
        counted, self._answers = self._answers, Counter()
        return counted

    def _page(self, feed: int) -> Page:
        edition = self._editions[feed]
        body = _documents.document(feed, edition, now=self._began)
        etag = f'"{feed}-{edition}"'.encode()
        kind = b"application/atom+xml" if feed % 2 else b"application/rss+xml"
        headers = (
            b"HTTP/1.1 200 OK",
            b"Content-Type: " + kind,
            b"Content-Length: %d" % len(body),
            b"ETag: " + etag,
        )
        return Page(
            etag=etag,
            same=b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n",
            fresh=b"\r\n".join([*headers, b"", body]),
        )


class Connection(asyncio.Protocol):
    """One connection of a reader, kept open until the reader closes it."""

    def __init__(self, publishers: Publishers) -> None:
        self._publishers = publishers
        self._transport: asyncio.WriteTransport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer through."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        *requests, self._held = (self._held + data).split(b"\r\n\r\n")
        if self._transport is not None:
            self._transport.writelines([self._publishers.answer(each) for each in requests])


def _known(headers: list[bytes]) -> bytes:
    for line in headers:
        name, _, value = line.partition(b":")
        if name.lower() == b"if-none-match":
            return value.strip()
    return b""


def _done(publishers: Publishers, command: str) -> str:
    match command.split():
        case ["turn", tenth]:
            return str(publishers.turn(int(tenth)))
        case ["answers"]:
            return json.dumps(publishers.answers())
        case _:
            raise ValueError(f"there is no command {command!r}")


async def main(feeds: int) -> None:
    """Serve until the input ends."""
    publishers = Publishers(feeds)
    loop = asyncio.get_running_loop()
    for start in range(0, feeds, PER_HOST):
        server = await loop.create_server(lambda: Connection(publishers), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for feed in range(start, min(start + PER_HOST, feeds)):
            print(f"http://127.0.0.1:{port}/{_documents.name(feed)}")
    print(flush=True)
    while command := await asyncio.to_thread(sys.stdin.readline):
        print(_done(publishers, command), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
