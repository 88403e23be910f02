"""Waiting in tests: for something to become true, with an end; never for time to pass."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


async def until(happened: Callable[[], object], seconds: float = 40.0, step: float = 0.02) -> None:
    """Look again and again, for at most ``seconds``, whether something happened."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - files and other processes set no event
            await asyncio.sleep(step)


@asynccontextmanager
async def running(part: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run a part of the service until the block ends, and see its end."""
    task = asyncio.ensure_future(part())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
