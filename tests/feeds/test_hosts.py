"""Whose turn it is to ask a host, on a clock that moves when it is told to."""

import asyncio
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from yarl import URL

from bot.errors import FeedDeferred
from bot.feeds.hosts import LONGEST_REST, HostGate
from tests.builders import NOW

NEWS = URL("https://news.example/feed")
OTHER = URL("https://other.example/feed")
OWN = (ip_network("127.0.0.0/8"), ip_network("::1"))


class HandClock:
    """Time that is moved by hand; sleepers wake when it has come to them."""

    def __init__(self) -> None:
        """Begin at NOW."""
        self.time = NOW
        self._alarms: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        """Give the time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Wait until the time was moved so far."""
        alarm = asyncio.Event()
        self._alarms.append((self.time + timedelta(seconds=seconds), alarm))
        await alarm.wait()

    async def move(self, seconds: float = 0.0) -> None:
        """Move the time, and let everybody do what that allows."""
        self.time += timedelta(seconds=seconds)
        for when, alarm in self._alarms:
            if when <= self.time:
                alarm.set()
        for _ in range(10):
            await asyncio.sleep(0)


class Asker:
    """Asks for a turn, and keeps it until it is told to leave."""

    def __init__(self, gate: HostGate, clock: HandClock, target: URL = NEWS) -> None:
        """Begin to wait."""
        self.began: float | None = None
        self._leave = asyncio.Event()
        self._gate = gate
        self._clock = clock
        self._target = target
        self.task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        async with self._gate.turn(self._target):
            self.began = (self._clock.now() - NOW).total_seconds()
            await self._leave.wait()

    def leave(self) -> None:
        """Give the turn back."""
        self._leave.set()


@pytest.fixture
def clock() -> HandClock:
    """A clock at NOW."""
    return HandClock()


@pytest.fixture
def gate(clock: HandClock) -> HostGate:
    """A gate that lets two in at a time, a second apart."""
    return HostGate(limit=2, spacing=timedelta(seconds=1), own=OWN, clock=clock)


async def test_requests_to_one_host_begin_a_second_apart_and_two_at_a_time(
    gate: HostGate, clock: HandClock
) -> None:
    """The second waits for the spacing, the third for a place as well."""
    askers = [Asker(gate, clock) for _ in range(3)]
    await clock.move()
    assert [asker.began for asker in askers] == [0.0, None, None]
    await clock.move(0.75)
    assert askers[1].began is None
    await clock.move(0.25)
    assert [asker.began for asker in askers] == [0.0, 1.0, None]
    await clock.move(5)
    assert askers[2].began is None
    askers[0].leave()
    await clock.move()
    assert askers[2].began == 6.0


async def test_hosts_do_not_wait_for_each_other(gate: HostGate, clock: HandClock) -> None:
    """Another host is asked at once, the same one by other means is not."""
    first, other, same = (
        Asker(gate, clock, target)
        for target in (NEWS, OTHER, URL("http://NEWS.example:80/elsewhere"))
    )
    await clock.move()
    assert (first.began, other.began, same.began) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    ("host", "spaced"),
    [
        ("127.0.0.1:8080", False),
        ("localhost:8080", False),
        ("[::1]:8080", False),
        ("10.0.0.1", True),
        ("[::1:8080]", True),
        ("loopback.example", True),
    ],
)
async def test_only_hosts_of_our_own_network_are_asked_without_spacing(
    gate: HostGate, clock: HandClock, host: str, *, spaced: bool
) -> None:
    """A name is nobody's own: it may lead anywhere."""
    target = URL(f"http://{host}/")
    _, second, third = (Asker(gate, clock, target) for _ in range(3))
    await clock.move()
    assert (second.began is None) == spaced
    assert third.began is None


async def test_a_resting_host_is_not_asked_before_its_time(
    gate: HostGate, clock: HandClock
) -> None:
    """Whoever asks is told how long to wait; other hosts are not concerned."""
    gate.rest("news.example", 90)
    await clock.move(30)
    asker, other = Asker(gate, clock), Asker(gate, clock, OTHER)
    await clock.move()
    error = asker.task.exception()
    assert isinstance(error, FeedDeferred)
    assert error.seconds == 60
    assert str(error) == "news.example asked to be left alone for 60 s more"
    assert other.began == 30.0
    await clock.move(60)
    later = Asker(gate, clock)
    await clock.move()
    assert later.began == 90.0


async def test_those_who_wait_already_are_turned_away_too(gate: HostGate, clock: HandClock) -> None:
    """A host that begins to rest is not asked by those who stood in line for it."""
    first, spaced, placeless = (Asker(gate, clock) for _ in range(3))
    await clock.move()
    gate.rest("news.example", 90)
    await clock.move(1)
    assert first.began == 0.0
    for asker in (spaced, placeless):
        assert isinstance(asker.task.exception(), FeedDeferred)


async def test_a_rest_lasts_a_day_at_most_and_is_never_shortened(
    gate: HostGate, clock: HandClock
) -> None:
    """One feed that asks for a week does not silence all that share its host."""
    gate.rest("news.example", 7 * 86_400)
    gate.rest("news.example", 1)
    asker = Asker(gate, clock)
    await clock.move()
    error = asker.task.exception()
    assert isinstance(error, FeedDeferred)
    assert error.seconds == LONGEST_REST.total_seconds()


@pytest.mark.parametrize("who", [1, 2])
async def test_who_stops_waiting_leaves_the_gate_as_it_was(
    gate: HostGate, clock: HandClock, who: int
) -> None:
    """Neither a place nor a start is lost, whichever of the two was waited for."""
    askers = [Asker(gate, clock) for _ in range(4)]
    await clock.move()
    askers[who].task.cancel()
    await clock.move(1)
    rest = [asker for asker in askers if asker is not askers[who]]
    assert [asker.began for asker in rest] == [0.0, 1.0, None]
    rest[0].leave()
    await clock.move(1)
    assert rest[2].began == 2.0


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer(
    gate: HostGate, clock: HandClock
) -> None:
    """The spacing is the longest that anybody waits for it."""
    Asker(gate, clock)
    await clock.move(-3600)
    second = Asker(gate, clock)
    await clock.move()
    await clock.move(1)
    assert second.began == -3599.0


async def test_a_host_is_remembered_for_its_spacing_and_then_forgotten(
    gate: HostGate, clock: HandClock
) -> None:
    """Ever new hosts take no more memory than those of the last second."""
    for n in range(1000):
        async with gate.turn(URL(f"https://{n}.example/")):
            await clock.move(0.5)
    assert len(gate._doors) < 100
    held = Asker(gate, clock)
    await clock.move(0.75)
    for n in range(200):
        async with gate.turn(URL(f"https://crowd-{n}.example/")):
            pass
    again = Asker(gate, clock, URL("https://crowd-0.example/"))
    await clock.move()
    assert again.began is None
    assert "news.example" in gate._doors
    held.leave()


async def test_rests_that_are_over_are_forgotten(gate: HostGate, clock: HandClock) -> None:
    """A host that asked once is not kept for ever."""
    for n in range(100):
        gate.rest(f"{n}.example", 10)
        await clock.move(1)
    assert len(gate._rests) <= 11
