"""From Telegram's updates to commands, buttons and changes of membership, and back to answers.

Nothing slow happens here: an update asks the store for a little and is answered.
"""

import logging
from collections import deque
from typing import Any, Final

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram import Chat as TelegramChat
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.errors import QueryError, UsageError
from bot.models import Chat, ChatKind
from bot.ports import Clock
from bot.subscriptions import ALL, Subscriptions
from bot.telegram import buttons, messages, pages
from bot.telegram.buttons import Press, Verb
from bot.telegram.commands import Ask, Command, Commands, read_command
from bot.telegram.sender import TelegramSender

log = logging.getLogger(__name__)

_KINDS: Final = {kind.value: kind for kind in ChatKind if kind is not ChatKind.CONSOLE}
_GROUPS: Final = frozenset({ChatKind.GROUP, ChatKind.SUPERGROUP})
_OUT: Final = frozenset({ChatMember.LEFT, ChatMember.BANNED})

_ALBUMS: Final = 100  # kept in mind, so that each is answered once

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE


class Handlers:
    """Answers chats."""

    def __init__(self, subscriptions: Subscriptions, sender: TelegramSender, clock: Clock) -> None:
        """Keep the collaborators."""
        self._subscriptions = subscriptions
        self._sender = sender
        self._clock = clock
        self._commands = Commands(subscriptions, clock)
        self._to_show: set[tuple[int, int]] = set()
        self._albums: deque[str] = deque(maxlen=_ALBUMS)

    def add_to(self, application: App) -> None:
        """Let an application hand its updates over."""
        said = filters.COMMAND | (filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL)
        application.add_error_handler(_log_failure)
        application.add_handlers(
            [
                CallbackQueryHandler(self.press),
                ChatMemberHandler(self.membership, ChatMemberHandler.MY_CHAT_MEMBER),
                MessageHandler(filters.StatusUpdate.MIGRATE, self.migration),
                MessageHandler(said, self.message),
            ]
        )

    async def message(self, update: Update, context: Context) -> None:
        """Answer a command, in the thread where it was given; in private, other words too."""
        message, chat = update.effective_message, _chat(update.effective_chat)
        if not message or not chat or self._is_of_known_album(message):
            return
        ask = _ask(message, chat, context.bot.username)
        command = self._commands.find(ask)
        answer = command and await self._answer(ask, command, message)
        if answer:
            # Where many write, the answer stands at its question.
            reply_to = message.message_id if chat.kind in _GROUPS else 0
            await self._sender.answer(chat, answer, thread=ask.thread, reply_to=reply_to)

    async def press(self, update: Update, context: Context) -> None:
        """Do what a pressed button says; the same again when it is pressed again."""
        query = update.callback_query
        chat = _chat(query.message.chat) if query and query.message else None
        if not query or not chat:
            return
        try:
            await self._obey(query, chat, context)
        except Exception:
            log.exception("a button failed")
            await self._sender.acknowledge(query.id, pages.TROUBLE)

    async def membership(self, update: Update, _: Context) -> None:
        """Fall silent where the bot was shut out, and wake where it was let in."""
        change = update.my_chat_member
        chat = _chat(change.chat) if change else None
        if not change or not chat:
            return
        if _is_out(change.new_chat_member):
            await self._subscriptions.silence(chat.id, _shut_out(chat))
            return
        await self._subscriptions.greet(chat.id, chat.kind)
        came_in = _is_out(change.old_chat_member)
        if came_in and await self._subscriptions.may_use(change.from_user.id):
            await self._introduce(chat, change)

    async def migration(self, update: Update, _: Context) -> None:
        """Follow a group to its new id; told twice, in the old group and in the new."""
        message = update.effective_message
        if not message:
            return
        if message.migrate_to_chat_id:
            await self._subscriptions.moved(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id:
            await self._subscriptions.moved(message.migrate_from_chat_id, message.chat.id)

    async def _introduce(self, chat: Chat, change: ChatMemberUpdated) -> None:
        if chat.kind is ChatKind.CHANNEL:
            adder = Chat(id=change.from_user.id, kind=ChatKind.PRIVATE)
            await self._sender.answer(adder, pages.note(pages.IN_CHANNEL))
        elif chat.kind in _GROUPS:
            welcome = await self._commands.welcome(chat.id)
            forum = bool(change.chat.is_forum)
            await self._sender.answer(chat, pages.introduction(welcome, forum=forum))

    def _is_of_known_album(self, message: Message) -> bool:
        """Tell whether another picture of the same album was answered already."""
        album = message.media_group_id
        if not album or album in self._albums:
            return album is not None
        self._albums.append(album)
        return False

    async def _answer(
        self, ask: Ask, command: Command, message: Message
    ) -> messages.Message | None:
        try:
            return await self._do(ask, command, message)
        except UsageError as error:
            return pages.note(str(error))
        except QueryError as error:
            return pages.wrong_query(error)
        except Exception:
            log.exception("/%s failed", ask.name)
        return pages.note(pages.TROUBLE)

    async def _do(self, ask: Ask, command: Command, message: Message) -> messages.Message | None:
        if not (ask.claims or await self._subscriptions.may_use(ask.user_id)):
            return pages.note(pages.closed(ask.user_id)) if ask.private else None
        await self._subscriptions.greet(ask.chat.id, ask.chat.kind)
        if ask.changes and not _speaks_for(message, ask.chat):
            refusal = await self._refusal(ask.chat, ask.user_id)
            if refusal:
                return pages.note(refusal)
        return await command(ask)

    async def _obey(self, query: CallbackQuery, chat: Chat, context: Context) -> None:
        press = buttons.read(query.data or "")
        if not await self._subscriptions.may_use(query.from_user.id):
            private = chat.kind is ChatKind.PRIVATE
            words = pages.closed(query.from_user.id) if private else ""
            await self._sender.acknowledge(query.id, words)
        elif press is None:
            await self._sender.acknowledge(query.id, pages.STALE)
        elif press.verb is Verb.WHY:
            await self._explain(query, chat, press)
        elif press.verb is Verb.SOURCES:
            await self._list_sources(query, chat, press)
        elif await self._change(query, chat, press) and query.message:
            # Apart, so that the next tap is answered while this one waits to be shown.
            context.application.create_task(self._show(query.message, chat))

    async def _refusal(self, chat: Chat, user_id: int) -> str:
        """Say why a user may not change settings here; nothing where that is allowed."""
        if chat.kind not in _GROUPS:
            return ""
        allowed = await self._sender.is_group_admin(chat.id, user_id)
        if allowed is None:
            return pages.UNSURE
        return "" if allowed else pages.ONLY_ADMINS

    async def _explain(self, query: CallbackQuery, chat: Chat, press: Press) -> None:
        message, named = query.message, buttons.alert_id(press)
        owed = message and await self._subscriptions.why(chat.id, message.message_id, named)
        if not message or not owed:
            await self._sender.acknowledge(query.id, pages.NO_ALERT)
            return
        await self._sender.acknowledge(query.id)
        text = messages.why(owed, self._subscriptions.topics, self._clock.now())
        thread, reply_to = owed.alert.thread, message.message_id
        await self._sender.answer(chat, text, thread=thread, reply_to=reply_to)

    async def _list_sources(self, query: CallbackQuery, chat: Chat, press: Press) -> None:
        try:
            page = await self._commands.sources_pressed(press.what)
        except UsageError:
            await self._sender.acknowledge(query.id, pages.GONE)
            return
        await self._sender.acknowledge(query.id)
        await self._sender.answer(chat, page, thread=_thread(query.message))

    async def _change(self, query: CallbackQuery, chat: Chat, press: Press) -> bool:
        """Follow or leave what a button says; true where that was done."""
        topics = buttons.meant(press, self._subscriptions.topics)
        refusal = await self._refusal(chat, query.from_user.id)
        if chat.kind is ChatKind.SUPERGROUP and query.message and not query.message.is_accessible:
            # Too old for Telegram to say in which thread it stands.
            refusal = pages.STALE
        if refusal or not topics:
            await self._sender.acknowledge(query.id, refusal or pages.GONE)
            return False
        await self._subscriptions.greet(chat.id, chat.kind)
        thread = _thread(query.message)
        names = ALL if press.what == buttons.EVERYTHING else topics[0].name
        if press.verb is Verb.FOLLOW:
            await self._subscriptions.follow(chat.id, thread, names)
        else:
            await self._subscriptions.unfollow(chat.id, thread, names)
        words = pages.tapped(topics, follows=press.verb is Verb.FOLLOW)
        await self._sender.acknowledge(query.id, words)
        return True

    async def _show(self, message: MaybeInaccessibleMessage, chat: Chat) -> None:
        """Bring the buttons under a message up to date; once for several quick taps."""
        place = (chat.id, message.message_id)
        if place in self._to_show:
            return
        self._to_show.add(place)

        async def make() -> buttons.Rows:
            self._to_show.discard(place)
            followed = await self._subscriptions.followed(chat.id, _thread(message))
            return buttons.topic_rows(self._subscriptions.topics, followed)

        try:
            await self._sender.edit_buttons(chat, message.message_id, make)
        finally:
            self._to_show.discard(place)


async def _log_failure(_: object, context: Context) -> None:
    log.error("an update could not be handled", exc_info=context.error)


def _ask(message: Message, chat: Chat, bot_name: str) -> Ask:
    name, args = read_command(message.text or "", bot_name) or ("", "")
    return Ask(
        chat=chat,
        name=name,
        args=args,
        thread=_thread(message),
        user_id=message.from_user.id if message.from_user else 0,
        replied_to=message.reply_to_message.message_id if message.reply_to_message else 0,
        replied_alert=_alert_under(message.reply_to_message),
    )


def _chat(chat: TelegramChat | None) -> Chat | None:
    if chat is None or chat.type not in _KINDS:
        return None
    return Chat(id=chat.id, kind=_KINDS[chat.type])


def _thread(message: MaybeInaccessibleMessage | None) -> int:
    # Outside forums, replies bear a thread id too; it names no place where one can send.
    if not isinstance(message, Message):
        return 0
    return (message.message_thread_id or 0) if message.is_topic_message else 0


def _alert_under(message: Message | None) -> int:
    """Give the id of the alert that the buttons under a message of ours name, else 0."""
    if not message or not message.reply_markup:
        return 0
    said = [each.callback_data for row in message.reply_markup.inline_keyboard for each in row]
    presses = [buttons.read(data) for data in said if isinstance(data, str)]
    return next(filter(None, map(buttons.alert_id, presses)), 0)


def _speaks_for(message: Message, chat: Chat) -> bool:
    """Tell whether a message comes from an admin who hides behind the group itself."""
    return message.sender_chat is not None and message.sender_chat.id == chat.id


def _is_out(member: ChatMember) -> bool:
    return member.status in _OUT or getattr(member, "is_member", True) is False


def _shut_out(chat: Chat) -> str:
    if chat.kind is ChatKind.PRIVATE:
        return "the user blocked the bot"
    return f"the bot was removed from the {chat.kind}"
