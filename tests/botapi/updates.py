"""The queue of updates that wait for the bot, and long polling."""

import copy
from collections import deque
from typing import Final

from tests.botapi.errors import CONFLICT, ApiError, Json
from tests.botapi.pulse import Pulse

_NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_LONGEST_POLL: Final = 50
_MOST: Final = 100
_FIRST_ID: Final = 700_000_001


class Updates:
    """Updates in order; one is forgotten when a later offset confirms it."""

    def __init__(self, pulse: Pulse) -> None:
        """Begin empty; ``pulse`` wakes long polls."""
        self.waiting: deque[Json] = deque()
        self._pulse = pulse
        self._allowed: frozenset[str] = frozenset()
        self._next_id = _FIRST_ID
        self._poll = 0

    def add(self, kind: str, body: Json) -> int | None:
        """Queue an update; give its id, or None where the bot does not want its kind."""
        if kind not in self._allowed if self._allowed else kind in _NOT_BY_DEFAULT:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.waiting.append({"update_id": update_id, kind: copy.deepcopy(body)})
        self._pulse.beat()
        return update_id

    def allow(self, kinds: object) -> None:
        """Set which kinds are queued from now on; an empty list means the default."""
        self._allowed = frozenset(map(str, kinds)) if isinstance(kinds, list) else frozenset()

    def confirm(self, offset: int) -> None:
        """Forget the updates before ``offset``; a negative one keeps that many of the last."""
        if offset < 0:
            while len(self.waiting) > -offset:
                self.waiting.popleft()
        while offset > 0 and self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()

    def clear(self) -> None:
        """Forget all updates."""
        self.waiting.clear()

    async def fetch(self, limit: int, seconds: float) -> list[Json]:
        """Give the next updates, waiting for one if there are none.

        Raises ApiError 409 when another fetch comes while this one waits.
        """
        self._poll += 1
        mine = self._poll
        self._pulse.beat()
        try:
            wait = min(seconds, _LONGEST_POLL)
            await self._pulse.wait_for(lambda: self.waiting or self._poll != mine, wait)
        except TimeoutError:
            pass
        if self._poll != mine:
            raise ApiError(CONFLICT)
        return list(self.waiting)[: min(max(limit, 1), _MOST)]
