"""Processes that are asked one thing at a time, and can be killed."""

import asyncio
import multiprocessing
import operator
import os
import signal
import threading
import time
from collections.abc import AsyncIterator

import pytest

from bot.errors import FeedUnreadable
from bot.feeds.jsonfeed import fields
from bot.processes import pool
from bot.processes.pool import Processes
from bot.processes.worker import CallFailed


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    """Two processes with all the patience that a busy machine needs."""
    made = Processes(workers=2, timeout=60)
    yield made
    await made.close()
    assert not multiprocessing.active_children()


async def test_many_calls_share_few_processes_and_each_gets_its_own_answer(
    processes: Processes,
) -> None:
    """Answers are not mixed up, however large and however many wait."""
    bodies = [bytes([n]) * (n * 10_000) for n in range(40)]
    answers = await asyncio.gather(*(processes.run(operator.add, body, b"!") for body in bodies))
    assert answers == [body + b"!" for body in bodies]
    pids = await asyncio.gather(*(processes.run(os.getpid) for _ in range(20)))
    assert 1 <= len(set(pids)) <= 2
    assert os.getpid() not in pids


async def test_what_takes_too_long_is_killed_and_nothing_else_is_lost(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stuck calls cost themselves alone, whoever waits behind them."""
    monkeypatch.setattr(processes, "timeout", 0.5)
    calls = [processes.run(time.sleep, 60) for _ in range(3)]
    others = [processes.run(operator.add, n, 1) for n in range(10)]
    results = await asyncio.gather(*calls, *others, return_exceptions=True)
    assert [type(result) for result in results[:3]] == [TimeoutError] * 3
    assert results[3:] == list(range(1, 11))


async def test_a_process_that_ends_by_itself_costs_its_call(processes: Processes) -> None:
    """However it ends, the next call has another."""
    with pytest.raises(EOFError):
        await processes.run(os._exit, 3)
    with pytest.raises(EOFError):
        await processes.run(os.kill, await processes.run(os.getpid), signal.SIGKILL)
    assert await processes.run(operator.add, 1, 1) == 2


async def test_an_error_comes_as_what_it_is_or_as_a_sentence(processes: Processes) -> None:
    """Sentences of ours arrive as they are; of the rest only the kind is told."""
    with pytest.raises(CallFailed, match="ValueError"):
        await processes.run(int, "many")
    with pytest.raises(CallFailed, match="TypeError"):  # of what cannot be sent
        await processes.run(threading.Lock)
    with pytest.raises(MemoryError):
        await processes.run(bytes, 2 * 2**30)
    with pytest.raises(FeedUnreadable, match="broken"):
        await processes.run(fields, b"{", 1)


async def test_a_process_that_took_much_memory_is_replaced(processes: Processes) -> None:
    """It would keep what it took; one that took little stays."""
    pid = await processes.run(os.getpid)
    assert await processes.run(operator.mul, b"x", 10) == b"x" * 10
    assert await processes.run(os.getpid) == pid
    assert len(await processes.run(operator.mul, b"x", 2 * pool.GROWTH)) > 0
    assert await processes.run(os.getpid) != pid


async def test_a_process_is_replaced_after_so_many_calls(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a library leaks does not add up."""
    monkeypatch.setattr(pool, "RECYCLE_AFTER", 3)
    pids = [await processes.run(os.getpid) for _ in range(9)]
    assert len(set(pids)) == 3


async def test_who_stops_waiting_leaves_no_process_behind(processes: Processes) -> None:
    """Cancelled while a process starts, works or is waited for: the next call is served."""
    for seconds in (0.0, 0.001, 0.02, 0.2):
        tasks = [asyncio.create_task(processes.run(time.sleep, 60)) for _ in range(3)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)
        assert await processes.run(operator.add, 1, 1) == 2
    assert processes.busy == 0
    assert len(multiprocessing.active_children()) <= 2


async def test_closing_ends_what_runs_and_lets_nothing_begin() -> None:
    """A stop waits for nobody, not even for a process that is just starting."""
    processes = Processes(workers=2, timeout=60)
    tasks = [asyncio.create_task(processes.run(time.sleep, 60)) for _ in range(4)]
    await asyncio.sleep(0)
    await processes.close()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert [type(result) for result in results] == [EOFError] * 4
    assert not multiprocessing.active_children()
    await processes.close()
