"""What arrives while a batch is being handled makes up the next batch.

So a lone thing is handled at once, and under load the cost of a transaction is shared by many,
without a timer and without a setting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_Entry = tuple[T, asyncio.Future[R]]


class Batches(Generic[T, R]):
    """Hands things to ``handle`` in batches, one batch at a time, in the order of their coming.

    ``handle`` gives one result for each thing. A batch holds things of ``most`` weight together,
    and at least one. Where a batch fails, each of its things is handled alone, so that one that
    cannot be handled costs no other.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        weight: Callable[[T], int],
        most: int,
    ) -> None:
        """Begin empty."""
        self._handle = handle
        self._weight = weight
        self._most = most
        self._waiting: list[_Entry[T, R]] = []
        self._work: asyncio.Task[None] | None = None

    async def put(self, thing: T) -> R:
        """Give the result for ``thing``; raises what its handling raised.

        A caller that is cut off while its thing is handled waits for the end of that.
        """
        entry: _Entry[T, R] = (thing, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._run())
        try:
            return await asyncio.shield(entry[1])
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                await asyncio.wait([entry[1]])
            raise

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                await self._settle(batch)
            except Exception:  # noqa: BLE001 - it is raised where each thing came from
                for entry in batch:
                    await self._settle_alone(entry)

    def _next(self) -> list[_Entry[T, R]]:
        weight, size = 0, 0
        for thing, _ in self._waiting:
            weight += self._weight(thing)
            if size and weight > self._most:
                break
            size += 1
        batch, self._waiting = self._waiting[:size], self._waiting[size:]
        return batch

    async def _settle(self, batch: Sequence[_Entry[T, R]]) -> None:
        results = await self._handle([thing for thing, _ in batch])
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _settle_alone(self, entry: _Entry[T, R]) -> None:
        try:
            await self._settle([entry])
        except Exception as error:  # noqa: BLE001 - it is raised where the thing came from
            if not entry[1].done():
                entry[1].set_exception(error)
