"""Fetching from a publisher that behaves, and from publishers that do not."""

import asyncio
import dataclasses
import socket
import tracemalloc
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from bot.errors import FeedUnavailable
from bot.feeds.fetch import Answer, Fetcher, FetchPolicy, user_agent
from bot.models import Validators
from tests.feeds.clock import FrozenClock
from tests.feeds.conftest import LOOPBACK
from tests.feedserver.server import FeedServer

NOTHING = Validators()
TUESDAY = "Tue, 24 Nov 2026 08:00:00 GMT"


def fetcher(policy: FetchPolicy = LOOPBACK, **changes: object) -> Fetcher:
    """Make a fetcher with a policy, changed where it matters to the test."""
    return Fetcher(dataclasses.replace(policy, **changes), FrozenClock())  # type: ignore[arg-type]


@pytest.fixture
async def fetch() -> AsyncIterator[Fetcher]:
    """A fetcher that may read from loopback."""
    async with fetcher() as open_fetcher:
        yield open_fetcher


async def failure(fetch: Fetcher, url: str) -> FeedUnavailable:
    """Fetch what cannot be had, and give why."""
    with pytest.raises(FeedUnavailable) as caught:
        await fetch.get(url, NOTHING)
    return caught.value


SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0x7f000001",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "017700000001",
    "0",
    "user:pw@127.0.0.1",
    "①②⑦.0.0.1",
]


# ── publishers that behave ───────────────────────────────────────────────────────────────────


async def test_a_document_comes_with_what_to_ask_for_next_time(
    server: FeedServer, fetch: Fetcher
) -> None:
    """Body, content type and validators arrive as they were sent."""
    url = server.serve("/a", b"<rss/>", etag='W/"1 2"', last_modified=TUESDAY)
    answer = await fetch.get(url, NOTHING)
    assert answer.document is not None
    assert answer.document.body == b"<rss/>"
    assert answer.document.content_type == "application/rss+xml"
    assert (answer.validators.etag, answer.validators.last_modified) == ('W/"1 2"', TUESDAY)


async def test_what_is_known_is_never_asked_for_unconditionally(
    server: FeedServer, fetch: Fetcher
) -> None:
    """The second request is conditional, to the byte, and brings no document."""
    url = server.serve("/a", b"<rss/>", etag='W/"1 2"', last_modified=TUESDAY)
    first = await fetch.get(url, NOTHING)
    second = await fetch.get(url, first.validators)
    assert second == Answer(validators=first.validators, document=None)
    assert not server.requests[0].conditional
    assert server.requests[1].headers["If-None-Match"] == 'W/"1 2"'
    assert server.requests[1].headers["If-Modified-Since"] == TUESDAY


async def test_the_same_bytes_again_are_not_a_change(server: FeedServer, fetch: Fetcher) -> None:
    """A publisher without validators costs a download, but no parsing."""
    url = server.serve("/a", b"<rss/>", etag=False)
    first = await fetch.get(url, NOTHING)
    assert (await fetch.get(url, first.validators)).document is None
    server.serve("/a", b"<rss></rss>", etag=False)
    assert (await fetch.get(url, first.validators)).document is not None


async def test_a_request_says_who_asks_and_carries_no_cookies(server: FeedServer) -> None:
    """Publishers can tell who we are; nothing of one answer leaks into the next request."""
    url = server.serve("/a", b"<rss/>", headers={"Set-Cookie": "a=b"})
    async with fetcher(user_agent=user_agent("1.2", "https://me.example")) as fetch:
        await fetch.get(url.replace("http://", "http://user:secret@"), NOTHING)
        await fetch.get(url, NOTHING)
    for request in server.requests:
        assert request.headers["User-Agent"] == "Tocsin/1.2 (+https://me.example)"
        assert request.headers["Accept-Encoding"] == "gzip, deflate"
        assert "rss" in request.headers["Accept"]
        assert "Cookie" not in request.headers
        assert "Authorization" not in request.headers
    assert user_agent("1.2") == "Tocsin/1.2"


async def test_a_compressed_document_is_unfolded(server: FeedServer, fetch: Fetcher) -> None:
    """What arrives gzipped is what the publisher wrote."""
    answer = await fetch.get(server.serve("/a", b"<rss/>" * 10_000, compress=True), NOTHING)
    assert answer.document is not None
    assert answer.document.body == b"<rss/>" * 10_000


async def test_redirects_lead_to_the_document_and_to_its_own_address(
    server: FeedServer, fetch: Fetcher
) -> None:
    """Links are later completed by where the document was found, not by where we began."""
    server.redirect("/old", "/newer", status=301)
    server.redirect("/newer", server.serve("/new", b"<rss/>"), status=307)
    answer = await fetch.get(server.url("/old"), NOTHING)
    assert answer.document is not None
    assert answer.document.url == server.url("/new")


async def test_one_host_is_asked_only_so_much_at_a_time(server: FeedServer) -> None:
    """Never more requests than the limit are in flight, and every one is served in the end."""
    urls = [server.serve(f"/{n}", b"<rss/>", delay=0.02) for n in range(8)]
    async with fetcher(per_host=2) as fetch:
        answers = await asyncio.gather(*(fetch.get(url, NOTHING) for url in urls))
    assert server.peak == 2
    assert all(answer.document for answer in answers)


