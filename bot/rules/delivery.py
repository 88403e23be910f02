"""What becomes of an alert after an attempt to send it?

| state     | outcome         | becomes                                                            |
|-----------|-----------------|--------------------------------------------------------------------|
| sending   | Delivered       | sent                                                               |
| sending   | RetryAt         | waiting, not before its time; chat or bot held where it says so    |
| sending   | Unreachable     | refused, and the chat suspended; waiting where the chat only moved |
| sending   | Rejected        | refused                                                            |
| sending   | Unknown, first  | waiting, once more after ``repeat_after``, marked as a repeat      |
| sending   | Unknown, second | uncertain, for good: a third copy is worse than a missed story     |
| sending   | (crash or stop) | as Unknown                                                         |

Only a *waiting* alert is ever claimed, and only a claimed one is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.models import (
    AlertState,
    Delivered,
    Outcome,
    Rejected,
    RetryAt,
    Scope,
    Unknown,
    Unreachable,
)

INTERRUPTED: Final = Unknown(why="the service ended while the message was being sent")
"""The outcome of an attempt that a crash or a stop cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an attempt means for the alert, and for its chat and the bot where it concerns them.

    ``not_before`` is when a waiting alert may be tried again. ``hold`` says what else must wait
    until then. ``doubts`` counts the attempts whose fate nobody knows.
    """

    state: AlertState
    why: str = ""
    not_before: datetime | None = None
    doubts: int = 0
    message_id: int | None = None
    text: str = ""
    hold: Scope = Scope.ALERT
    suspend: str = ""
    moved_to: int | None = None


def judge(outcome: Outcome, *, doubts: int, now: datetime, repeat_after: timedelta) -> Verdict:
    """Decide what becomes of an alert whose attempt ended with ``outcome``.

    ``doubts`` is how many earlier attempts may or may not have arrived.
    """
    match outcome:
        case Delivered(message_id=message_id, text=text):
            return Verdict(state=AlertState.SENT, message_id=message_id, text=text, doubts=doubts)
        case RetryAt(when=when, why=why, scope=scope):
            return Verdict(
                state=AlertState.WAITING, why=why, not_before=when, hold=scope, doubts=doubts
            )
        case Unreachable(why=why, migrated_to=None):
            return Verdict(state=AlertState.REFUSED, why=why, suspend=why, doubts=doubts)
        case Unreachable(why=why, migrated_to=new_id):
            return Verdict(
                state=AlertState.WAITING, why=why, not_before=now, moved_to=new_id, doubts=doubts
            )
        case Rejected(why=why):
            return Verdict(state=AlertState.REFUSED, why=why, doubts=doubts)
        case Unknown(why=why) if doubts == 0:
            return Verdict(
                state=AlertState.WAITING, why=why, not_before=now + repeat_after, doubts=1
            )
        case Unknown(why=why):
            return Verdict(state=AlertState.UNCERTAIN, why=why, doubts=doubts + 1)
