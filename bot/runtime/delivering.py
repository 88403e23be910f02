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
        # What was due at the last look: a look costs as much as several sends.
        self._batch: list[OwedAlert] = []
        self._fault: TocsinError | None = None

    def wake(self) -> None:
        """Look at once whether something is due."""
        self._batch = []
        self._wake.set()

    async def tick(self) -> None:
        """Look whether something is due."""
        self.wake()

    async def run(self) -> None:
        """Settle what a crash left, then start the sends that fall due, for good.

        Raises StorageError where the database cannot be used: to go on would only ask it the
        same again and again.
        """
        self._fault, self._batch = None, []
        await self._recover()
        while self._fault is None:
            self._wake.clear()
            pause = await self._start_due()
            await self._wait(pause)
        raise self._fault

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
        left = await self._pipeline.recover(self._is_in_flight)
        if left:
            log.warning("%d alerts were cut off while being sent; they are sent once more", left)

    def _is_in_flight(self, alert_id: int) -> bool:
        return any(owed.id == alert_id for owed, _ in self._sends.values())

    async def _start_due(self) -> float | None:
        """Start what may go now; give the seconds until the limits allow more, None if unknown."""
        now = self._pipeline.clock.now()
        if not self._batch:
            # What a send that ends while we ask did to its alert is not in the answer.
            busy = set(self._sends)
            due = await self._pipeline.store.due_alerts(now, LOOKAHEAD)
            self._batch = [owed for owed in due if owed.chat.id not in busy]
        batch, self._batch = self._batch, []
        waits = [ready for owed in batch if (ready := self._start_if_ready(owed, now))]
        full = len(self._sends) >= self._in_flight
        return None if full or not waits else (min(waits) - now).total_seconds()

    def _start_if_ready(self, owed: OwedAlert, now: datetime) -> datetime | None:
        """Start an alert, or keep it for the next round and tell when it may go."""
        sender = self._pipeline.sender
        if owed.chat.id in self._sends or not sender.serves(owed.chat):
            return None
        full = len(self._sends) >= self._in_flight
        ready = now if full else sender.ready_at(owed.chat, now)
        if not full and ready <= now:
            self._start(owed)
            return None
        self._batch.append(owed)
        return ready

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
            # Where it was claimed, it is settled at the next start as one of unknown fate.
            self._fault = error
        except Exception:
            log.exception("alert %d could not be delivered", owed.id)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