async def test_waiting_for_our_own_limit_is_not_the_publishers_fault(server: FeedServer) -> None:
    """The time limit counts from when a feed's turn has come."""
    urls = [server.serve(f"/{n}", b"<rss/>", delay=0.2) for n in range(5)]
    async with fetcher(per_host=1, timeout=0.6) as fetch:
        assert len(await asyncio.gather(*(fetch.get(url, NOTHING) for url in urls))) == 5


# ── publishers that do not ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [202, 204, 304, 400, 403, 404, 406, 410, 429, 500, 503])
async def test_an_answer_without_a_document_is_a_failure(
    server: FeedServer, fetch: Fetcher, status: int
) -> None:
    """Whatever is no document is said with its status and with the wait that was asked for."""
    url = server.serve("/a", b"", status=status, headers={"Retry-After": "90"})
    why = await failure(fetch, url)
    assert (why.status, why.retry_after, why.gone) == (status, 90.0, status == 410)
    assert str(status) in why.reason


async def test_an_empty_document_is_a_failure(server: FeedServer, fetch: Fetcher) -> None:
    """200 with nothing in it does not count as a reading."""
    assert "empty" in str(await failure(fetch, server.serve("/a", b"")))


async def test_a_bomb_is_noticed_before_it_unfolds(server: FeedServer, fetch: Fetcher) -> None:
    """A few hundred KiB that would grow to 200 MiB never take more than a little of our memory."""
    url = server.serve_bomb("/a", 200 * 2**20)
    tracemalloc.start()
    try:
        why = await failure(fetch, url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "larger than 5 MiB" in str(why)
    assert peak < 20 * 2**20


async def test_a_body_without_end_is_stopped_at_the_limit(
    server: FeedServer, fetch: Fetcher
) -> None:
    """The size is counted while it comes, not when it has come."""
    assert "larger than 5 MiB" in str(await failure(fetch, server.serve_endless("/a")))


async def test_a_drip_and_a_silence_end_by_the_clock(server: FeedServer) -> None:
    """The time limit is over the whole reading, however busy the other side looks."""
    drip = server.serve("/drip", b"x" * 1000, drip=(1, 0.05))
    silence = server.serve("/silence", b"x", delay=30)
    async with fetcher(timeout=0.3) as fetch:
        for url in (drip, silence):
            assert "longer than 0.3 s" in str(await failure(fetch, url))


async def test_the_time_limit_spans_redirects(server: FeedServer) -> None:
    """Many slow steps are as slow as one."""
    for n in range(5):
        server.serve(
            f"/{n}", b"", status=302, etag=False, delay=0.2, headers={"Location": f"/{n + 1}"}
        )
    async with fetcher(timeout=0.5) as fetch:
        assert "longer than" in str(await failure(fetch, server.url("/0")))
    assert len(server.requests) < 5


async def test_redirects_without_end_are_given_up(server: FeedServer, fetch: Fetcher) -> None:
    """Five are followed, no more."""
    assert "more than 5 times" in str(await failure(fetch, server.redirect("/a", "/a")))
    assert len(server.requests) == 6


async def test_a_broken_connection_is_a_failure(server: FeedServer, fetch: Fetcher) -> None:
    """Half a document is none."""
    assert "without an answer" in str(await failure(fetch, server.drop("/a")))
    cut = server.drop("/b", body=b"x" * 1000, after=10)
    assert "incomplete" in str(await failure(fetch, cut))
    lie = server.serve("/c", b"plain", headers={"Content-Encoding": "gzip"})
    assert "damaged" in str(await failure(fetch, lie))


# ── addresses that must not be reached ───────────────────────────────────────────────────────


@pytest.fixture
async def guarded() -> AsyncIterator[Fetcher]:
    """A fetcher that may read from 127.0.0.2 alone, where no server of the tests is."""
    async with fetcher(allow_private=(ip_network("127.0.0.2"),)) as open_fetcher:
        yield open_fetcher


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_an_inner_address_is_connected_to(guarded: Fetcher, host: str) -> None:
    """A listener on loopback sees no connection, whatever the address is called."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        await failure(guarded, f"http://{host}:{listener.getsockname()[1]}/")
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_a_redirect_to_an_inner_address_is_not_connected_to(guarded: Fetcher) -> None:
    """The check is made anew at every hop."""
    async with FeedServer(host="127.0.0.2") as outer, FeedServer() as inner:
        url = outer.redirect("/a", inner.serve("/secret", b"<rss/>"))
        why = await failure(guarded, url)
        assert "not public" in str(why)
        assert outer.requests
        assert not inner.requests


async def test_of_mixed_answers_for_a_name_only_the_allowed_address_is_connected_to(
    guarded: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that points inside and outside leads outside; once it points inside, nowhere."""
    kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    async with FeedServer(host="127.0.0.2") as outer:
        outer.serve("/a", b"<rss/>")
        async with FeedServer(port=outer.port) as inner:
            addresses = [(*kind, (host, outer.port)) for host in ("127.0.0.1", "127.0.0.2")]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
            url = f"http://news.example:{outer.port}/a"
            assert (await guarded.get(url, NOTHING)).document is not None
            assert len(outer.requests) == 1
            addresses.pop()
            async with fetcher(allow_private=(ip_network("127.0.0.2"),)) as later:
                assert "not public" in str(await failure(later, url))
            assert not inner.requests


async def test_a_sentence_about_a_failure_holds_no_secret_of_the_url(fetch: Fetcher) -> None:
    """Neither credentials nor the path of a private feed reach logs and chats."""
    for url in ("http://user:hush@127.0.0.1:1/hush?key=hush", "http://[hush", "ftp://hush/"):
        assert "hush" not in str(await failure(fetch, url))
