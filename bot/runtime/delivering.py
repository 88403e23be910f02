"""Keeps alerts going out: a few at once, one a chat, each when the limits allow it."""

import asyncio
import logging
from datetime import datetime
from functools import partial
from typing import Final

from bot.errors import TocsinError
from bot.models import OwedAlert
from bot.pipeline import Pipeline

log = logging.getLogger(__name__)

LOOKAHEAD: Final = 256  # chats looked at in one round; bounds the memory that a backlog takes


class Deliverer:
    """Delivers the alerts that are due, at most ``in_flight`` at once."""

    def __init__(self, pipeline: Pipeline, *, in_flight: int) -> None:
        self._pipeline = pipeline
        self._in_flight = in_flight
        self._wake = asyncio.Event()
        self._sends: dict[int, tuple[OwedAlert, asyncio.Task[None]]] = {}

    def wake(self) -> None:
        """Look at once whether something is due."""
        self._wake.set()

    async def tick(self) -> None:
        """Look whether something is due."""
        self.wake()

    async def run(self) -> None:
        """Settle what a crash left, then start the sends that fall due, for good."""
        await self._recover()
        while True:
            self._wake.clear()
            pause = await self._start_due()
            await self._wait(pause)

    async def sweep(self) -> None:
        """Settle alerts that are marked as being sent although nobody sends them."""
        try:
            await self._recover()
        except TocsinError as error:
            log.error("alerts cut off while being sent stay so: %s", error)  # noqa: TRY400 - told

    async def stop(self, grace: float) -> None:
        """Wait at most ``grace`` seconds for the sends under way, then leave them.

        What is left then counts as interrupted at the next start: sent once more, and marked.
        """
        tasks = [task for _, task in self._sends.values()]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _recover(self) -> None:
        left = await self._pipeline.recover({owed.id for owed, _ in self._sends.values()})
        if left:
            log.warning("%d alerts were cut off while being sent; they are sent once more", left)

    async def _start_due(self) -> float | None:
        """Start what may go now; give the seconds until the limits allow more, None if unknown."""
        now = self._pipeline.clock.now()
        waits: list[datetime] = []
        for owed in await self._pipeline.store.due_alerts(now, LOOKAHEAD):
            if len(self._sends) >= self._in_flight:
                return None
            if owed.chat.id in self._sends or not self._pipeline.sender.serves(owed.chat):
                continue
            ready = self._pipeline.sender.ready_at(owed.chat, now)
            if ready > now:
                waits.append(ready)
            else:
                self._start(owed)
        return (min(waits) - now).total_seconds() if waits else None

    def _start(self, owed: OwedAlert) -> None:
        task = asyncio.create_task(self._deliver(owed))
        self._sends[owed.chat.id] = (owed, task)
        task.add_done_callback(partial(self._done, owed.chat.id))

    def _done(self, chat_id: int, _: asyncio.Task[None]) -> None:
        del self._sends[chat_id]
        self._wake.set()

    async def _deliver(self, owed: OwedAlert) -> None:
        try:
            await self._pipeline.deliver(owed)
        except TocsinError as error:
            # Where it was claimed, the next sweep settles it as one of unknown fate.
            log.error("alert %d: %s", owed.id, error)  # noqa: TRY400 - it is told
        except Exception:
            log.exception("alert %d could not be delivered", owed.id)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
