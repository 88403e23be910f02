"""What a publisher counts: how often we ask, how much at once, how soon again, and whether we heed.

The publisher stands on loopback under names of the public net; time leaps for who waits.
"""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import FeedDeferred, FeedUnavailable
from bot.feeds.answers import CHALLENGE_WAIT, REST
from bot.feeds.fetch import Fetcher
from bot.models import Validators
from tests.builders import NOW
from tests.fakes import FrozenClock
from tests.feeds.conftest import LOOPBACK
from tests.feedserver.server import FeedServer

NOTHING = Validators()
TUESDAY = "Tue, 24 Nov 2026 08:00:00 GMT"


@pytest.fixture
def clock() -> FrozenClock:
    """Time that leaps for who waits."""
    return FrozenClock()


@pytest.fixture
async def publisher(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FeedServer]:
    """A server that counts by our clock; every name leads to it."""

    def lookup(_: str, port: int, *__: Any, **___: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    async with FeedServer(now=clock.now) as server:
        yield server


@pytest.fixture
async def fetch(clock: FrozenClock) -> AsyncIterator[Fetcher]:
    """A fetcher by the same clock, which may read from loopback."""
    async with Fetcher(LOOPBACK, clock) as fetcher:
        yield fetcher


def at(publisher: FeedServer, path: str, host: str = "news.example") -> str:
    """Give the address of a path of the publisher under a name."""
    return f"http://{host}:{publisher.port}{path}"


async def failed(fetch: Fetcher, url: str) -> FeedUnavailable:
    """Fetch what cannot be had, and give why."""
    with pytest.raises(FeedUnavailable) as caught:
        await fetch.get(url, NOTHING)
    return caught.value


# ── how much is asked, and how fast ──────────────────────────────────────────────────────────


async def test_nothing_is_asked_unconditionally_once_its_validators_are_known(
    publisher: FeedServer, fetch: Fetcher
) -> None:
    """Unchanged, changed, moved and failing in between: only the first request has no condition."""
    publisher.serve("/a", b"<rss/>", etag='W/"1"', last_modified=TUESDAY)
    known = (await fetch.get(at(publisher, "/a"), NOTHING)).validators
    known = (await fetch.get(at(publisher, "/a"), known)).validators
    publisher.serve("/a", b"<rss></rss>", etag='"2"')
    known = (await fetch.get(at(publisher, "/a"), known)).validators
    publisher.serve("/a", b"", status=500, etag=False)
    with pytest.raises(FeedUnavailable):
        await fetch.get(at(publisher, "/a"), known)
    publisher.redirect("/a", "/b", status=301)
    publisher.serve("/b", b"<rss></rss>", etag='"2"')
    assert (await fetch.get(at(publisher, "/a"), known)).document is None
    assert [request.conditional for request in publisher.requests] == [False] + [True] * 5
    assert publisher.requests[-1].headers["If-None-Match"] == '"2"'


async def test_a_page_that_a_feed_is_sent_to_is_not_taken_for_the_feed_unchanged(
    publisher: FeedServer, fetch: Fetcher
) -> None:
    """It is older than the feed: that it was not modified since says nothing of the feed."""
    publisher.serve("/a", b"<rss/>", etag=False, last_modified=TUESDAY)
    known = (await fetch.get(at(publisher, "/a"), NOTHING)).validators
    publisher.redirect("/a", "/consent")
    publisher.serve("/consent", b"<html>Agree?</html>", etag=False, last_modified=TUESDAY)
    answer = await fetch.get(at(publisher, "/a"), known)
    assert answer.document is not None
    assert answer.validators.url == at(publisher, "/consent")
    assert (await fetch.get(at(publisher, "/a"), answer.validators)).document is None


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_never_more_than_the_limit_is_in_flight(
    publisher: FeedServer, clock: FrozenClock, limit: int
) -> None:
    """However many feeds of a host are due, so many are asked at a time, and all in the end."""
    for n in range(12):
        publisher.serve(f"/{n}", b"<rss/>", delay=0.02)
    policy = dataclasses.replace(LOOPBACK, per_host=limit)
    async with Fetcher(policy, clock) as fetch:
        asked = [fetch.get(at(publisher, f"/{n}"), NOTHING) for n in range(12)]
        assert all(answer.document for answer in await asyncio.gather(*asked))
    assert publisher.peak == limit
    assert len(publisher.requests) == 12


async def test_requests_to_a_host_are_a_second_apart_redirects_included(
    publisher: FeedServer, clock: FrozenClock
) -> None:
    """Two feeds of a host, one of which moves within it, are four seconds of asking."""
    publisher.redirect("/a", "/b")
    for path in ("/b", "/c", "/d"):
        publisher.serve(path, b"<rss/>")
    async with Fetcher(dataclasses.replace(LOOPBACK, per_host=1), clock) as fetch:
        await asyncio.gather(*(fetch.get(at(publisher, p), NOTHING) for p in ("/a", "/c", "/d")))
        await fetch.get(at(publisher, "/d", "other.example"), NOTHING)
    when = [(request.at - NOW).total_seconds() for request in publisher.requests]
    assert when == [0.0, 1.0, 2.0, 3.0, 3.0]


# ── hosts that want to be left alone ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "120"}, 120), ({}, REST)])
async def test_a_host_is_not_asked_before_the_time_that_it_gave(
    publisher: FeedServer,
    fetch: Fetcher,
    clock: FrozenClock,
    headers: dict[str, str],
    seconds: float,
) -> None:
    """After 429 no feed of the host is asked, straight or by a redirect; then all are again."""
    publisher.serve("/busy", b"", status=429, headers=headers)
    publisher.serve("/fine", b"<rss/>")
    publisher.redirect("/there", at(publisher, "/fine"))
    error = await failed(fetch, at(publisher, "/busy"))
    assert error.retry_after == seconds
    clock.time += timedelta(seconds=seconds - 0.5)
    with pytest.raises(FeedDeferred) as deferred:
        await fetch.get(at(publisher, "/fine"), NOTHING)
    assert deferred.value.seconds == 0.5
    with pytest.raises(FeedDeferred):
        await fetch.get(at(publisher, "/there", "other.example"), NOTHING)
    assert [request.path for request in publisher.requests] == ["/busy", "/there"]
    clock.time += timedelta(seconds=0.5)
    assert (await fetch.get(at(publisher, "/fine"), NOTHING)).document is not None


async def test_those_who_stand_in_line_are_turned_away(
    publisher: FeedServer, clock: FrozenClock
) -> None:
    """Of ten feeds of a host, the first to hear 429 is the last to ask."""
    for n in range(10):
        publisher.serve(f"/{n}", b"", status=429)
    async with Fetcher(dataclasses.replace(LOOPBACK, per_host=1), clock) as fetch:
        asked = [fetch.get(at(publisher, f"/{n}"), NOTHING) for n in range(10)]
        results = await asyncio.gather(*asked, return_exceptions=True)
    assert len(publisher.requests) == 1
    assert [isinstance(result, FeedDeferred) for result in results] == [False] + [True] * 9


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
async def test_other_failures_concern_only_their_feed(
    publisher: FeedServer, fetch: Fetcher, status: int
) -> None:
    """A feed that is down does not silence its neighbours, whatever it asks for."""
    publisher.serve("/down", b"", status=status, headers={"Retry-After": "3600"})
    publisher.serve("/fine", b"<rss/>")
    assert (await failed(fetch, at(publisher, "/down"))).retry_after == 3600
    assert (await fetch.get(at(publisher, "/fine"), NOTHING)).document is not None


# ── the reaction to each answer ──────────────────────────────────────────────────────────────

REDIRECTS = {
    (301,): True,
    (302,): False,
    (303,): False,
    (307,): False,
    (308,): True,
    (301, 308): True,
    (308, 301, 301): True,
    (301, 302): False,
    (302, 301): False,
    (308, 307, 308): False,
}
"""The redirects on the way to the document, and whether the feed has moved for good."""


@pytest.mark.parametrize("way", REDIRECTS)
@pytest.mark.parametrize("changed", [True, False])
async def test_a_feed_has_moved_only_where_every_step_was_for_good(
    publisher: FeedServer, fetch: Fetcher, way: tuple[int, ...], *, changed: bool
) -> None:
    """The new address is told, whether the document there is new or the one that is known."""
    for step, status in enumerate(way):
        publisher.redirect(f"/{step}", f"/{step + 1}#top", status=status)
    publisher.serve(f"/{len(way)}", b"<rss/>", etag='"1"')
    known = NOTHING if changed else Validators(etag='"1"')
    answer = await fetch.get(at(publisher, "/0"), known)
    assert (answer.document is not None) == changed
    assert answer.moved_to == (at(publisher, f"/{len(way)}") if REDIRECTS[way] else "")


async def test_a_redirect_back_to_the_beginning_is_no_move(
    publisher: FeedServer, fetch: Fetcher
) -> None:
    """A feed that was found where it was asked for stays there."""
    publisher.redirect("/a", "/b", status=301)
    publisher.redirect("/b", "/a", status=301)
    asked = asyncio.create_task(fetch.get(at(publisher, "/a"), NOTHING))
    while not publisher.asked("/b"):  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0)
    publisher.serve("/a", b"<rss/>")
    assert (await asked).moved_to == ""


