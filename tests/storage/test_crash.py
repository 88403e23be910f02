"""A process that is killed while it writes leaves whole readings, and a database to go on with."""

import asyncio
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bot.models import ChatKind
from bot.storage.store import open_store
from tests.contract.samples import (
    CHAT,
    NOW,
    alert,
    due,
    known,
    one_feed,
    reading,
    record,
    story,
    tagged,
)


def write_until_killed(url: str, stored: Connection) -> None:
    """Store readings of three stories each, and tell of each once it is stored."""

    async def run() -> None:
        store = await open_store(url)
        await one_feed(store)
        await store.ensure_chat(CHAT, ChatKind.PRIVATE, NOW)
        for number in range(100_000):
            new = [tagged(story(f"s{number}-{part}")) for part in range(3)]
            await record(store, reading(new, [alert(each.story.id) for each in new]))
            stored.send(number)

    asyncio.run(run())


def kill_a_writer(url: str) -> int:
    """Kill a process that writes; give the number of the last reading that it told of."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    with here, there:
        writer = context.Process(target=write_until_killed, args=(url, there))
        writer.start()
        told = 0
        while told < 9:
            assert here.poll(60)
            told = here.recv()
        writer.kill()
        writer.join()
        while here.poll():
            told = here.recv()
    return told


async def test_what_was_stored_outlives_a_kill(file: Path) -> None:
    """After SIGKILL each reading is there whole or not at all, and none that was told is missing.

    The next start writes at once: no lock is left behind.
    """
    url = f"sqlite:///{file}"
    told = await asyncio.to_thread(kill_a_writer, url)
    store = await open_store(url)
    ids = [[f"s{number}-{part}" for part in range(3)] for number in range(told + 2)]
    counts = [len(await known(store, *each)) for each in ids]
    assert counts[: told + 1] == [3] * (told + 1)
    assert counts[-1] in {0, 3}
    assert len(await due(store)) == 1
    await record(store, reading([tagged(story("next"))]))
    await store.close()
