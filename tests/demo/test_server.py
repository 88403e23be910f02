"""The demo's server: three feeds on loopback that bring out their stories by the clock."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import feedparser
import pytest

from bot.demo.server import SampleFeeds
from bot.demo.stories import script


class HandClock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        """Begin at some time."""
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Give the time."""
        return self.time

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    """Give a clock."""
    return HandClock()


@pytest.fixture
async def feeds(clock: HandClock) -> AsyncIterator[SampleFeeds]:
    """Serve the sample feeds."""
    served = SampleFeeds(clock)
    await served.start()
    yield served
    await served.stop()


async def get(url: str, etag: str = "") -> tuple[int, str, bytes, str]:
    """Ask for a feed; give status, ETag, body and content type."""
    headers = {"If-None-Match": etag} if etag else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers) as answer,
    ):
        return answer.status, answer.headers["ETag"], await answer.read(), answer.content_type


async def test_three_feeds_stand_on_loopback(feeds: SampleFeeds) -> None:
    """Each source is described and answers with its own format."""
    kinds = {}
    for source in feeds.sources():
        assert source.url.startswith("http://127.0.0.1:")
        assert source.name
        assert source.owner
        assert source.interval == timedelta(seconds=1)
        status, _, _, kinds[source.url.rpartition("/")[2]] = await get(source.url)
        assert status == 200
    assert kinds == {
        "meridian": "application/rss+xml",
        "lantern": "application/atom+xml",
        "borderland": "application/feed+json",
    }


async def test_what_did_not_change_is_not_sent_again(feeds: SampleFeeds, clock: HandClock) -> None:
    """The ETag of the last answer brings 304 until a story comes out."""
    url = feeds.sources()[0].url
    _, etag, body, _ = await get(url)
    clock.pass_by(3)
    assert (await get(url, etag))[:3] == (304, etag, b"")
    clock.pass_by(1)
    status, later, changed, _ = await get(url, etag)
    assert status == 200
    assert later != etag
    assert changed != body


async def test_the_first_answer_is_the_backlog_even_when_late(
    feeds: SampleFeeds, clock: HandClock
) -> None:
    """A service that is slow to start misses no story of the demo."""
    url = feeds.sources()[0].url
    clock.pass_by(60)
    first = feedparser.parse(io.BytesIO((await get(url))[2]))
    second = feedparser.parse(io.BytesIO((await get(url))[2]))
    outlet = script().outlets[0]
    backlog = script().out(outlet, timedelta())
    assert [entry.title for entry in first.entries] == [story.title for story in backlog]
    assert len(second.entries) == len(script().out(outlet, feeds.length))


async def test_stopping_ends_the_service(clock: HandClock) -> None:
    """After the end nothing listens; sources exist only once served; a second stop does nothing."""
    served = SampleFeeds(clock)
    with pytest.raises(RuntimeError):
        served.sources()
    await served.start()
    url = served.sources()[0].url
    await served.stop()
    await served.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(url)
