"""Groups, forums and channels, and what their people do to the bot there."""

import itertools
from collections.abc import Iterable
from typing import Final

from tests.botapi import errors
from tests.botapi.chats import ADMINS, Chat, Topic
from tests.botapi.errors import Json
from tests.botapi.people import Room, User
from tests.botapi.text import found_entities
from tests.botapi.world import World

_SOMEBODY: Final[Json] = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
_group_ids = itertools.count(4_000_001)
_supergroup_ids = itertools.count(1_001_000_000_001)


class Group(Room):
    """A group, supergroup, forum or channel."""

    def join(self, *users: User, status: str = "member", anonymous: bool = False) -> None:
        """Give users a status: creator, administrator, member, restricted, left or kicked."""
        for user in users:
            self.chat.put(user.json, status, anonymous=anonymous)

    def add_bot(self, by: User | None = None, status: str = "member") -> None:
        """Add the bot, or change its standing."""
        self.bot_becomes(status, by.json if by else _SOMEBODY)

    def kick_bot(self, by: User | None = None) -> None:
        """Throw the bot out: «bot was kicked from the … chat»."""
        refusal = errors.kicked(self.chat.kind)
        self.bot_becomes("kicked", by.json if by else _SOMEBODY, refusal)

    def remove_bot(self, by: User | None = None) -> None:
        """Let the bot be no member any more: «bot is not a member of the … chat»."""
        self.bot_becomes("left", by.json if by else _SOMEBODY)

    def restrict_bot(self, by: User | None = None) -> None:
        """Forbid the bot to write: «not enough rights to send text messages to the chat»."""
        self.bot_becomes("restricted", by.json if by else _SOMEBODY)

    def delete(self) -> None:
        """Delete the group: «the group chat was deleted»."""
        self.chat.refusal = errors.GROUP_DELETED

    def topic(self, name: str) -> int:
        """Open a topic of a forum, of which the bot hears; give its thread's id."""
        created = {"name": name, "icon_color": 0x6FB9F0}
        body = self.world.message(self.chat, _SOMEBODY, forum_topic_created=created)
        thread = int(body["message_id"])
        self.chat.topics[thread] = Topic(thread, name)
        self.world.updates.add("message", body)
        return thread

    def close_topic(self, thread: int) -> None:
        """Close a topic: «TOPIC_CLOSED»."""
        self.chat.topics[thread].closed = True

    def reopen_topic(self, thread: int) -> None:
        """Open a closed topic again."""
        self.chat.topics[thread].closed = False

    def delete_topic(self, thread: int) -> None:
        """Delete a topic: «message thread not found»."""
        del self.chat.topics[thread]

    def migrate(self, *, announce: bool = True) -> "Group":
        """Make a supergroup of a group; give it. ``announce`` sends the service messages too."""
        new = Chat(
            id=-next(_supergroup_ids),
            kind="supergroup",
            title=self.chat.title,
            members=dict(self.chat.members),
        )
        self.world.add_chat(new)
        self.chat.refusal = errors.migrated(new.id)
        if announce:
            self._announce(self.chat, migrate_to_chat_id=new.id)
            self._announce(new, migrate_from_chat_id=self.id)
        return Group(self.world, new)

    def post(self, text: str) -> Json:
        """Write in a channel, which has no author."""
        content: Json = {"text": text, "sender_chat": self.chat.json}
        if entities := found_entities(text):
            content["entities"] = entities
        body = self.world.message(self.chat, None, **content)
        if self.chat.status(self.world.bot["id"]) in ADMINS:
            self.world.updates.add("channel_post", body)
        return body

    def _announce(self, chat: Chat, **content: int) -> None:
        self.world.updates.add("message", self.world.message(chat, _SOMEBODY, **content))


def make_group(world: World, kind: str, title: str, *, forum: bool = False) -> Group:
    """Make a group of a kind, with nobody in it yet."""
    number = next(_group_ids if kind == "group" else _supergroup_ids)
    chat = Chat(id=-number, kind=kind, title=title, forum=forum)
    world.add_chat(chat)
    return Group(world, chat)


def fill(group: Group, members: Iterable[User], admins: Iterable[User], bot: str) -> Group:
    """Put people and the bot into a group; the first admin is its creator."""
    group.join(*members)
    for number, admin in enumerate(admins):
        group.join(admin, status="administrator" if number else "creator")
    group.chat.put(group.world.bot, bot)
    return group
