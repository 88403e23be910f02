"""What an exception of the library means. PURE.

Only the sender asks here. The class of an exception alone does not say enough (a
``TimedOut`` is a ``NetworkError``, and so is a ``BadRequest``), so their cause decides:

| what happened                                             | outcome                           |
|-----------------------------------------------------------|-----------------------------------|
| no connection was had (refused, timed out, pool is full)  | RetryAt                           |
| it broke, or nothing came in time, after it was had; 5xx  | Unknown                           |
| 429                                                       | RetryAt, the chat is held; the    |
|                                                           | bot, where others just were too   |
| 403; 400 that speaks of the chat or of our rights there   | Unreachable                       |
| 400 that speaks of a thread                               | RetryAt, then without the thread; |
|                                                           | where there is none, Rejected     |
| 400 that speaks of marks or buttons                       | at once again, as plain text      |
| 400 else                                                  | Rejected                          |
| 401, 404                                                  | RetryAt, the bot is held          |
| 4xx without Telegram's own words (a proxy between)        | RetryAt, the bot is held          |
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.models import Outcome, Rejected, RetryAt, Scope, Unknown, Unreachable

FAILED: Final = (TelegramError, TimeoutError)
"""What a call of the library may raise."""

_LONGEST_PAUSE: Final = 30
_TOKEN_PAUSE: Final = timedelta(seconds=60)
_THREAD_PAUSE: Final = timedelta(minutes=5)
_BUSY_PAUSE: Final = timedelta(seconds=1)

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_THREADS: Final = ("message thread not found", "topic_closed", "topic_deleted", "topic closed")
_MARKS: Final = ("can't parse", "button", "wrong http url", "url host is empty", "url protocol")
_CHATS: Final = (
    "chat not found", "user not found", "peer_id_invalid", "group chat was", "chat was deleted",
    "not enough rights", "no rights", "administrator rights", "chat_admin_required",
    "chat_write_forbidden", "chat_restricted", "channel_private", "not a member", "was kicked",
    "was blocked", "is_blocked", "deactivated",
)  # fmt: skip


def outcome_of(error: Exception, now: datetime, failures: int = 0) -> Outcome:
    """Tell what an exception of the library means; ``failures`` in a row lengthen the pause.

    The sentences hold neither the token nor an address that holds it.
    """
    match error:
        case RetryAfter():
            pause = timedelta(seconds=seconds_to_wait(error))
            return RetryAt(when=now + pause, why="Telegram asks to wait", scope=Scope.CHAT)
        case ChatMigrated(new_chat_id=new_id):
            return Unreachable(why="the group became a supergroup", migrated_to=new_id)
        case InvalidToken() | Forbidden() | BadRequest() if error.__cause__:
            why = "something between here and Telegram refused the request"
            return RetryAt(when=now + _TOKEN_PAUSE, why=why, scope=Scope.BOT)
        case InvalidToken():
            why = "Telegram does not accept the bot token at the moment"
            return RetryAt(when=now + _TOKEN_PAUSE, why=why, scope=Scope.BOT)
        case Forbidden():
            return Unreachable(why=error.message)
        case BadRequest():
            return _refusal(error.message, now)
        case _:
            return _network(error, now, failures)


def refuses_token(error: Exception) -> bool:
    """Tell whether an exception is Telegram's own word that the bot token is wrong."""
    inner = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
    return isinstance(inner, InvalidToken) and inner.__cause__ is None


def _refusal(text: str, now: datetime) -> Outcome:
    if _speaks_of(text, _CHATS):
        return Unreachable(why=text)
    if _speaks_of(text, _THREADS):
        return RetryAt(when=now + _THREAD_PAUSE, why=text)
    return Rejected(why=text)


def _network(error: Exception, now: datetime, failures: int) -> Outcome:
    cause = error.__cause__
    what = type(cause or error).__name__
    if isinstance(cause, httpx.PoolTimeout):
        return RetryAt(when=now + _BUSY_PAUSE, why="all connections to Telegram are busy")
    if isinstance(cause, _NOT_SENT):
        pause = timedelta(seconds=min(_LONGEST_PAUSE, 2 ** min(failures, 10)))
        why = f"Telegram cannot be reached ({what})"
        return RetryAt(when=now + pause, why=why, scope=Scope.BOT)
    if isinstance(error, NetworkError) and "too many requests" in error.message.lower():
        return RetryAt(when=now + _BUSY_PAUSE, why="Telegram asks to wait", scope=Scope.CHAT)
    return Unknown(why=f"Telegram's answer did not come ({what})")


def seconds_to_wait(error: Exception) -> float:
    """Tell how long Telegram itself asks to wait; 0 where it does not."""
    if not isinstance(error, RetryAfter):
        return 0
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else wait


def trouble(error: Exception, host: str) -> str:
    """Say why Telegram does not answer, for whoever runs the bot."""
    match error:
        case InvalidToken() if not error.__cause__:
            return "Telegram does not accept the bot token at the moment"
        case Conflict():
            return "Another program fetches the updates of this bot"
        case RetryAfter():
            return "Telegram asks to wait"
        case _:
            return f"Telegram cannot be reached at {host}"


def is_about_marks(error: Exception) -> bool:
    """Tell whether the same message would be accepted as plain text."""
    return _refused_over(error, _MARKS)


def is_about_thread(error: Exception) -> bool:
    """Tell whether the same message would be accepted outside its thread."""
    return _refused_over(error, _THREADS)


def is_fulfilled(error: Exception) -> bool:
    """Tell whether an edit was refused because the message reads like that already."""
    return _refused_over(error, ("not modified",))


def is_conflict(error: Exception) -> bool:
    """Tell whether something else receives the updates: another program, or a webhook."""
    return isinstance(error, Conflict)


def is_flood(error: Exception) -> bool:
    """Tell whether Telegram itself said how long to wait."""
    return isinstance(error, RetryAfter)


def _refused_over(error: Exception, signs: Sequence[str]) -> bool:
    return (
        isinstance(error, BadRequest) and not error.__cause__ and _speaks_of(error.message, signs)
    )


def _speaks_of(text: str, signs: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(sign in folded for sign in signs)
