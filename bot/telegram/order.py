"""Updates of one chat one after the other, those of different chats side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from telegram import Update
from telegram.ext import BaseUpdateProcessor

AT_ONCE: Final = 512
"""The most updates that are looked at at once; further ones wait."""

LONGEST: Final = 60
"""Seconds after which an update is given up, so that it cannot block its chat for ever."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Queue:
    """The updates of one chat: the lock of the one at work, and the tasks of all."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: set[asyncio.Task[Any] | None] = field(default_factory=set)


class InOrder(BaseUpdateProcessor):
    """Keeps the order of updates within a chat; remembers only chats with updates under way."""

    def __init__(self, at_once: int = AT_ONCE, longest: float = LONGEST) -> None:
        """Begin with nothing under way."""
        super().__init__(at_once)
        self._longest = longest
        self._queues: dict[int, _Queue] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle an update once those before it in its chat are done."""
        try:
            with self._queue(_key(update)) as queue:
                async with queue.lock, asyncio.timeout(self._longest):
                    await coroutine
        except TimeoutError:
            log.warning("an update took longer than %g s and was given up", self._longest)
        finally:
            # Where the wait was cancelled it never began, and Python would complain.
            if isinstance(coroutine, Coroutine):
                coroutine.close()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Give up what is still under way."""
        tasks = [task for queue in self._queues.values() for task in queue.tasks if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def _queue(self, key: int) -> Iterator[_Queue]:
        queue = self._queues.setdefault(key, _Queue())
        task = asyncio.current_task()
        queue.tasks.add(task)
        try:
            yield queue
        finally:
            queue.tasks.discard(task)
            if not queue.tasks:
                del self._queues[key]


def _key(update: object) -> int:
    if not isinstance(update, Update):
        return 0
    owner = update.effective_chat or update.effective_user
    return owner.id if owner else 0
