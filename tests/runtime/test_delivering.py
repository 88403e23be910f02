"""Alerts going out."""

import asyncio
from datetime import datetime

import pytest

from bot.errors import StorageError
from bot.models import AlertState, ChatKind, Delivered, Outcome, OwedAlert, Unknown
from bot.runtime.delivering import Deliverer
from bot.storage.store import SqlStore
from tests.builders import NOW, entry
from tests.route import HERE, Route
from tests.waiting import running, until


class Gate:
    """Holds every send until it is opened, and counts."""

    def __init__(self, route: Route) -> None:
        self.open = asyncio.Event()
        self.arrived = asyncio.Event()
        self.in_flight: list[OwedAlert] = []
        self.most = 0
        route.messenger.send = self.send  # type: ignore[method-assign]

    async def send(self, owed: OwedAlert) -> Outcome:
        """Wait for the gate."""
        self.in_flight.append(owed)
        self.most = max(self.most, len(self.in_flight))
        assert len({each.chat.id for each in self.in_flight}) == len(self.in_flight)
        self.arrived.set()
        await self.open.wait()
        self.in_flight.remove(owed)
        return Delivered(message_id=owed.id, text="x")


async def owe(route: Route, *, stories: int, chats: int) -> None:
    """Let so many chats be owed so many alerts each."""
    for chat in range(100, 100 + chats):
        await route.store.ensure_chat(chat, ChatKind.PRIVATE, NOW)
        await route.store.follow(chat, 0, ["drone_supply"])
    await route.store.unfollow(7, 0, ["drone_supply"])
    route.publisher.entries[HERE] = [
        entry(f"Report {n} on drones that Iran sends", guid=str(n)) for n in range(stories)
    ]
    await route.poll()


async def all_sent(route: Route, alerts: int) -> None:
    """Wait until so many alerts are sent."""
    async with asyncio.timeout(40):
        while (await route.counts()).get(AlertState.SENT) != alerts:  # noqa: ASYNC110 - a database sets no event
            await asyncio.sleep(0.01)


async def test_few_are_sent_at_once_and_never_two_to_one_chat(route: Route) -> None:
    """The order within a chat is kept, and a slow chat holds up no other."""
    await owe(route, stories=3, chats=6)
    gate = Gate(route)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run):
        await gate.arrived.wait()
        await until(lambda: len(gate.in_flight) == 4)
        gate.open.set()
        await all_sent(route, 18)
    assert gate.most == 4


async def test_a_stop_waits_for_the_sends_in_the_air(route: Route) -> None:
    """What Telegram has is noted as sent before the service ends."""
    await owe(route, stories=1, chats=1)
    gate = Gate(route)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run):
        await gate.arrived.wait()
    stop = asyncio.create_task(deliverer.stop(grace=20))
    await asyncio.sleep(0)
    gate.open.set()
    await stop
    assert await route.counts() == {AlertState.SENT: 1}


async def test_a_send_that_never_ends_is_left_for_the_next_start(route: Route) -> None:
    """It counts as interrupted then: sent once more, and marked."""
    await owe(route, stories=1, chats=1)
    gate = Gate(route)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run):
        await gate.arrived.wait()
    await deliverer.stop(grace=0.01)
    assert await route.counts() == {AlertState.SENDING: 1}
    await Deliverer(route.pipeline, in_flight=4).sweep()
    route.wait(minutes=1)
    [left] = await route.store.due_alerts(route.clock.now(), 10)
    assert left.repeat


async def test_an_alert_that_cannot_be_settled_stops_no_other(
    route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    """The trouble is told, and the loop goes on."""
    await owe(route, stories=2, chats=1)
    send = route.messenger.send
    failed: list[OwedAlert] = []

    async def fail_once(owed: OwedAlert) -> Outcome:
        if not failed:
            failed.append(owed)
            raise RuntimeError("a bug of ours")
        return await send(owed)

    route.messenger.send = fail_once  # type: ignore[method-assign]
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run):
        await until(lambda: "could not be delivered" in caplog.text)
        await deliverer.sweep()
        route.wait(minutes=1)
        deliverer.wake()
        await all_sent(route, 2)


async def test_a_database_that_cannot_be_written_is_not_asked_again_and_again(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends the loop; its supervisor pauses, and then it goes on."""
    await owe(route, stories=1, chats=2)
    claims: list[int] = []
    claim = SqlStore.claim

    async def fail(_: SqlStore, alert_id: int, now: datetime) -> bool:
        claims.append(alert_id)
        raise StorageError("the disk is full")

    monkeypatch.setattr(SqlStore, "claim", fail)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with asyncio.timeout(40):
        with pytest.raises(StorageError, match="the disk is full"):
            await deliverer.run()
    assert len(claims) == 2
    monkeypatch.setattr(SqlStore, "claim", claim)
    async with running(deliverer.run):
        await all_sent(route, 2)


async def test_a_sweep_leaves_what_is_in_the_air(route: Route) -> None:
    """Only what nobody sends any more is of unknown fate."""
    await owe(route, stories=1, chats=1)
    gate = Gate(route)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run):
        await gate.arrived.wait()
        await deliverer.sweep()
        assert await route.counts() == {AlertState.SENDING: 1}
        gate.open.set()
        await all_sent(route, 1)


async def test_one_look_into_the_database_serves_many_sends(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look costs more than a send: at each send it would slow a large backlog down."""
    await owe(route, stories=1, chats=12)
    looks: list[int] = []
    due_alerts = SqlStore.due_alerts

    async def count(store: SqlStore, now: datetime, limit: int) -> list[OwedAlert]:
        looks.append(limit)
        return await due_alerts(store, now, limit)

    monkeypatch.setattr(SqlStore, "due_alerts", count)
    async with running(Deliverer(route.pipeline, in_flight=2).run):
        await all_sent(route, 12)
    assert len(looks) <= 3


async def test_a_send_that_ends_while_the_database_is_asked_is_not_made_again(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is older than its outcome, and a copy of it would bear no mark."""
    await owe(route, stories=1, chats=1)
    route.messenger.outcomes = [Unknown(why="reset")]
    released, answered = asyncio.Event(), asyncio.Event()
    due_alerts, claim = SqlStore.due_alerts, SqlStore.claim

    async def held(store: SqlStore, alert_id: int, now: datetime) -> bool:
        await released.wait()
        return await claim(store, alert_id, now)

    async def late(store: SqlStore, now: datetime, limit: int) -> list[OwedAlert]:
        due = await due_alerts(store, now, limit)
        if deliverer._sends:
            released.set()
            await asyncio.gather(*(task for _, task in deliverer._sends.values()))
            answered.set()
        return due

    monkeypatch.setattr(SqlStore, "claim", held)
    monkeypatch.setattr(SqlStore, "due_alerts", late)
    deliverer = Deliverer(route.pipeline, in_flight=4)
    async with running(deliverer.run), asyncio.timeout(40):
        await until(lambda: deliverer._sends)
        deliverer.wake()
        await answered.wait()
        await asyncio.sleep(0.1)
    await deliverer.stop(grace=1.0)
    assert len(route.messenger.sent) == 1
