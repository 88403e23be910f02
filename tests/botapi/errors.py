"""How the Bot API refuses, in its own words (FACTS of the server's Client.cpp)."""

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]
"""A JSON object as it goes over the wire."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with ``ok: false``; ``parameters`` as in ResponseParameters."""

    status: int
    description: str
    parameters: Json = field(default_factory=dict)

    def answer(self) -> Json:
        """Give the body of the HTTP answer."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class ApiError(Exception):
    """A call is refused."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the refusal."""
        super().__init__(refusal.description)
        self.refusal = refusal


def bad_request(why: str, **parameters: object) -> Refusal:
    """Refuse with 400."""
    return Refusal(400, f"Bad Request: {why}", parameters)


def forbidden(why: str) -> Refusal:
    """Refuse with 403."""
    return Refusal(403, f"Forbidden: {why}")


def too_many_requests(retry_after: int) -> Refusal:
    """Refuse with 429; ``retry_after`` in seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return Refusal(429, description, {"retry_after": retry_after})


def migrated(new_id: int) -> Refusal:
    """Refuse because a group became the supergroup ``new_id``."""
    why = "group chat was upgraded to a supergroup chat"
    return bad_request(why, migrate_to_chat_id=new_id)


UNAUTHORIZED: Final = Refusal(401, "Unauthorized")
NOT_FOUND: Final = Refusal(404, "Not Found")
INTERNAL: Final = Refusal(500, "Internal Server Error")
CONFLICT: Final = Refusal(
    409,
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
)
CHAT_NOT_FOUND: Final = bad_request("chat not found")
BLOCKED: Final = forbidden("bot was blocked by the user")
DEACTIVATED: Final = forbidden("user is deactivated")
NO_INITIATIVE: Final = forbidden("bot can't initiate conversation with a user")
GROUP_DELETED: Final = forbidden("the group chat was deleted")
NO_RIGHTS: Final = bad_request("not enough rights to send text messages to the chat")
THREAD_NOT_FOUND: Final = bad_request("message thread not found")
TOPIC_CLOSED: Final = bad_request("TOPIC_CLOSED")
REPLY_NOT_FOUND: Final = bad_request("message to be replied not found")
NOT_MODIFIED: Final = bad_request(
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD: Final = bad_request(
    "query is too old and response timeout expired or query ID is invalid"
)


def kicked(kind: str) -> Refusal:
    """Refuse because the bot was thrown out of a ``kind`` of chat."""
    return forbidden(f"bot was kicked from the {kind} chat")


def not_a_member(kind: str) -> Refusal:
    """Refuse because the bot is no member of a ``kind`` of chat."""
    return forbidden(f"bot is not a member of the {kind} chat")


def need_admin(kind: str) -> Refusal:
    """Refuse because only admins may do this in a ``kind`` of chat."""
    return bad_request(f"need administrator rights in the {kind} chat")
