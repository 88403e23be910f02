"""Feeds being read."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.errors import StorageError
from bot.models import Feed, Reading, Source
from bot.pipeline import Polled
from bot.runtime.polling import PAGE, Poller
from bot.runtime.standalone import supervise
from tests.builders import NOW
from tests.route import DRONES, HERE, THERE, Route
from tests.waiting import running, until


async def polled(route: Route, done: Callable[[list[Polled]], bool]) -> list[Polled]:
    """Run a poller until what it reported is ``done``."""
    seen: list[Polled] = []
    poller = Poller(
        route.pipeline, concurrency=4, per_host=2, report=seen.append, on_alerts=lambda: None
    )
    async with running(poller.run), asyncio.timeout(40):
        while not done(seen):
            await poller.tick()
            await asyncio.sleep(0.001)
    await poller.stop()
    return seen


async def test_what_is_due_is_read_and_what_is_not_is_left(route: Route) -> None:
    """Due times lie in the database."""
    route.wait(minutes=20)
    seen = await polled(route, lambda seen: len(seen) >= 2)
    assert sorted(each.feed.url for each in seen) == [HERE, THERE]


async def test_more_feeds_than_are_asked_for_at_once_are_all_read(route: Route) -> None:
    """The next page is asked for when the first is under way."""
    urls = {f"https://{number}.example/feed" for number in range(PAGE + 44)}
    route.publisher.entries |= dict.fromkeys(urls, ())
    await route.store.sync_sources([Source(url=url) for url in urls], NOW)
    seen = await polled(route, lambda seen: len(seen) >= len(urls))
    assert {each.feed.url for each in seen} == urls


async def test_a_feed_is_never_read_twice_at_once(route: Route) -> None:
    """However often the clock ticks while a publisher takes its time."""
    read = route.publisher.read
    under_way: list[str] = []

    async def slowly(feed: Feed) -> Reading:
        assert feed.url not in under_way
        under_way.append(feed.url)
        for _ in range(50):
            await asyncio.sleep(0)
        under_way.remove(feed.url)
        return await read(feed)

    route.publisher.read = slowly  # type: ignore[method-assign]
    route.wait(minutes=20)
    await polled(route, lambda seen: len(seen) >= 2)


async def test_a_slow_host_with_many_feeds_holds_up_no_other(route: Route) -> None:
    """It never has all places, however long its feeds are overdue."""
    never = asyncio.Event()
    read = route.publisher.read

    async def slow_over_there(feed: Feed) -> Reading:
        if feed.url.startswith("https://there.example/"):
            await never.wait()
        return await read(feed)

    route.publisher.read = slow_over_there  # type: ignore[method-assign]
    for number in range(400):
        await route.store.add_source(Source(url=f"https://there.example/{number}"), NOW)
    route.wait(minutes=20)
    await polled(route, lambda seen: any(each.feed.url == HERE for each in seen))


async def test_many_slow_publishers_at_once_hold_up_no_other(route: Route) -> None:
    """What is being read is still due, and longest: it must not fill the page."""
    never = asyncio.Event()
    read = route.publisher.read

    async def slow_elsewhere(feed: Feed) -> Reading:
        if feed.url not in {HERE, THERE}:
            await never.wait()
        return await read(feed)

    route.publisher.read = slow_elsewhere  # type: ignore[method-assign]
    slow = [Source(url=f"https://{number}.example/feed") for number in range(PAGE + 44)]
    known = [Source(url=HERE), Source(url=THERE)]
    await route.store.sync_sources([*slow, *known], NOW - timedelta(hours=1))
    route.wait(minutes=20)
    seen: list[Polled] = []
    poller = Poller(
        route.pipeline,
        concurrency=2 * PAGE,
        per_host=2,
        report=seen.append,
        on_alerts=lambda: None,
    )
    async with running(poller.run):
        await until(lambda: len(seen) == len(known))
    await poller.stop()


async def test_a_feed_with_an_odd_address_stops_no_other(route: Route) -> None:
    """Its host has no name that can be looked up."""
    odd = f"http://{'ü' * 70}.example/feed"
    route.publisher.entries[odd] = ()
    await route.store.add_source(Source(url=odd), NOW)
    route.wait(minutes=20)
    seen = await polled(route, lambda seen: len(seen) >= 3)
    assert {each.feed.url for each in seen} == {HERE, THERE, odd}


async def test_new_alerts_wake_whoever_sends_them(route: Route) -> None:
    """An alert does not wait for the next tick."""
    rung: list[bool] = []
    route.publisher.entries[HERE] = [DRONES]
    route.wait(minutes=20)
    poller = Poller(route.pipeline, concurrency=4, per_host=2, on_alerts=lambda: rung.append(True))
    async with running(poller.run):
        await until(lambda: rung)
    await poller.stop()


async def test_a_poll_that_breaks_off_is_told_and_stops_no_other(
    route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    """The feed rests a while; the others are read."""
    read = route.publisher.read

    async def broken_here(feed: Feed) -> Reading:
        if feed.url == HERE:
            raise StorageError("the disk is full")
        return await read(feed)

    route.publisher.read = broken_here  # type: ignore[method-assign]
    route.wait(minutes=20)
    seen = await polled(route, bool)
    assert {each.feed.url for each in seen} == {THERE}
    assert "the disk is full" in caplog.text


async def test_a_part_that_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A service outlives its faults."""
    monkeypatch.setattr("bot.runtime.standalone.RESTART_PAUSE", 0.0)
    starts = 0
    recovered = asyncio.Event()

    async def part() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise RuntimeError("a bug of ours")
        recovered.set()
        await asyncio.sleep(timedelta(hours=1).total_seconds())

    async with running(lambda: supervise(part)), asyncio.timeout(40):
        await recovered.wait()
    assert caplog.text.count("a part of the service failed") == 2
