"""Sends messages to Telegram, within its limits, and tells what became of each.

The library's exceptions go no further than here; ``failures`` says what each of them means.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from telegram import (
    Bot,
    ChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode

from bot.models import (
    Chat,
    ChatKind,
    Delivered,
    Outcome,
    OwedAlert,
    Rejected,
    RetryAt,
    Scope,
    Topic,
)
from bot.ports import Clock
from bot.telegram import failures, messages
from bot.telegram.buttons import Rows
from bot.telegram.limits import Limits
from bot.telegram.messages import Message

LONGEST_CALL: Final = 90
"""Seconds after which an answer that trickles in is no longer waited for."""

LIMITED_TOGETHER: Final = timedelta(seconds=2)
"""Two chats limited within this time: the limit is the bot's, not theirs."""

_ALERT_PATIENCE: Final = timedelta(seconds=2)
_ANSWER_PATIENCE: Final = timedelta(seconds=20)
_GLANCE: Final = 0.05
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """A message on its way: ``marked`` is false once it goes as plain text."""

    chat: Chat
    message: Message
    thread: int = 0
    reply_to: int = 0
    attempts: int = 0
    marked: bool = True

    @property
    def text(self) -> str:
        """The text as it is handed to Telegram."""
        return self.message.html if self.marked else self.message.plain


class TelegramSender:
    """Fulfils ``bot.ports.Sender`` for every chat but the console, and answers chats too.

    Answers go ahead of alerts, and under the same limits.
    """

    def __init__(
        self, bot: Bot, clock: Clock, limits: Limits, topics: Callable[[], Sequence[Topic]]
    ) -> None:
        """Keep the collaborators; ``topics`` gives what topics are called at the time."""
        self._bot = bot
        self._clock = clock
        self._limits = limits
        self._topics = topics
        self._answers: list[Chat] = []
        self._limited: tuple[int, datetime] | None = None
        self._failures = 0

    # ── alerts ───────────────────────────────────────────────────────────────────────────────

    async def send(self, owed: OwedAlert) -> Outcome:
        """Send one alert; never raises for a failed send."""
        message = messages.alert(owed, self._topics(), self._clock.now())
        thread, attempts = owed.alert.thread, owed.attempts
        letter = _Letter(chat=owed.chat, message=message, thread=thread, attempts=attempts)
        return await self._mail(letter, _ALERT_PATIENCE, urgent=False)

    def ready_at(self, chat: Chat, now: datetime) -> datetime:
        """Tell when our own limits next allow an alert to ``chat``: ``now`` or later."""
        if self._gives_way(chat, now):
            now += timedelta(seconds=_GLANCE)
        return self._limits.ready_at(chat, now)

    def serves(self, chat: Chat) -> bool:
        """Tell whether this sender can reach ``chat``: any but the terminal."""
        return chat.kind is not ChatKind.CONSOLE

    # ── answers ──────────────────────────────────────────────────────────────────────────────

    async def answer(
        self, chat: Chat, message: Message, *, thread: int = 0, reply_to: int = 0
    ) -> bool:
        """Answer in a chat; false, and logged, where that failed."""
        letter = _Letter(chat=chat, message=message, thread=thread, reply_to=reply_to)
        outcome = await self._mail(letter, _ANSWER_PATIENCE, urgent=True)
        if isinstance(outcome, RetryAt):
            outcome = await self._mail(letter, _ANSWER_PATIENCE, urgent=True)
        return _went_well("answer", outcome)

    async def edit_buttons(
        self, chat: Chat, message_id: int, make: Callable[[], Awaitable[Rows]]
    ) -> bool:
        """Change the buttons under a message of ours; false, and logged, where that failed.

        They are made only when it is their turn, and so show what is true by then.
        """
        if not await self._turn(chat, _ANSWER_PATIENCE, urgent=True):
            return _went_well("edit", _no_turn(self._limits.ready_at(chat, self._clock.now())))
        try:
            markup = _keyboard(await make())
            async with asyncio.timeout(LONGEST_CALL):
                await self._bot.edit_message_reply_markup(chat.id, message_id, reply_markup=markup)
        except failures.FAILED as error:
            # The wish was already fulfilled: a button pressed twice.
            return failures.is_fulfilled(error) or _went_well("edit", self._judge(error, chat))
        finally:
            self._limits.done(chat, self._clock.now())
        return True

    async def acknowledge(self, query_id: str, words: str = "") -> None:
        """Tell Telegram that a pressed button was noticed; with words, they flash up."""
        try:
            async with asyncio.timeout(LONGEST_CALL):
                await self._bot.answer_callback_query(query_id, text=words or None)
        except failures.FAILED as error:
            _went_well("acknowledgement", failures.outcome_of(error, self._clock.now()))

    async def is_group_admin(self, chat_id: int, user_id: int) -> bool | None:
        """Ask Telegram whether a user administers a group now; None where it cannot be told."""
        try:
            async with asyncio.timeout(LONGEST_CALL):
                member = await self._bot.get_chat_member(chat_id, user_id)
        except failures.FAILED as error:
            _went_well("question about an admin", failures.outcome_of(error, self._clock.now()))
            return None
        return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}

    # ── within ───────────────────────────────────────────────────────────────────────────────

    async def _mail(self, letter: _Letter, patience: timedelta, *, urgent: bool) -> Outcome:
        if not await self._turn(letter.chat, patience, urgent=urgent):
            return _no_turn(self._limits.ready_at(letter.chat, self._clock.now()))
        try:
            message_id = await self._call(letter)
        except failures.FAILED as error:
            remedy = _remedy(error, letter)
            outcome = _given_up(error, letter) or self._judge(error, letter.chat)
        else:
            self._failures = 0
            return Delivered(message_id=message_id, text=letter.message.plain)
        finally:
            self._limits.done(letter.chat, self._clock.now())
        # A remedy is tried once: it takes away what it remedies.
        return await self._mail(remedy, patience, urgent=urgent) if remedy else outcome

    async def _call(self, letter: _Letter) -> int:
        async with asyncio.timeout(LONGEST_CALL):
            sent = await self._bot.send_message(
                letter.chat.id, letter.text,
                parse_mode=ParseMode.HTML if letter.marked else None,
                message_thread_id=letter.thread or None,
                reply_markup=_keyboard(letter.message.buttons, links=letter.marked),
                reply_parameters=_reply(letter.reply_to),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )  # fmt: skip
        return sent.message_id

    async def _turn(self, chat: Chat, patience: timedelta, *, urgent: bool) -> bool:
        if not urgent:
            return await self._wait(chat, patience, urgent=False)
        self._answers.append(chat)
        try:
            return await self._wait(chat, patience, urgent=True)
        finally:
            self._answers.remove(chat)

    async def _wait(self, chat: Chat, patience: timedelta, *, urgent: bool) -> bool:
        latest = self._clock.now() + patience
        while (now := self._clock.now()) <= latest:
            if (urgent or not self._gives_way(chat, now)) and self._limits.take(chat, now):
                return True
            wait = self._limits.ready_at(chat, now) - now
            if now + wait > latest:
                return False
            await self._clock.sleep(max(wait.total_seconds(), _GLANCE))
        return False

    def _gives_way(self, chat: Chat, now: datetime) -> bool:
        # An answer that waits for its own chat only shall not hold up alerts to other chats.
        return any(
            each.id == chat.id or self._limits.chat_ready_at(each, now) <= now
            for each in self._answers
        )

    def _judge(self, error: Exception, chat: Chat) -> Outcome:
        now = self._clock.now()
        outcome = failures.outcome_of(error, now, self._failures)
        if not isinstance(outcome, RetryAt):
            return outcome
        if failures.is_flood(error):
            outcome = replace(outcome, scope=self._scope_of_limit(chat, now))
        else:
            self._failures += 1
        match outcome.scope:
            case Scope.CHAT:
                self._limits.hold_chat(chat, outcome.when)
            case Scope.BOT:
                self._limits.hold_bot(outcome.when)
        return outcome

    def _scope_of_limit(self, chat: Chat, now: datetime) -> Scope:
        earlier, self._limited = self._limited, (chat.id, now)
        if earlier and earlier[0] != chat.id and now - earlier[1] <= LIMITED_TOGETHER:
            return Scope.BOT
        return Scope.CHAT


