"""What the Bot API server accepts, it keeps whole, and answers as the library reads it."""

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
)
from telegram.error import BadRequest, Forbidden

from tests.botapi.server import BotApiServer, User

ADA = 1001


def keyboard(**button: str) -> InlineKeyboardMarkup:
    """Make a keyboard of one button."""
    return InlineKeyboardMarkup([[InlineKeyboardButton("Go", **button)]])  # type: ignore[arg-type]


async def test_a_message_is_parsed_and_written_down(
    server: BotApiServer, bot: Bot, ada: User
) -> None:
    """The ledger holds text, markup as sent, entities and buttons; the bot gets the message."""
    sent = await bot.send_message(
        ADA,
        '<b>🚢</b> <a href="https://a.example/x">x</a>\n',
        parse_mode="HTML",
        reply_markup=keyboard(callback_data="go"),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
    )
    (message,) = server.messages(ADA)
    assert (message.text, message.buttons, message.silent) == ("🚢 x", ["Go"], True)
    assert message.html.startswith("<b>🚢</b>")
    assert message.links == ["https://a.example/x"]
    assert (sent.message_id, sent.text) == (message.message_id, message.text)
    assert sent.parse_entities([MessageEntity.BOLD]) == {sent.entities[0]: "🚢"}
    assert sent.reply_markup == keyboard(callback_data="go")
    assert ada.messages == [message]


async def test_files_come_with_captions(server: BotApiServer, bot: Bot, ada: User) -> None:
    """Pictures and documents are kept with their bytes; what is no picture is refused."""
    await bot.send_photo(ADA, b"\x89PNG\r\n\x1a\n...", caption="<i>chart</i>", parse_mode="HTML")
    await bot.send_document(ADA, b"a,b\n", filename="export.csv", caption="yours")
    picture, document = ada.messages
    assert (picture.text, picture.entities[0]["type"]) == ("chart", "italic")
    assert document.upload
    assert (document.upload.name, document.upload.body) == ("export.csv", b"a,b\n")
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await bot.send_photo(ADA, b"text")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(ADA, b"x", caption="x" * 1025)


async def test_json_bodies_are_read_too(server: BotApiServer, ada: User) -> None:
    """Parameters may come as JSON, and methods in any case."""
    async with httpx.AsyncClient() as client:
        address = f"{server.url}/bot{server.token}/SendMessage"
        answer = await client.post(address, json={"chat_id": ADA, "text": "x"})
        assert answer.json()["result"]["text"] == "x"
        bad = await client.post(address, json=[1])
    assert (bad.status_code, bad.json()["ok"]) == (400, False)


async def test_at_most_a_hundred_entities_are_kept(bot: Bot, ada: User) -> None:
    """The hundred and first entity is dropped without a word."""
    await bot.send_message(ADA, "<b>x</b> " * 150, parse_mode="HTML")
    assert len(ada.messages[0].entities) == 100


async def test_edits_make_versions(server: BotApiServer, bot: Bot, ada: User) -> None:
    """An edit is kept beside what it replaced; one that changes nothing is refused."""
    sent = await bot.send_message(ADA, "one", reply_markup=keyboard(callback_data="x"))
    await bot.edit_message_text("<b>two</b>", ADA, sent.message_id, parse_mode="HTML")
    await bot.edit_message_reply_markup(
        ADA, sent.message_id, reply_markup=keyboard(callback_data="y")
    )
    (message,) = ada.messages
    assert [version.text for version in message.versions] == ["one", "two", "two"]
    assert [len(version.keyboard) for version in message.versions] == [1, 0, 1]
    assert len(server.ledger.edits) == 2
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text(
            "<b>two</b>",
            ADA,
            sent.message_id,
            parse_mode="HTML",
            reply_markup=keyboard(callback_data="y"),
        )
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("x", ADA, 999)
    await bot.delete_message(ADA, sent.message_id)
    assert ada.messages == []


async def test_the_bot_describes_itself(server: BotApiServer, bot: Bot) -> None:
    """Commands and descriptions are kept, by scope and language."""
    await bot.set_my_commands([BotCommand("topics", "All topics")], language_code="de")
    await bot.set_my_description("Watches the news.")
    assert [each.command for each in await bot.get_my_commands(language_code="de")] == ["topics"]
    assert await bot.get_my_commands() == ()
    assert (await bot.get_my_description()).description == "Watches the news."
    assert (await bot.get_webhook_info()).url == ""
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("Bad-Name", "x")])


async def test_chats_and_members_are_described(server: BotApiServer, bot: Bot) -> None:
    """getChat, getChatMember and getChatAdministrators tell the state, by id and @username."""
    ada, ben, eve = (server.user(number) for number in (1, 2, 3))
    desk = server.group("Desk", members=[ben], admins=[ada])
    channel = server.channel("News", username="tocsin_news")
    assert (await bot.get_chat(desk.id)).title == "Desk"
    assert (await bot.get_chat("@Tocsin_News")).id == channel.id
    statuses = [(await bot.get_chat_member(desk.id, user.id)).status for user in (ada, ben, eve)]
    assert statuses == ["creator", "member", "left"]
    assert [each.user.id for each in await bot.get_chat_administrators(desk.id)] == [ada.id]
    assert (await bot.get_chat_member(channel.id, bot.id)).status == "administrator"
    assert await bot.leave_chat(desk.id)
    with pytest.raises(Forbidden, match="not a member of the group chat"):
        await bot.send_message(desk.id, "x")
