"""The people at the other side, and the rooms in which they and the bot meet."""

import itertools
from typing import Final

from tests.botapi import errors
from tests.botapi.chats import ANONYMOUS_ADMIN, Chat, Member
from tests.botapi.errors import Json, Refusal
from tests.botapi.ledger import Answer, SentMessage
from tests.botapi.text import found_entities
from tests.botapi.world import World, quoted

PATIENCE: Final = 10.0
"""Seconds that a person waits for the bot before a test has failed."""

_query_ids = itertools.count(4_000_000_001)


class Room:
    """A chat as its people see it."""

    def __init__(self, world: World, chat: Chat) -> None:
        """Begin with nothing read."""
        self.world = world
        self.chat = chat
        self._read: set[SentMessage] = set()

    @property
    def id(self) -> int:
        """The chat's id."""
        return self.chat.id

    @property
    def messages(self) -> list[SentMessage]:
        """All messages of the bot here that were not deleted, oldest first."""
        return self.world.ledger.of_chat(self.id)

    def in_thread(self, thread: int) -> list[SentMessage]:
        """Give the messages of the bot in one thread (0: in none)."""
        return self.world.ledger.of_chat(self.id, thread)

    async def next_message(
        self,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - how long a person waits is part of the verb
        *,
        thread: int | None = None,
    ) -> SentMessage:
        """Wait for the oldest message of the bot that was not read yet, and read it."""

        def unread() -> SentMessage | None:
            messages = self.world.ledger.of_chat(self.id, thread)
            return next((each for each in messages if each not in self._read), None)

        message = await self.world.pulse.wait_for(unread, timeout)
        if message is None:
            raise TimeoutError
        self._read.add(message)
        return message

    def read_all(self) -> None:
        """Take all messages so far as read."""
        self._read.update(self.messages)

    def bot_becomes(self, status: str, by: Json, refusal: Refusal | None = None) -> None:
        """Change the bot's standing here and tell the bot with a my_chat_member update."""
        bot = self.world.bot
        before = self.chat.members.get(bot["id"], Member(bot, "left")).json
        self.chat.put(bot, status)
        self.chat.refusal = refusal
        body = {
            "chat": self.chat.json,
            "from": by,
            "date": self.world.now(),
            "old_chat_member": before,
            "new_chat_member": self.chat.members[bot["id"]].json,
        }
        self.world.updates.add("my_chat_member", body)


class User:
    """A person. ``chat`` is their private chat with the bot."""

    def __init__(self, world: World, profile: Json, *, started: bool) -> None:
        """Make the person known; the private chat only exists once they have ``started``."""
        self.world = world
        self.json = profile
        chat = Chat(
            id=profile["id"],
            kind="private",
            title=profile["first_name"],
            username=profile.get("username", ""),
        )
        self.chat = Room(world, chat)
        world.users[profile["id"]] = profile
        if started:
            self._open_chat()

    @property
    def id(self) -> int:
        """The user's id, which is also that of the private chat."""
        return int(self.json["id"])

    @property
    def messages(self) -> list[SentMessage]:
        """All messages of the bot in the private chat that were not deleted, oldest first."""
        return self.chat.messages

    async def next_message(
        self,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - how long a person waits is part of the verb
    ) -> SentMessage:
        """Wait for the oldest message in the private chat that was not read yet, and read it."""
        return await self.chat.next_message(timeout)

    async def start(self, payload: str = "") -> Json:
        """Press Start, perhaps by a deep link; opens the chat, and unblocks the bot."""
        link = payload.replace("_", "").replace("-", "")
        if len(payload) > 64 or (payload and not (link.isascii() and link.isalnum())):
            raise ValueError("a deep link carries at most 64 of A-Z a-z 0-9 _ -")
        if self.chat.chat.refusal == errors.BLOCKED:
            self.unblock_bot()
        return await self.send(f"/start {payload}".rstrip())

    async def send(
        self,
        text: str,
        *,
        to: Room | None = None,
        thread: int = 0,
        reply_to: SentMessage | Json | None = None,
        anonymous: bool = False,
    ) -> Json:
        """Write a text, in the private chat or ``to`` a room; give the message object.

        In a room the bot only gets what privacy mode lets through. ``anonymous`` is how an admin
        of a group writes in the group's name. In a topic a message that answers no other answers
        the one that opened the topic, as in Telegram.
        """
        room = to or self.chat
        if room is self.chat:
            self._open_chat()
            if room.chat.refusal:
                raise RuntimeError(f"nobody writes here: {room.chat.refusal.description}")
        content: Json = {"text": text}
        if entities := found_entities(text):
            content["entities"] = entities
        if above := reply_to or room.chat.posts.get(thread):
            content["reply_to_message"] = _quoted(above)
        if anonymous:
            content["sender_chat"] = room.chat.json
        sender = ANONYMOUS_ADMIN if anonymous else self.json
        message = self.world.message(room.chat, sender, thread, **content)
        if self.world.overhears(room.chat, message):
            self.world.updates.add("message", message)
        return message

    async def ask(
        self,
        text: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - how long a person waits is part of the verb
        *,
        to: Room | None = None,
        thread: int = 0,
    ) -> SentMessage:
        """Write a text and wait for the next message of the bot in that room."""
        room = to or self.chat
        room.read_all()
        await self.send(text, to=to, thread=thread)
        return await room.next_message(timeout)

    async def tap(
        self,
        message: SentMessage,
        label: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - how long a person waits is part of the verb
    ) -> Answer:
        """Tap the button of a message that has this text, and wait for the bot's answer."""
        button = message.button(label)
        if "callback_data" not in button:
            raise LookupError(f"the bot hears nothing of a tap on {button}")
        return await self.tap_data(message, button["callback_data"], timeout)

    async def tap_data(
        self,
        message: SentMessage,
        data: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - how long a person waits is part of the verb
    ) -> Answer:
        """Send callback data as a forged or outdated client could, and wait for the answer."""
        query_id = str(next(_query_ids))
        self.world.queries[query_id] = None
        query = {
            "id": query_id,
            "from": self.json,
            "message": message.json,
            "chat_instance": str(message.chat_id),
            "data": data,
        }
        self.world.updates.add("callback_query", query)
        answer = await self.world.pulse.wait_for(lambda: self.world.queries[query_id], timeout)
        if answer is None:
            raise TimeoutError
        return answer

    def block_bot(self) -> None:
        """Block the bot."""
        self._open_chat()
        self.chat.bot_becomes("kicked", self.json, errors.BLOCKED)

    def unblock_bot(self) -> None:
        """Unblock the bot."""
        self._open_chat()
        self.chat.bot_becomes("member", self.json)

    def deactivate(self) -> None:
        """Delete the account."""
        self.chat.chat.refusal = errors.DEACTIVATED

    def _open_chat(self) -> None:
        chat = self.chat.chat
        if chat.id in self.world.chats:
            return
        chat.put(self.json, "member")
        chat.put(self.world.bot, "member")
        self.world.add_chat(chat)


def _quoted(message: SentMessage | Json) -> Json:
    body = message.json if isinstance(message, SentMessage) else message
    return quoted(body)
