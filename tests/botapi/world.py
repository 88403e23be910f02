"""All that the server knows: one bot, its chats, its updates, and the record of what happened."""

import copy
import itertools
import time
from dataclasses import dataclass, field
from typing import Final

from tests.botapi import errors
from tests.botapi.chats import ADMINS, PRESENT, Chat
from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.faults import Faults
from tests.botapi.ledger import Answer, Ledger, SentMessage, Version
from tests.botapi.limits import Limiter, Limits
from tests.botapi.markup import Keyboard
from tests.botapi.pulse import Pulse
from tests.botapi.text import Formatted
from tests.botapi.updates import Updates
from tests.botapi.wire import Params, Upload

OWN_COUNTER: Final = frozenset({"supergroup", "channel"})
"""The kinds of chat that number their messages themselves; the others share one counter."""


@dataclass(slots=True)
class Profile:
    """What the bot told Telegram about itself; commands by scope and language."""

    commands: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A message of the bot that passed all checks and only needs to be written down."""

    chat: Chat
    thread: int
    method: str
    content: Formatted
    keyboard: Keyboard
    extra: Json
    upload: Upload | None = None
    reply_to: int | None = None
    silent: bool = False


class World:
    """The state behind one bot token."""

    def __init__(self, bot: Json, limits: Limits) -> None:
        """Begin with no chats."""
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.queries: dict[str, Answer | None] = {}
        self.profile = Profile()
        self.pulse = Pulse()
        self.updates = Updates(self.pulse)
        self.ledger = Ledger()
        self.limiter = Limiter(limits)
        self.faults = Faults()
        self._counters: dict[int, itertools.count[int]] = {}

    def add_chat(self, chat: Chat) -> None:
        """Make a chat known."""
        self.chats[chat.id] = chat

    def find_chat(self, params: Params) -> Chat:
        """Find the chat of a call by id or @username. Raises ApiError 400."""
        wanted = params.text("chat_id")
        if not wanted:
            raise ApiError(bad_request("chat_id is empty"))
        name = wanted.removeprefix("@").lower()
        if wanted.startswith("@"):
            named = (chat for chat in self.chats.values() if chat.username.lower() == name)
            found = next((chat for chat in named if chat.kind != "private"), None)
        else:
            found = self.chats.get(params.number("chat_id") or 0)
        if found is None:
            raise ApiError(errors.CHAT_NOT_FOUND)
        return found

    def writable_chat(self, params: Params) -> Chat:
        """Find the chat of a call that sends or edits. Raises ApiError 400 or 403."""
        chat = self.find_chat(params)
        chat.require_writable(self.bot["id"])
        return chat

    def next_message_id(self, chat: Chat) -> int:
        """Count a new message of a chat."""
        key = chat.id if chat.kind in OWN_COUNTER else 0
        return next(self._counters.setdefault(key, itertools.count(2)))

    def message(self, chat: Chat, sender: Json | None, thread: int = 0, **content: object) -> Json:
        """Make a message object and let its chat remember it."""
        body: Json = {
            "message_id": self.next_message_id(chat),
            "date": self.now(),
            "chat": chat.json,
        }
        body |= {"from": sender} if sender else {}
        if thread:
            body |= {"message_thread_id": thread, "is_topic_message": True}
        body |= content
        chat.posts[body["message_id"]] = body
        return body

    def publish(self, draft: Draft) -> SentMessage:
        """Accept a message of the bot: from here on it is in the chat and in the ledger.

        In a topic it answers the message that opened the topic, where it answers no other.
        """
        sender = None if draft.chat.kind == "channel" else self.bot
        body = self.message(draft.chat, sender, draft.thread, **draft.extra)
        if sender is None:
            body["sender_chat"] = draft.chat.json
        if above := draft.reply_to or draft.thread:
            body["reply_to_message"] = quoted(draft.chat.posts[above])
        sent = SentMessage(
            chat_id=draft.chat.id,
            message_id=body["message_id"],
            thread=draft.thread,
            method=draft.method,
            json=body,
            versions=[make_version(draft.content, draft.keyboard)],
            upload=draft.upload,
            reply_to=draft.reply_to,
            silent=draft.silent,
        )
        show(sent)
        self.ledger.add(sent)
        self.pulse.beat()
        return sent

    def overhears(self, chat: Chat, message: Json) -> bool:
        """Tell whether the bot gets a message: in groups, privacy mode keeps most from it."""
        if chat.kind == "private":
            return True
        if chat.refusal or chat.status(self.bot["id"]) not in PRESENT:
            return False
        replied = message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"]
        named = f"@{self.bot['username']}".lower() in message["text"].lower()
        first: Json = next(iter(message.get("entities", ())), {})
        command = first.get("type") == "bot_command" and first["offset"] == 0
        command = command and "@" not in message["text"].split()[0]
        return chat.status(self.bot["id"]) in ADMINS or replied or named or command

    @staticmethod
    def now() -> int:
        """Give the time of messages: Unix time in whole seconds."""
        return int(time.time())


def make_version(content: Formatted, keyboard: Keyboard) -> Version:
    """Make the record of what a message says from now on."""
    return Version(
        text=content.text,
        html=content.source,
        entities=content.entities,
        keyboard=keyboard,
        when=time.time(),
    )


def show(sent: SentMessage) -> None:
    """Make the message object say what the last version says."""
    media = "photo" in sent.json or "document" in sent.json
    text, entities = ("caption", "caption_entities") if media else ("text", "entities")
    version = sent.versions[-1]
    shown: Json = {text: version.text, entities: list(version.entities)}
    if version.keyboard:
        shown["reply_markup"] = {"inline_keyboard": [list(row) for row in version.keyboard]}
    for name in (text, entities, "reply_markup"):
        sent.json.pop(name, None)
    sent.json |= {name: value for name, value in shown.items() if value}


def quoted(body: Json) -> Json:
    """Give a message as it stands in a reply to it: without what it replies to itself."""
    copied = {name: value for name, value in body.items() if name != "reply_to_message"}
    return copy.deepcopy(copied)
