"""Things that are handled together with those that come meanwhile."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.batches import Batches
from tests.waiting import until


class Work:
    """Doubles numbers, when it is let, and refuses odd company: batches that hold a 13."""

    def __init__(self, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.put = Batches(self.double, lambda number: number, most).put

    async def double(self, numbers: Sequence[int]) -> list[int]:
        """Double each number."""
        self.batches.append(list(numbers))
        await self.gate.wait()
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


async def test_a_lone_thing_is_handled_at_once_and_the_next_ones_together() -> None:
    """What comes while a batch is handled waits for the next, in its order."""
    work = Work()
    puts = [asyncio.create_task(work.put(number)) for number in (1, 2, 3)]
    await until(lambda: work.batches)
    puts += [asyncio.create_task(work.put(number)) for number in (4, 5)]
    work.gate.set()
    assert await asyncio.gather(*puts) == [2, 4, 6, 8, 10]
    assert [number for batch in work.batches for number in batch] == [1, 2, 3, 4, 5]
    assert len(work.batches) < 5


async def test_a_batch_weighs_no_more_than_it_may_but_holds_at_least_one() -> None:
    """One thing that is too heavy is handled alone."""
    work = Work(most=10)
    work.gate.set()
    await asyncio.gather(*(work.put(number) for number in (6, 4, 5, 50, 1)))
    assert work.batches == [[6, 4], [5], [50], [1]]


async def test_one_that_cannot_be_handled_costs_no_other() -> None:
    """Where a batch fails, each of its things is tried alone."""
    work = Work()
    work.gate.set()
    results = await asyncio.gather(*map(work.put, (1, 13, 2)), return_exceptions=True)
    assert [results[0], results[2]] == [2, 4]
    assert isinstance(results[1], ValueError)


async def test_who_is_cut_off_while_waiting_takes_the_thing_back() -> None:
    """Nothing is handled for nobody."""
    work = Work()
    first = asyncio.create_task(work.put(1))
    await until(lambda: work.batches)
    second = asyncio.create_task(work.put(2))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.gate.set()
    assert await first == 2
    assert work.batches == [[1]]


async def test_who_is_cut_off_does_not_wait_for_what_comes_after() -> None:
    """Under load there is always a next batch."""
    first, endless = asyncio.Event(), asyncio.Event()
    gates = [endless, first]

    async def handle(things: Sequence[str]) -> Sequence[str]:
        await gates.pop().wait()
        return things

    put = Batches(handle, len, 1).put
    one, two = asyncio.create_task(put("1")), asyncio.create_task(put("2"))
    await until(lambda: len(gates) == 1)
    one.cancel()
    first.set()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(20):
            await one
    two.cancel()
    endless.set()


async def test_who_is_cut_off_while_a_batch_is_handled_waits_for_its_end() -> None:
    """After that the database may be closed."""
    work = Work()
    put = asyncio.create_task(work.put(1))
    await until(lambda: work.batches)
    put.cancel()
    await asyncio.sleep(0)
    assert not put.done()
    work.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await put
