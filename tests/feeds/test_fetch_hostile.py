"""Answers that are no proper HTTP, or never end: one sentence each, and no connection is kept."""

import asyncio
import gzip
import random
import zlib
from dataclasses import dataclass

import pytest

from bot.errors import FeedUnavailable
from tests.feeds.test_fetch import NOTHING, fetcher
from tests.feedserver.raw import RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
NOISE = random.Random(1).randbytes(20_000)
NOT_HTTP = "is not proper HTTP"
NO_ANSWER = "closed the connection without an answer"
DAMAGED = "the document arrived damaged or incomplete"
TOO_LARGE = "the document is larger than 5 MiB"
TOO_LONG = "took longer than 0.5 s"
EMPTY = "the server sent an empty document"


@dataclass(frozen=True)
class Odd:
    """What a server sends, the last piece without an end where told, and what is said of it."""

    sentence: str
    answer: tuple[bytes, ...]
    endless: bool = False


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> tuple[bytes, ...]:
    """Give an answer with a body of the right length."""
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body]
    return (b"\r\n".join(lines),)


def bomb(wbits: int) -> bytes:
    """Give a few hundred KiB that unfold to 200 MiB."""
    packer = zlib.compressobj(wbits=wbits)
    parts = [packer.compress(bytes(2**20)) for _ in range(200)]
    return b"".join([*parts, packer.flush()])


GZIP, DEFLATE = b"Content-Encoding: gzip", b"Content-Encoding: deflate"

ODD = {
    "nothing at all": Odd(NO_ANSWER, ()),
    "an empty line": Odd(NO_ANSWER, (b"\r\n\r\n",)),
    "HTTP/0.9": Odd(NOT_HTTP, (b"<rss/>\n",)),
    "HTTP/0.9 without end": Odd(NOT_HTTP, (b"<rss>\n", b"<item/>" * 1000), endless=True),
    "another protocol": Odd(NOT_HTTP, (b"SSH-2.0-OpenSSH_9.0\r\n",)),
    "a status without end": Odd(NOT_HTTP, (b"HTTP/1.1 200 ", b"a" * 1000), endless=True),
    "a header without end": Odd(NOT_HTTP, (OK + b"X: ", b"a" * 1000), endless=True),
    "headers without end": Odd(NOT_HTTP, (OK, b"X: a\r\n" * 100), endless=True),
    "hints without end": Odd(TOO_LONG, (b"HTTP/1.1 103 Hint\r\n\r\n" * 10,), endless=True),
    "a header with NUL": Odd(NOT_HTTP, (OK + b"X: a\0b\r\n\r\n<rss/>",)),
    "two lengths": Odd(NOT_HTTP, (OK + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>",)),
    "a length below zero": Odd(NOT_HTTP, (OK + b"Content-Length: -6\r\n\r\n<rss/>",)),
    "a length that is not reached": Odd(DAMAGED, (OK + b"Content-Length: 60\r\n\r\n<rss/>",)),
    "chunks that are none": Odd(NOT_HTTP, (CHUNKED + b"zz\r\n<rss/>\r\n0\r\n\r\n",)),
    "a chunk that is cut": Odd(DAMAGED, (CHUNKED + b"1000\r\n<rss/>",)),
    "a chunk beyond measure": Odd(NOT_HTTP, (CHUNKED + b"f" * 20 + b"\r\n<rss/>",)),
    "a chunk's line without end": Odd(TOO_LONG, (CHUNKED + b"5;", b"a" * 1000), endless=True),
    "trailers without end": Odd(NOT_HTTP, (CHUNKED + b"0\r\n", b"A: b\r\n" * 99), endless=True),
    "a body without end": Odd(TOO_LARGE, (OK + b"\r\n", b" " * 65_536), endless=True),
    "a body by drops": Odd(TOO_LONG, (OK + b"\r\n", b" "), endless=True),
    "an error without end": Odd("404", (b"HTTP/1.1 404 No\r\n\r\n", b" " * 1000), endless=True),
    "a bomb in gzip": Odd(TOO_LARGE, whole(bomb(31), GZIP)),
    "a bomb in deflate": Odd(TOO_LARGE, whole(bomb(15), DEFLATE)),
    "a bomb in bare deflate": Odd(TOO_LARGE, whole(bomb(-15), DEFLATE)),
    "gzip that is cut": Odd(DAMAGED, whole(gzip.compress(NOISE)[:9000], GZIP)),
    "deflate that is cut": Odd(DAMAGED, whole(zlib.compress(NOISE)[:9000], DEFLATE)),
    "gzip that is none": Odd(DAMAGED, whole(b"<rss/>", GZIP)),
    "a coding not asked for": Odd("not asked for", whole(b"<rss/>", b"Content-Encoding: br")),
    "an empty body": Odd(EMPTY, whole(b"")),
    "an empty body in gzip": Odd(EMPTY, whole(gzip.compress(b""), GZIP)),
    "an empty body in chunks": Odd(EMPTY, (CHUNKED + b"0\r\n\r\n",)),
    "another protocol from here": Odd("101", whole(b"", b"Upgrade: x", status=b"101 Switching")),
    "a job that was accepted": Odd("202", whole(b"<rss/>", status=b"202 Accepted")),
    "no content": Odd("204", (b"HTTP/1.1 204 No Content\r\n\r\n",)),
    "a part": Odd("206", whole(b"<rss/>", status=b"206 Partial Content")),
    "a status of its own": Odd("999", whole(b"<rss/>", status=b"999 Denied")),
    "a status that is none": Odd(NOT_HTTP, whole(b"<rss/>", status=b"20 OK")),
    "a redirect to nowhere": Odd("cannot be used", whole(b"", status=b"302 Found")),
    "a redirect to no address": Odd(
        "cannot be used", whole(b"", b"Location: http://[", status=b"302 Found")
    ),
}

FINE = {
    "any content type": whole(b"<rss/>", b"Content-Type: image/png"),
    "no content type": whole(b"<rss/>"),
    "a coding that says nothing": whole(b"<rss/>", b"Content-Encoding: identity"),
    "hints before": (b"HTTP/1.1 103 Hint\r\n\r\n", *whole(b"<rss/>")),
    "a validator of noise": whole(b"<rss/>", b'ETag: "\xff\xfe"'),
    "its end is the connection's": (OK + b"\r\n", b"<rss/>"),
}


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_answer_gives_one_sentence_and_frees_its_connection(name: str) -> None:
    """Whatever a server sends, the reading ends in time and the connection is not kept."""
    odd = ODD[name]
    async with RawServer(*odd.answer, endless=odd.endless) as server, fetcher(timeout=0.5) as fetch:
        with pytest.raises(FeedUnavailable) as caught:
            await fetch.get(server.url, NOTHING)
        assert odd.sentence in str(caught.value)
        await asyncio.wait_for(server.left(), 5)
        assert server.connections <= 2


@pytest.mark.parametrize("name", FINE)
async def test_an_answer_that_is_only_careless_is_taken(name: str) -> None:
    """Nothing is refused that can be understood."""
    async with RawServer(*FINE[name]) as server, fetcher() as fetch:
        answer = await fetch.get(server.url, NOTHING)
        assert answer.document is not None
        assert answer.document.body == b"<rss/>"
        assert answer.validators.etag is None
