"""Hand-written stand-ins with the verbs of the ports, for tests that are about something else."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from bot.models import Chat, ChatKind, KeywordTopic, OwedAlert, Source, TaggedStory
from tests.builders import NOW


class FrozenClock:
    """Time that stands still, but for those who sleep: for them it leaps."""

    def __init__(self, now: datetime = NOW) -> None:
        """Begin at ``now``."""
        self.time = now

    def now(self) -> datetime:
        """Give the time at which it stands."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Leap, and let others work."""
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class WallClock:
    """The time of this machine, or, from when it is made, ``speed`` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        """Begin now."""
        self._speed = speed
        self._start = datetime.now(UTC)

    def now(self) -> datetime:
        """Give the current time."""
        return self._start + (datetime.now(UTC) - self._start) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds / self._speed)


class MemorySubscribers:
    """Fulfils ``bot.ports.SubscriberStore`` in memory; ``alerts`` and ``stories`` are put in."""

    def __init__(self) -> None:
        """Begin empty."""
        self.chats: dict[int, Chat] = {}
        self.topics: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self.keyword: dict[tuple[int, str], KeywordTopic] = {}
        self.stories: Sequence[tuple[TaggedStory, Source]] = ()
        self.alerts: dict[tuple[int, int], OwedAlert] = {}
        self.broken = False
        self._admins: set[int] = set()
        self._offered = ""

    async def ensure_chat(
        self,
        chat_id: int,
        kind: ChatKind,
        now: datetime,  # noqa: ARG002 - the port has it
    ) -> Chat:
        """Make or wake a chat."""
        self._fail_if_broken()
        self.chats[chat_id] = Chat(id=chat_id, kind=kind)
        return self.chats[chat_id]

    async def suspend_chat(self, chat_id: int, why: str) -> None:
        """Silence a chat."""
        if chat := self.chats.get(chat_id):
            self.chats[chat_id] = Chat(id=chat_id, kind=chat.kind, suspended=why)

    async def migrate_chat(self, old_id: int, new_id: int) -> None:
        """Move a chat."""
        if old_id not in self.chats:
            return
        self.chats[new_id] = Chat(id=new_id, kind=ChatKind.SUPERGROUP)
        del self.chats[old_id]
        for chat_id, thread in list(self.topics):
            if chat_id == old_id:
                self.topics[new_id, thread] = self.topics.pop((old_id, thread))

    async def forget_chat(self, chat_id: int) -> None:
        """Delete a chat."""
        self.chats.pop(chat_id, None)

    async def follow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """Subscribe a chat."""
        new = set(topics) - self.topics[chat_id, thread]
        self.topics[chat_id, thread] |= new
        return new

    async def unfollow(self, chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        """End subscriptions."""
        ended = set(topics) & self.topics[chat_id, thread]
        self.topics[chat_id, thread] -= ended
        return ended

    async def followed(self, chat_id: int, thread: int) -> set[str]:
        """Give what a chat follows."""
        return set(self.topics[chat_id, thread])

    async def save_keyword_topic(
        self,
        chat_id: int,
        thread: int,  # noqa: ARG002 - the port has it
        name: str,
        query: str,
    ) -> KeywordTopic:
        """Save a keyword topic."""
        topic = KeywordTopic(id=len(self.keyword) + 1, chat_id=chat_id, name=name, query=query)
        self.keyword[chat_id, name.casefold()] = topic
        return topic

    async def delete_keyword_topic(self, chat_id: int, name: str) -> bool:
        """Delete a keyword topic."""
        return self.keyword.pop((chat_id, name.casefold()), None) is not None

    async def keyword_topics(self, chat_id: int) -> list[KeywordTopic]:
        """Give a chat's keyword topics."""
        own = [topic for (owner, _), topic in self.keyword.items() if owner == chat_id]
        return sorted(own, key=lambda topic: topic.name)

    async def latest(self, topic: str | None, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the tagged stories that were put in, in their order."""
        found = [each for each in self.stories if each[0].topics]
        return [each for each in found if topic is None or topic in each[0].topics][:limit]

    async def recent(self, limit: int) -> list[tuple[TaggedStory, Source]]:
        """Give the stories that were put in, in their order."""
        return list(self.stories[:limit])

    async def sent_alert(self, chat_id: int, message_id: int) -> OwedAlert | None:
        """Give the alert that was put in for a message."""
        return self.alerts.get((chat_id, message_id))

    async def alert(self, chat_id: int, alert_id: int) -> OwedAlert | None:
        """Give the alert of that id that was put in for any message of the chat."""
        here = (each for (chat, _), each in self.alerts.items() if chat == chat_id)
        return next((each for each in here if each.id == alert_id), None)

    async def admins(self) -> set[int]:
        """Give those who claimed."""
        self._fail_if_broken()
        return set(self._admins)

    async def offer_claim(self, code_hash: str) -> None:
        """Keep the offered hash."""
        self._offered = code_hash

    async def take_claim(
        self,
        code_hash: str,
        user_id: int,
        now: datetime,  # noqa: ARG002 - the port has it
    ) -> bool:
        """Make an admin, once."""
        if not self._offered or code_hash != self._offered:
            return False
        self._offered = ""
        self._admins.add(user_id)
        return True

    def _fail_if_broken(self) -> None:
        if self.broken:
            raise RuntimeError("the store is broken, as the test wants it")