FAILURES = {
    # status: (seconds to wait without and with Retry-After, whole host, gone)
    400: (None, 60.0, False, False),
    404: (None, 60.0, False, False),
    410: (None, 60.0, False, True),
    429: (REST, 60.0, True, False),
    500: (None, 60.0, False, False),
    503: (None, 60.0, False, False),
}


@pytest.mark.parametrize("status", FAILURES)
@pytest.mark.parametrize("asked", [False, True])
async def test_each_failure_is_told_with_what_it_asks_for(
    publisher: FeedServer, fetch: Fetcher, status: int, *, asked: bool
) -> None:
    """The rules that decide when to ask again get all that they go by."""
    publisher.serve("/a", b"", status=status, headers={"Retry-After": "60"} if asked else {})
    unasked, wait, whole_host, gone = FAILURES[status]
    error = await failed(fetch, at(publisher, "/a"))
    assert error.status == status
    assert error.retry_after == (wait if asked else unasked)
    assert error.resting_host == (f"news.example:{publisher.port}" if whole_host else "")
    assert error.gone == gone


async def test_a_challenge_keeps_us_away_for_hours(publisher: FeedServer, fetch: Fetcher) -> None:
    """A page that wants a person is not asked again soon, and is called by its name."""
    publisher.serve("/a", b"<html/>", status=403, headers={"cf-mitigated": "challenge"})
    error = await failed(fetch, at(publisher, "/a"))
    assert (error.retry_after, error.resting_host) == (CHALLENGE_WAIT, "")
    assert "challenge" in str(error)


@pytest.mark.parametrize("changed", [True, False])
async def test_how_long_an_answer_stays_good_comes_with_it(
    publisher: FeedServer, fetch: Fetcher, *, changed: bool
) -> None:
    """200 and 304 alike say when to ask again, and may say nothing."""
    known = NOTHING if changed else Validators(etag='"1"')
    publisher.serve("/a", b"<rss/>", etag='"1"', headers={"Cache-Control": "max-age=600"})
    assert (await fetch.get(at(publisher, "/a"), known)).fresh_for == timedelta(minutes=10)
    publisher.serve("/a", b"<rss/>", etag='"1"')
    assert (await fetch.get(at(publisher, "/a"), known)).fresh_for is None
