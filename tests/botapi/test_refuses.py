"""What the Bot API server refuses, it refuses in Telegram's words."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from tests.botapi.server import BotApiServer, Group, User

ADA = 1001


def keyboard(**button: str) -> InlineKeyboardMarkup:
    """Make a keyboard of one button."""
    return InlineKeyboardMarkup([[InlineKeyboardButton("Go", **button)]])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("🚢" * 2049, "Message is too long"),
        ("<x>", 'Can\'t parse entities: unsupported start tag "x" at byte offset 0'),
        ("a < b", 'Can\'t parse entities: unsupported start tag "" at byte offset 2'),
    ],
)
async def test_bad_texts_are_refused(bot: Bot, ada: User, text: str, why: str) -> None:
    """Empty, too long and wrongly marked texts get Telegram's words, and are not accepted."""
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(ADA, text, parse_mode="HTML")
    assert str(caught.value) == why
    assert ada.messages == []


async def test_the_length_counts_after_parsing(bot: Bot, ada: User) -> None:
    """4096 UTF-16 units of text pass, however much markup is around them."""
    await bot.send_message(ADA, f"<b>{'&amp;' * 2048}{'🚢' * 1024}</b>", parse_mode="HTML")
    assert len(ada.messages[0].text) == 3072


@pytest.mark.parametrize(
    ("button", "why"),
    [
        ({"callback_data": "ü" * 33}, "Button_data_invalid"),
        ({}, "text buttons are unallowed in the inline keyboard"),
        ({"callback_data": ""}, "text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x", "url": "https://a.example"}, "more than one action"),
        ({"url": "ftp://a.example"}, "unsupported url protocol"),
        ({"url": "http://localhost/"}, "wrong http url"),
        ({"url": "http://"}, "url host is empty"),
    ],
)
async def test_bad_buttons_are_refused(
    bot: Bot, ada: User, button: dict[str, str], why: str
) -> None:
    """A button has a text and one good action."""
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(ADA, "x", reply_markup=keyboard(**button))
    assert str(caught.value).endswith(why) or why in str(caught.value)
    await bot.send_message(ADA, "x", reply_markup=keyboard(callback_data="x" * 64))
    assert len(ada.messages) == 1


async def test_replies_need_their_message(bot: Bot, ada: User) -> None:
    """A reply to what is not there is refused, unless the bot allows to send it without."""
    with pytest.raises(BadRequest, match="to be replied not found"):
        await bot.send_message(ADA, "x", reply_parameters=ReplyParameters(99))
    lenient = ReplyParameters(99, allow_sending_without_reply=True)
    first = await bot.send_message(ADA, "x", reply_parameters=lenient)
    second = await bot.send_message(ADA, "y", reply_parameters=ReplyParameters(first.message_id))
    assert second.reply_to_message
    assert [message.reply_to for message in ada.messages] == [None, first.message_id]


async def test_private_chats_that_cannot_be_written_to(server: BotApiServer, bot: Bot) -> None:
    """Unknown, never started, blocked and deleted are told apart."""
    user = server.user(5)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "x")
    await user.start()
    await bot.send_message(5, "x")
    user.block_bot()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(5, "x")
    user.unblock_bot()
    await bot.send_message(5, "x")
    user.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(5, "x")
    assert len(user.messages) == 2


async def test_groups_that_cannot_be_written_to(server: BotApiServer, bot: Bot) -> None:
    """Each way to lose a group has its own words."""
    groups = [server.group(kind=kind) for kind in ("group", "supergroup")]
    channel = server.channel()
    cases: list[tuple[Group, type[TelegramError], str]] = [
        (groups[0], Forbidden, "the group chat was deleted"),
        (groups[1], Forbidden, "bot was kicked from the supergroup chat"),
        (channel, BadRequest, "Need administrator rights in the channel chat"),
    ]
    groups[0].delete()
    groups[1].kick_bot()
    channel.add_bot()
    for group, kind, why in cases:
        with pytest.raises(kind, match=why):
            await bot.send_message(group.id, "x")
    groups[1].restrict_bot()
    with pytest.raises(BadRequest, match="Not enough rights to send text messages"):
        await bot.send_message(groups[1].id, "x")


async def test_a_group_becomes_a_supergroup(server: BotApiServer, bot: Bot) -> None:
    """The old id is refused with the new one, which works; both are announced."""
    old = server.group()
    new = old.migrate()
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(old.id, "x")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    updates = await bot.get_updates()
    assert [each.message.migrate_to_chat_id for each in updates if each.message] == [new.id, None]


async def test_forums_have_threads(server: BotApiServer, bot: Bot) -> None:
    """A message goes to its thread; unknown, closed and the General one's id are refused."""
    forum = server.forum()
    sanctions = forum.topic("Sanctions")
    sent = await bot.send_message(forum.id, "x", message_thread_id=sanctions)
    await bot.send_message(forum.id, "y")
    assert (sent.message_thread_id, sent.is_topic_message) == (sanctions, True)
    assert [each.text for each in forum.in_thread(sanctions)] == ["x"]
    assert [each.text for each in server.messages(forum.id, 0)] == ["y"]
    forum.close_topic(sanctions)
    with pytest.raises(BadRequest, match=r"(?i)topic_closed"):
        await bot.send_message(forum.id, "x", message_thread_id=sanctions)
    forum.delete_topic(sanctions)
    for thread in (sanctions, 1):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum.id, "x", message_thread_id=thread)
