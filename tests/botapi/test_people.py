"""People write, tap and block, and the library hears of it as from Telegram."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.botapi.server import BotApiServer, User

Context = ContextTypes.DEFAULT_TYPE


async def _echo(update: Update, context: Context) -> None:
    message = update.effective_message
    assert message
    button = InlineKeyboardButton("Follow", callback_data="f:1")
    shown = " ".join(context.args or ["nothing"])
    await message.reply_text(shown, reply_markup=InlineKeyboardMarkup([[button]]))


async def _tapped(update: Update, _context: Context) -> None:
    query = update.callback_query
    assert query
    await query.answer(f"you tapped {query.data}", show_alert=True)
    await query.edit_message_text("followed")


@pytest.fixture
async def echo(server: BotApiServer) -> AsyncIterator[None]:
    """A bot that answers /start and /say with their arguments and follows taps."""
    builder = ApplicationBuilder().token(server.token).base_url(f"{server.url}/bot")
    app: Application = builder.build()  # type: ignore[type-arg]
    app.add_handler(CommandHandler(["start", "say"], _echo))
    app.add_handler(CallbackQueryHandler(_tapped))
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        yield
        await app.updater.stop()
        await app.stop()


@pytest.mark.usefixtures("echo")
async def test_a_conversation(server: BotApiServer) -> None:
    """Start with a payload, an answer, a tap with its answer, and the edit that follows."""
    user = server.user(7, "Ben", username="ben")
    await user.start("claim_1-x")
    welcome = await user.next_message()
    assert welcome.text == "claim_1-x"
    answer = await user.tap(welcome, "Follow")
    assert (answer.text, answer.alert) == ("you tapped f:1", True)
    await server.wait_for(lambda: welcome.text == "followed")
    assert (await user.ask("/say hello there")).text == "hello there"
    assert len(user.messages) == 2


@pytest.mark.usefixtures("echo")
async def test_a_conversation_in_a_thread(server: BotApiServer) -> None:
    """In a forum the answer goes to the thread of the command."""
    user = server.user(7)
    forum = server.forum(members=[user])
    thread = forum.topic("Sanctions")
    answer = await user.ask("/say hello", to=forum, thread=thread)
    assert (answer.thread, answer.text) == (thread, "hello")


async def test_a_topic_is_answered_by_all_that_is_in_it(server: BotApiServer, bot: Bot) -> None:
    """What answers nothing in a topic answers the message that opened it, as in Telegram."""
    user = server.user(7)
    forum = server.forum(members=[user])
    thread = forum.topic("Sanctions")
    await bot.send_message(forum.id, "alert", message_thread_id=thread)
    await user.send("/why", to=forum, thread=thread)
    await user.send("/why", to=forum, thread=thread, reply_to=forum.messages[0])
    messages = [each.message for each in await bot.get_updates() if each.message]
    assert messages[0].forum_topic_created
    above = [each.reply_to_message for each in messages[1:]]
    assert [each.message_id for each in above if each] == [thread, forum.messages[0].message_id]
    assert above[0]
    assert above[0].forum_topic_created


async def test_who_blocked_the_bot_cannot_write_to_it(server: BotApiServer) -> None:
    """A test that lets a person do what Telegram's clients do not is told so."""
    user = server.user(7, started=True)
    user.block_bot()
    with pytest.raises(RuntimeError, match="blocked"):
        await user.send("/topics")
    await user.start()
    with pytest.raises(ValueError, match="deep link"):
        await user.start("no spaces")


async def _texts(bot: Bot) -> list[str]:
    updates = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    return [each.effective_message.text or "" for each in updates if each.effective_message]


