"""Whose turn is it to ask a host? Nobody's while it wants to be left alone, and nobody's at once.

Publishers count what one program asks of one machine, whatever feeds it is about. All times are
those of the clock that is handed in, so a test need not wait.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from yarl import URL

from bot.errors import FeedDeferred
from bot.feeds.addresses import Network
from bot.ports import Clock
from bot.rules.polling import DAY, host_of, is_own

LONGEST_REST: Final = DAY
"""No host is left alone for longer, since one bad feed would silence all that share its host."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_FEW: Final = 64  # hosts: so many are not worth looking through for idle ones


class HostGate:
    """Lets requests to one host pass ``limit`` at a time, their starts ``spacing`` apart.

    The spacing does not bind for localhost and literal addresses on the networks of ``own``.
    Hosts are told apart as ``bot.rules.polling.host_of`` does.
    """

    def __init__(
        self, *, limit: int, spacing: timedelta, own: Sequence[Network], clock: Clock
    ) -> None:
        self._limit = limit
        self._spacing = spacing
        self._own = tuple(own)
        self._clock = clock
        self._doors: dict[str, _Door] = {}
        self._rests: dict[str, datetime] = {}
        self._crowd = _FEW

    @asynccontextmanager
    async def turn(self, target: URL) -> AsyncIterator[None]:
        """Hold one of the places for the host of ``target``, waiting for it where all are held.

        Raises FeedDeferred where the host is to be left alone, or gets to be while we wait.
        """
        place = f"{target.scheme}://{target.raw_authority}"
        host = host_of(place)
        door = self._door(host, place)
        door.users += 1
        try:
            async with door.places:
                self._refuse_resting(host)
                if door.spacing:
                    await self._spaced(door)
                    self._refuse_resting(host)
                yield
        finally:
            door.users -= 1

    def rest(self, host: str, seconds: float) -> None:
        """Leave ``host`` alone for so long, a day at most."""
        now = self._clock.now()
        self._rests = {name: until for name, until in self._rests.items() if until > now}
        until = now + min(timedelta(seconds=seconds), LONGEST_REST)
        self._rests[host] = max(until, self._rests.get(host, until))

    def _refuse_resting(self, host: str) -> None:
        until = self._rests.get(host)
        seconds = (until - self._clock.now()).total_seconds() if until else 0.0
        if seconds > 0:
            raise FeedDeferred(f"{host} asked to be left alone for {seconds:.0f} s more", seconds)

    async def _spaced(self, door: "_Door") -> None:
        async with door.starts:
            since = self._clock.now() - door.last_start
            # A clock that was set back must not make anybody wait longer than the spacing.
            wait = min(door.spacing - since, door.spacing).total_seconds()
            if wait > 0:
                await self._clock.sleep(wait)
            door.last_start = self._clock.now()

    def _door(self, host: str, place: str) -> "_Door":
        if host not in self._doors:
            if len(self._doors) >= self._crowd:
                self._forget_idle()
            spacing = timedelta() if is_own(place, self._own) else self._spacing
            self._doors[host] = _Door(asyncio.Semaphore(self._limit), spacing)
        return self._doors[host]

    def _forget_idle(self) -> None:
        past = self._clock.now() - self._spacing
        self._doors = {
            host: door for host, door in self._doors.items() if door.users or door.last_start > past
        }
        self._crowd = max(_FEW, 2 * len(self._doors))  # so that looking costs little on average


@dataclass(slots=True)
class _Door:
    places: asyncio.Semaphore
    spacing: timedelta
    starts: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_start: datetime = _LONG_AGO
    users: int = 0
