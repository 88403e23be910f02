"""Chats and their members as Telegram keeps them."""

from dataclasses import dataclass, field
from typing import Final

from tests.botapi import errors
from tests.botapi.errors import ApiError, Json, Refusal

ADMINS: Final = frozenset({"creator", "administrator"})
PRESENT: Final = ADMINS | {"member", "restricted"}
GENERAL_TOPIC: Final = 1
ANONYMOUS_ADMIN: Final[Json] = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
_ACCEPTED_GIFTS: Final = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


@dataclass(slots=True)
class Member:
    """Somebody's standing in a chat; ``status`` as in the Bot API's ChatMember."""

    user: Json
    status: str
    anonymous: bool = False

    @property
    def json(self) -> Json:
        """The ChatMember object."""
        body: Json = {"user": self.user, "status": self.status}
        if self.status in ADMINS:
            body["is_anonymous"] = self.anonymous
        if self.status == "administrator":
            body |= dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False}
        if self.status == "kicked":
            body["until_date"] = 0
        return body


@dataclass(slots=True)
class Topic:
    """A topic of a forum."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """A chat. ``refusal`` is what the bot hears when it writes there, if it may not."""

    id: int
    kind: str
    title: str = ""
    username: str = ""
    forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    posts: dict[int, Json] = field(default_factory=dict)
    refusal: Refusal | None = None

    @property
    def json(self) -> Json:
        """The Chat object of messages."""
        body: Json = {"id": self.id, "type": self.kind}
        name = "first_name" if self.kind == "private" else "title"
        body |= {name: self.title} if self.title else {}
        body |= {"username": self.username} if self.username else {}
        return body | ({"is_forum": True} if self.forum else {})

    @property
    def full_json(self) -> Json:
        """The ChatFullInfo object of getChat."""
        return self.json | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_ACCEPTED_GIFTS, False),
        }

    def status(self, user_id: int) -> str:
        """Give somebody's status; ``left`` for who was never there."""
        member = self.members.get(user_id)
        return member.status if member else "left"

    def put(self, user: Json, status: str, *, anonymous: bool = False) -> None:
        """Give somebody a status."""
        self.members[user["id"]] = Member(user, status, anonymous)

    def require_writable(self, bot_id: int) -> None:
        """Refuse, with ApiError, what the bot may not do here."""
        if self.refusal:
            raise ApiError(self.refusal)
        status = self.status(bot_id)
        if self.kind == "private":
            return
        if status not in PRESENT:
            raise ApiError(errors.not_a_member(self.kind))
        if status == "restricted":
            raise ApiError(errors.NO_RIGHTS)
        if self.kind == "channel" and status not in ADMINS:
            raise ApiError(errors.need_admin(self.kind))

    def require_thread(self, thread: int | None) -> int:
        """Give the thread to write to, 0 for none; refuses one that is not there or closed.

        The General topic has no thread for bots: its own id is refused, as Telegram does.
        """
        if not thread:
            return 0
        topic = self.topics.get(thread)
        if topic is None:
            raise ApiError(errors.THREAD_NOT_FOUND)
        if topic.closed:
            raise ApiError(errors.TOPIC_CLOSED)
        return thread