async def test_privacy_mode_keeps_talk_from_the_bot(server: BotApiServer, bot: Bot) -> None:
    """In a group the bot gets commands for it, replies and mentions; as an admin everything."""
    user = server.user(7)
    group = server.group(members=[user])
    said = await bot.send_message(group.id, "hello")
    for text in ("talk", "/help", "/help@other_bot", "/help@tocsin_test_bot", "a @tocsin_test_bot"):
        await user.send(text, to=group)
    await user.send("a reply", to=group, reply_to=group.messages[0])
    group.add_bot(status="administrator")
    await user.send("heard", to=group)
    heard = await _texts(bot)
    assert heard == ["/help", "/help@tocsin_test_bot", "a @tocsin_test_bot", "a reply", "heard"]
    updates = await bot.get_updates()
    replies = [each.message.reply_to_message for each in updates if each.message]
    assert [reply.message_id for reply in replies if reply] == [said.message_id]


async def test_the_bot_hears_where_it_stands(server: BotApiServer, bot: Bot) -> None:
    """Blocking, unblocking and being thrown out come as my_chat_member updates."""
    user = server.user(7, started=True)
    group = server.group(admins=[user])
    user.block_bot()
    await user.start()
    group.kick_bot(by=user)
    updates = await bot.get_updates()
    changes = [each.my_chat_member for each in updates if each.my_chat_member]
    statuses = [(each.old_chat_member.status, each.new_chat_member.status) for each in changes]
    assert statuses == [("member", "kicked"), ("kicked", "member"), ("member", "kicked")]


async def test_anonymous_admins_and_channels(server: BotApiServer, bot: Bot) -> None:
    """An anonymous admin writes as the group's own bot; a channel post has no author."""
    user = server.user(7)
    group = server.group(kind="supergroup", admins=[user])
    await user.send("/settings", to=group, anonymous=True)
    server.channel().post("/topics")
    hidden, posted = await bot.get_updates()
    assert hidden.message
    assert hidden.message.from_user
    assert hidden.message.from_user.id == 1087968824
    assert hidden.message.sender_chat
    assert hidden.message.sender_chat.id == group.id
    assert posted.channel_post
    assert posted.effective_user is None


async def test_updates_stay_until_they_are_confirmed(
    server: BotApiServer, bot: Bot, ada: User
) -> None:
    """The same update comes again until a later offset confirms it."""
    await ada.send("one")
    await ada.send("two")
    first, second = await bot.get_updates()
    assert [each.update_id for each in await bot.get_updates(limit=1)] == [first.update_id]
    assert await bot.get_updates(offset=second.update_id) == (second,)
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert not server.world.updates.waiting


async def test_kinds_of_updates_that_are_not_wanted(bot: Bot, ada: User) -> None:
    """Only allowed kinds are queued, and the choice stays until it is changed."""
    await bot.get_updates(allowed_updates=["callback_query"])
    await ada.send("unheard")
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=[])
    await ada.send("heard")
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_at_fifty_seconds(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer timeout than the longest is cut to it."""
    monkeypatch.setattr("tests.botapi.updates._LONGEST_POLL", 0.05)
    assert await asyncio.wait_for(bot.get_updates(timeout=3600), 5) == ()


async def test_two_pollers_conflict(server: BotApiServer, bot: Bot, ada: User) -> None:
    """The older of two long polls is ended with 409, the newer gets the update."""
    older = asyncio.create_task(bot.get_updates(timeout=5))
    await server.wait_for(lambda: server.calls_of("getUpdates"))
    async with Bot(server.token, base_url=f"{server.url}/bot") as second:
        newer = asyncio.create_task(second.get_updates(timeout=5))
        with pytest.raises(Conflict):
            await older
        await ada.send("x")
        assert len(await newer) == 1


async def test_a_tap_nobody_answers(server: BotApiServer, bot: Bot, ada: User) -> None:
    """Who taps in vain gets a TimeoutError; an unknown query cannot be answered."""
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="x")]])
    await bot.send_message(ada.id, "x", reply_markup=markup)
    with pytest.raises(TimeoutError):
        await ada.tap(ada.messages[0], "Go", 0.05)
    with pytest.raises(LookupError):
        await ada.tap(ada.messages[0], "Stop")
    (update,) = await bot.get_updates()
    assert update.callback_query
    assert await update.callback_query.answer()
    with pytest.raises(BadRequest, match="Query is too old"):
        await update.callback_query.answer()
