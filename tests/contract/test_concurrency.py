"""What a store promises to many at once: nobody is refused, and everybody sees whole things."""

import asyncio
import random

from bot.models import ChatKind, Source
from bot.ports import Store
from tests.contract.conftest import Open
from tests.contract.samples import (
    CHAT,
    NOW,
    URL,
    alert,
    due,
    known,
    one_feed,
    reading,
    record,
    story,
    tagged,
)


async def test_many_writers_in_two_processes_all_succeed(store: Store, open_another: Open) -> None:
    """Forty readings at once over two connections are all stored; none says "locked"."""
    await one_feed(store)
    both = (store, await open_another())
    await asyncio.gather(
        *(record(both[i % 2], reading([tagged(story(f"s{i}"))])) for i in range(40))
    )
    assert len(await known(store, *[f"s{i}" for i in range(40)])) == 40


async def test_many_who_look_before_they_write_all_succeed(
    store: Store, open_another: Open
) -> None:
    """Those who read and then write in one transaction take turns too, over two connections."""
    both = (store, await open_another())
    urls = [f"https://example.org/{i}" for i in range(40)]
    adding = (both[i % 2].add_source(Source(url=url), NOW) for i, url in enumerate(urls))
    syncing = (
        each.sync_sources([Source(url=f"{URL}?{i}")], NOW) for i in range(9) for each in both
    )
    await asyncio.gather(*adding, *syncing)
    await store.sync_sources([Source(url=f"{URL}?8")], NOW)  # whichever was the last
    assert {feed.url for feed in await store.feeds()} == {*urls, f"{URL}?8"}


async def test_readers_go_on_while_writers_write(store: Store, open_another: Open) -> None:
    """A reader beside a stream of writes waits for none of them and sees each one whole."""
    await one_feed(store)
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    other = await open_another()
    done = asyncio.Event()

    async def write() -> None:
        for i in range(30):
            new = [tagged(story(f"s{i}-{j}")) for j in range(5)]
            await record(other, reading(new, [alert(each.story.id) for each in new]))
        done.set()

    async def read() -> int:
        looks = 0
        while not done.is_set():
            seen = await known(store, *[f"s{i}-{j}" for i in range(30) for j in range(5)])
            assert len(seen) % 5 == 0
            looks += 1
        return looks

    looks, *_ = await asyncio.gather(read(), read(), read(), write())
    assert looks > 0
    assert len(await due(store)) == 1


async def test_a_cancelled_write_harms_no_other(store: Store) -> None:
    """Writers that are cut off at any moment leave whole readings, and the store goes on."""
    await one_feed(store)
    chance = random.Random(7)

    async def write(number: int) -> None:
        new = [tagged(story(f"s{number}-{j}")) for j in range(3)]
        await asyncio.wait_for(record(store, reading(new)), chance.random() * 0.05)

    await asyncio.gather(*(write(number) for number in range(30)), return_exceptions=True)
    for number in range(30):
        assert len(await known(store, *[f"s{number}-{j}" for j in range(3)])) in {0, 3}
    assert await record(store, reading([tagged(story("last"))])) == ["last"]


async def test_a_cancelled_read_harms_no_other(store: Store) -> None:
    """Readers that are cut off at any moment give their connections back."""
    await one_feed(store)
    chance = random.Random(7)
    reads = (asyncio.wait_for(store.feeds(), chance.random() * 0.02) for _ in range(60))
    await asyncio.gather(*reads, return_exceptions=True)
    assert len(await asyncio.gather(*(store.feeds() for _ in range(20)))) == 20
