"""Telegram's limits, kept by the server on its own account.

Documented: about 30 messages a second for the bot, one a second in a private chat with short
bursts tolerated, 20 a minute in a group or channel. Here the windows slide.
"""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.botapi.errors import ApiError, too_many_requests

_GROUPS = frozenset({"group", "supergroup", "channel"})


@dataclass(slots=True, kw_only=True)
class Limits:
    """The limits; may be changed while the server runs.

    ``edits``: an edit counts like a message, for the bot and for its chat. ``jitter`` (seconds)
    is how much earlier than by the letter a message may come, because a busy machine hands
    requests over in bunches. ``grace`` (seconds) is how long after a first 429 others, that were
    under way already, are refused without being counted as violations.
    """

    enabled: bool = True
    edits: bool = True
    bot_messages: int = 30
    bot_window: float = 1.0
    private_burst: int = 3
    private_interval: float = 1.0
    group_messages: int = 20
    group_window: float = 60.0
    jitter: float = 0.25
    grace: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A message that came too early; ``chat_id`` is None where the bot as a whole was too fast."""

    chat_id: int | None
    rule: str
    at: float
    retry_after: int


@dataclass(slots=True)
class _Hold:
    """A wait that Telegram imposed; ``told`` is when the bot first heard of it."""

    until: float
    told: float | None


@dataclass(slots=True)
class _Window:
    """The messages of a sliding window, and for private chats the next free moment."""

    times: deque[float] = field(default_factory=deque)
    free_at: float = 0.0


class Limiter:
    """Counts what comes and refuses what is too much. Times are of the monotonic clock."""

    def __init__(self, limits: Limits) -> None:
        """Begin with empty windows."""
        self.limits = limits
        self.violations: list[Violation] = []
        self._windows: defaultdict[int | None, _Window] = defaultdict(_Window)
        self._holds: dict[int | None, _Hold] = {}

    def hold(self, chat_id: int | None, seconds: float, now: float) -> None:
        """Answer 429 to everything for a chat, or for the whole bot, from ``now`` on."""
        self._holds[chat_id] = _Hold(now + seconds, None)

    def arrive(self, now: float) -> None:
        """Count one message or edit for the whole bot. Raises ApiError 429."""
        limits = self.limits
        self._check_hold(None, now)
        if limits.enabled:
            wait = self._slide(None, now, limits.bot_messages, limits.bot_window)
            self._enforce(None, "bot", wait, now)

    def accept(self, chat_id: int, kind: str, now: float) -> None:
        """Count one message or edit for a chat of a kind. Raises ApiError 429."""
        limits = self.limits
        self._check_hold(chat_id, now)
        if not limits.enabled:
            return
        if kind in _GROUPS:
            wait = self._slide(chat_id, now, limits.group_messages, limits.group_window)
        else:
            wait = self._space(chat_id, now)
        self._enforce(chat_id, kind, wait, now)

    def _check_hold(self, chat_id: int | None, now: float) -> None:
        hold = self._holds.get(chat_id)
        if hold is None:
            return
        remaining = hold.until - now
        if remaining <= self.limits.jitter:
            del self._holds[chat_id]
            return
        if hold.told is None:
            hold.told = now
        elif now > hold.told + self.limits.grace:
            self._note(chat_id, "retry_after", now, math.ceil(remaining))
        raise ApiError(too_many_requests(max(1, math.ceil(remaining))))

    def _enforce(self, chat_id: int | None, rule: str, wait: float, now: float) -> None:
        if wait <= 0:
            return
        retry_after = max(1, math.ceil(wait))
        self._note(chat_id, rule, now, retry_after)
        self._holds[chat_id] = _Hold(now + retry_after, now)
        raise ApiError(too_many_requests(retry_after))

    def _note(self, chat_id: int | None, rule: str, now: float, retry_after: int) -> None:
        violation = Violation(chat_id=chat_id, rule=rule, at=now, retry_after=retry_after)
        self.violations.append(violation)

    def _slide(self, key: int | None, now: float, most: int, window: float) -> float:
        """Count in a sliding window; give the seconds to wait, or 0 where it was counted."""
        times = self._windows[key].times
        while times and times[0] <= now - window + self.limits.jitter:
            times.popleft()
        if len(times) >= most:
            return times[0] + window - now
        times.append(now)
        return 0.0

    def _space(self, chat_id: int, now: float) -> float:
        """Count in a private chat; give the seconds to wait, or 0 where it was counted."""
        limits, window = self.limits, self._windows[chat_id]
        credit = (limits.private_burst - 1) * limits.private_interval
        wait = window.free_at - now - credit
        if wait > limits.jitter:
            return wait
        window.free_at = max(window.free_at, now) + limits.private_interval
        return 0.0
