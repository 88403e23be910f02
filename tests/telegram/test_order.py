"""The order in which updates are handled."""

import asyncio
from datetime import UTC, datetime

from telegram import Chat, Message, Update

from bot.telegram.order import InOrder


def update(number: int, chat_id: int) -> Update:
    """Make an update of a chat."""
    message = Message(number, datetime.now(UTC), Chat(chat_id, "private"))
    return Update(number, message=message)


async def test_one_chat_keeps_its_order_and_another_goes_ahead() -> None:
    """The second update of a chat waits for the first; another chat's does not."""
    processor, done, gate = InOrder(), [], asyncio.Event()

    async def handle(name: str, wait: asyncio.Event | None = None) -> None:
        if wait:
            await wait.wait()
        done.append(name)

    tasks = [
        asyncio.create_task(processor.process_update(update(1, 7), handle("first", gate))),
        asyncio.create_task(processor.process_update(update(2, 7), handle("second"))),
        asyncio.create_task(processor.process_update(update(3, 8), handle("other"))),
    ]
    await asyncio.wait({tasks[2]})
    gate.set()
    await asyncio.gather(*tasks)
    assert done == ["other", "first", "second"]
    assert not processor._queues


async def test_an_update_that_hangs_does_not_block_its_chat_for_ever() -> None:
    """It is given up, and the next is handled."""
    processor, done = InOrder(longest=0.05), []

    async def hang() -> None:
        await asyncio.Event().wait()

    async def handle() -> None:
        done.append("next")

    await asyncio.gather(
        processor.process_update(update(1, 7), hang()),
        processor.process_update(update(2, 7), handle()),
    )
    assert done == ["next"]


async def test_at_the_end_nothing_is_left_under_way() -> None:
    """What still waits or works is given up, and nothing is kept of it."""
    processor, gate = InOrder(), asyncio.Event()

    async def handle() -> None:
        await gate.wait()

    tasks = [
        asyncio.create_task(processor.process_update(update(number, 7), handle()))
        for number in range(3)
    ]
    await asyncio.sleep(0)
    await processor.shutdown()
    assert all(task.cancelled() for task in tasks)
    assert not processor._queues
