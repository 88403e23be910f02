"""Waiting for something to become true, woken by what happens instead of by sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """Wakes all who wait whenever something happened on the server."""

    def __init__(self) -> None:
        """Start without anybody waiting."""
        self._next = asyncio.Event()

    def beat(self) -> None:
        """Tell all who wait to look again."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Wait until ``predicate`` gives something true, and give that.

        Raises TimeoutError after ``seconds``.
        """
        async with asyncio.timeout(seconds):
            while not (value := predicate()):
                await self._next.wait()
        return value
