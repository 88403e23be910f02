"""PURE: when may the next message go, so that Telegram's limits hold by design?

| what                       | at most                         | window               |
|----------------------------|---------------------------------|----------------------|
| everything the bot sends   | ``rate`` (28; Telegram: about 30) | 1 s, sliding       |
| a private chat             | 1                               | 1 s, sliding         |
| a group, supergroup, channel | 20                            | 60 s, sliding        |

(core.telegram.org/bots/faq.) A message counts from when it is taken until its window has passed
*after its answer came*: nobody knows when in between Telegram counted it, so this alone is safe.
What Telegram itself asks to wait (429) is a hold, on a chat or on the whole bot.
"""

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.models import Chat, ChatKind

RATE: Final = 28
"""Messages a second of the whole bot: a little below Telegram's 30."""

FORGET_AFTER: Final = 1000
"""Where this many chats are remembered, those that nothing holds back any more are forgotten."""

_BOT: Final = timedelta(seconds=1)
_PRIVATE: Final = (1, timedelta(seconds=1))
_GROUP: Final = (20, timedelta(seconds=60))
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Window:
    """Counts messages: ``flying`` are those without an answer yet, ``free`` when the others end."""

    most: int
    length: timedelta
    flying: int = 0
    free: list[datetime] = field(default_factory=list)
    held: datetime = _LONG_AGO

    def ready_at(self, now: datetime) -> datetime:
        """Tell when the next message may be taken, as far as is known."""
        self._forget(now)
        return max(now, self.held, self._room_at(now))

    def take(self) -> None:
        """Count a message that goes."""
        self.flying += 1

    def give_back(self, now: datetime) -> None:
        """Let a message count until its window has passed after ``now``."""
        self.flying -= 1
        heapq.heappush(self.free, now + self.length)

    def idle(self, now: datetime) -> bool:
        """Tell whether nothing is held back here any more."""
        self._forget(now)
        return not (self.flying or self.free or self.held > now)

    def _room_at(self, now: datetime) -> datetime:
        if self.flying + len(self.free) < self.most:
            return now
        # While all are under way, the earliest answer possible is one that comes now.
        return self.free[0] if self.free else now + self.length

    def _forget(self, now: datetime) -> None:
        latest = now + self.length
        if self.free and max(self.free) > latest:
            # The clock went back: nobody shall wait for the old time to come round again.
            self.free = [min(time, latest) for time in self.free]
            heapq.heapify(self.free)
        while self.free and self.free[0] <= now:
            heapq.heappop(self.free)


class Limits:
    """Keeps account of what was sent; ``take`` before each message, ``done`` after its answer."""

    def __init__(self, rate: int = RATE) -> None:
        """Begin with nothing sent; ``rate`` is in messages a second, 1 or more."""
        self._bot = _Window(rate, _BOT)
        self._chats: dict[int, _Window] = {}
        self._tidy_at = FORGET_AFTER

    def ready_at(self, chat: Chat, now: datetime) -> datetime:
        """Tell when a message to ``chat`` may go: ``now`` or later."""
        return max(self.chat_ready_at(chat, now), self._bot.ready_at(now))

    def chat_ready_at(self, chat: Chat, now: datetime) -> datetime:
        """Tell when the chat's own limits let a message through, whatever the bot's say."""
        window = self._chats.get(chat.id)
        return window.ready_at(now) if window else now

    def take(self, chat: Chat, now: datetime) -> bool:
        """Count a message that goes now; false, with nothing counted, where it may not."""
        if self.ready_at(chat, now) > now:
            return False
        self._forget_idle(now)
        self._window(chat).take()
        self._bot.take()
        return True

    def done(self, chat: Chat, now: datetime) -> None:
        """Note that the answer to a taken message came, or that none will."""
        self._window(chat).give_back(now)
        self._bot.give_back(now)

    def hold_chat(self, chat: Chat, until: datetime) -> None:
        """Let nothing through to one chat before ``until``."""
        window = self._window(chat)
        window.held = max(window.held, until)

    def hold_bot(self, until: datetime) -> None:
        """Let nothing through at all before ``until``."""
        self._bot.held = max(self._bot.held, until)

    def _window(self, chat: Chat) -> _Window:
        rule = _PRIVATE if chat.kind is ChatKind.PRIVATE else _GROUP
        return self._chats.setdefault(chat.id, _Window(*rule))

    def _forget_idle(self, now: datetime) -> None:
        if len(self._chats) >= self._tidy_at:
            self._chats = {key: each for key, each in self._chats.items() if not each.idle(now)}
            self._tidy_at = max(FORGET_AFTER, 2 * len(self._chats))