def _remedy(error: Exception, letter: _Letter) -> _Letter | None:
    if letter.marked and failures.is_about_marks(error):
        log.warning("sent again as plain text: %s", error)
        return replace(letter, marked=False)
    # Telegram has said so of threads that were well: only the second time is it believed.
    if letter.thread and letter.attempts and failures.is_about_thread(error):
        return replace(letter, thread=0)
    return None


def _given_up(error: Exception, letter: _Letter) -> Outcome | None:
    """Refuse for good what a forum without an open place would let wait, and all behind it."""
    if not letter.thread and letter.attempts and failures.is_about_thread(error):
        return Rejected(why="the topic of the forum is closed or gone, and so is General")
    return None


def _no_turn(when: datetime) -> RetryAt:
    return RetryAt(when=when, why="our own limits")


def _went_well(what: str, outcome: Outcome) -> bool:
    if isinstance(outcome, Delivered):
        return True
    log.warning("the %s failed: %s", what, outcome.why)
    return False


def _reply(message_id: int) -> ReplyParameters | None:
    if not message_id:
        return None
    return ReplyParameters(message_id, allow_sending_without_reply=True)


def _keyboard(buttons: Rows, *, links: bool = True) -> InlineKeyboardMarkup | None:
    rows = [
        [
            InlineKeyboardButton(each.label, url=each.url or None, callback_data=each.data or None)
            for each in row
            if links or not each.url
        ]
        for row in buttons
    ]
    return InlineKeyboardMarkup(rows) if any(rows) else None
