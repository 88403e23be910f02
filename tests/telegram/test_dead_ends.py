"""Ways into the dark: what happens where a chat is odd, a message old, or an answer got lost."""

from typing import Any

import pytest

from bot.models import Chat, ChatKind, OwedAlert
from tests.botapi.server import BotApiServer, Limits, SentMessage, User
from tests.builders import owed
from tests.telegram.shop import Shop, open_shop, until

PHOTO = [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 9}]
STICKER = {
    "file_id": "s", "file_unique_id": "v", "width": 9, "height": 9,
    "is_animated": False, "is_video": False, "type": "regular",
}  # fmt: skip


async def lost_copy(shop: Shop, user: User, alert: OwedAlert) -> SentMessage:
    """Send an alert of which we never hear that it arrived; give the message."""
    user.chat.read_all()
    await shop.deliver(alert)
    # Known in the outbox, but under no message of this chat.
    shop.store.alerts[alert.chat.id, 0] = alert
    return await user.next_message()


def of(chat_id: int, alert_id: int) -> OwedAlert:
    """Make an alert that a private chat is owed."""
    return owed(id=alert_id, chat=Chat(id=chat_id, kind=ChatKind.PRIVATE))


async def say(user: User, **content: Any) -> None:
    """Write something other than a text in the private chat."""
    message = user.world.message(user.chat.chat, user.json, 0, **content)
    user.world.updates.add("message", message)


async def test_an_alert_of_unknown_fate_can_be_asked_why_too(shop: Shop) -> None:
    """The button says which alert it is under; tapped or replied to, it is explained."""
    ada = shop.server.user(1001)
    await ada.ask("/help")
    copy = await lost_copy(shop, ada, of(1001, 41))
    await ada.tap(copy, "Why")
    assert (await ada.next_message()).text.startswith("Why this alert")
    await ada.send("/why", reply_to=copy)
    assert (await ada.next_message()).text.startswith("Why this alert")


@pytest.mark.parametrize("named", ["41", "9" * 60, "-1", "x", ""])
async def test_nobody_is_told_of_the_alert_of_another_chat(shop: Shop, named: str) -> None:
    """A forged button finds nothing, whatever number it names."""
    ada, eve = shop.server.user(1001), shop.server.user(1002, "Eve")
    await ada.ask("/help")
    page = await eve.ask("/help")
    await lost_copy(shop, ada, of(1001, 41))
    assert "no longer know" in (await eve.tap_data(page, f"1:why:{named}")).text


async def test_why_to_a_message_that_is_no_alert_says_how_it_is_used(shop: Shop) -> None:
    """The reply to a page of ours, or to one's own words, explains nothing."""
    ada = shop.server.user(1001)
    page = await ada.ask("/start")
    for above in (page, await ada.send("hello")):
        ada.chat.read_all()
        await ada.send("/why", reply_to=above)
        await until(lambda: "Reply with /why" in ada.messages[-1].text)


async def test_a_tap_says_what_it_did(shop: Shop) -> None:
    """It flashes up, so that nobody has to look for what changed."""
    ada = shop.server.user(1001)
    page = await ada.ask("/start")
    assert (await ada.tap(page, "Sanctions")).text == "Now following: Sanctions"
    data = page.keyboard[1][0]["callback_data"]
    assert (await ada.tap_data(page, data)).text == "Now following: Sanctions"
    await shop.server.wait_for(lambda: "✓ Sanctions" in page.buttons)
    assert (await ada.tap(page, "Sanctions")).text == "No longer following: Sanctions"


async def test_start_again_shows_what_is_followed(shop: Shop) -> None:
    """Topics by their buttons, keyword topics by name; also behind a link with any payload."""
    ada, bob = shop.server.user(1001), shop.server.user(1002, "Bob")
    await ada.ask("/subscribe sanctions")
    await ada.ask("/newtopic Engines: rotax")
    welcome = await ada.ask("/start share_of-long-ago")
    assert "✓ Sanctions" in welcome.buttons
    assert "Your keyword topics: Engines (/mytopics)" in welcome.text
    other = await bob.ask("/start")
    assert "✓ Sanctions" not in other.buttons
    assert "Engines" not in other.text


async def test_leaving_all_says_which_keyword_topics_still_ring(shop: Shop) -> None:
    """Nobody who left all shall wonder at the next alert."""
    ada = shop.server.user(1001)
    await ada.ask("/subscribe sanctions")
    assert (await ada.ask("/unsubscribe all")).text == "No longer following: Sanctions"
    for number in range(7):
        await ada.ask(f"/newtopic Topic {number}: rotax")
    left = (await ada.ask("/unsubscribe all")).text
    still = "Topic 0, Topic 1, Topic 2, Topic 3, Topic 4 and 2 more (/mytopics)"
    assert left == f"No topic was followed.\nYour keyword topics still ring: {still}"


async def test_an_album_is_answered_once_and_anything_else_each_time(shop: Shop) -> None:
    """Ten pictures sent together are one thing said."""
    ada = shop.server.user(1001)
    await ada.ask("/help")
    for _ in range(10):
        await say(ada, photo=PHOTO, media_group_id="7")
    await say(ada, photo=PHOTO, caption="/topics")
    await say(ada, sticker=STICKER)
    assert "my fault" not in (await ada.ask("/why")).text
    await until(lambda: len(ada.messages) == 5)
    assert [each.text[:30] for each in ada.messages[1:4]] == ["I only understand commands. Tr"] * 3


async def test_a_command_that_is_edited_is_not_obeyed_twice(shop: Shop) -> None:
    """Telegram is not even asked for edits."""
    ada = shop.server.user(1001)
    await ada.ask("/help")
    edited = shop.server.world.message(ada.chat.chat, ada.json, 0, text="/help", edit_date=1)
    assert shop.server.world.updates.add("edited_message", edited) is None


async def test_in_a_group_the_answer_stands_at_its_question(shop: Shop) -> None:
    """Where many write, it is seen whom the bot answers; in private nobody has to be told."""
    ada = shop.server.user(1001)
    desk = shop.server.group(admins=[ada])
    asked = await ada.send("/topics@tocsin_test_bot", to=desk)
    assert (await desk.next_message()).reply_to == asked["message_id"]
    assert (await ada.ask("/topics@tocsin_test_bot")).reply_to is None


async def test_a_group_that_takes_the_bot_in_again_finds_what_it_followed(shop: Shop) -> None:
    """The introduction shows it; what was left stays left."""
    ada = shop.server.user(1001)
    desk = shop.server.group(admins=[ada])
    await ada.ask("/subscribe sanctions", to=desk)
    desk.kick_bot(by=ada)
    await until(lambda: bool(shop.store.chats[desk.id].suspended))
    desk.chat.refusal = None
    desk.read_all()
    desk.add_bot(by=ada)
    again = await desk.next_message()
    assert "✓ Sanctions" in again.buttons
    assert "threads" not in again.text


async def test_a_forum_is_told_how_its_threads_are_alerted(shop: Shop) -> None:
    """Where an alert goes is where /subscribe was sent."""
    ada = shop.server.user(1001)
    forum = shop.server.forum(admins=[ada], bot="left")
    forum.add_bot(by=ada)
    assert "in one of your threads, send /subscribe there" in (await forum.next_message()).text


async def test_who_lets_the_bot_into_a_channel_hears_that_it_does_not_ring_there(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """The channel itself stays quiet; posts there are nobody's commands."""
    ada = shop.server.user(1001)
    await ada.ask("/help")
    channel = shop.server.channel(admins=[ada], bot="left")
    channel.add_bot(by=ada, status="administrator")
    assert "cannot ring in channels" in (await ada.next_message()).text
    channel.post("/topics")
    await ada.ask("/topics")
    assert not channel.messages
    assert not caplog.records


async def test_a_button_too_old_for_its_thread_to_be_known_changes_nothing(shop: Shop) -> None:
    """Telegram no longer says where it stands: better a word than the wrong thread."""
    ada = shop.server.user(1001)
    forum = shop.server.forum(admins=[ada])
    thread = forum.topic("Sanctions")
    await ada.send("/topics", to=forum, thread=thread)
    page = await forum.next_message(thread=thread)
    page.json = {"chat": forum.chat.json, "message_id": page.message_id, "date": 0}
    assert "older version" in (await ada.tap(page, "Sanctions")).text
    assert not any(shop.store.topics.values())


async def test_a_button_too_old_to_be_read_still_works_in_private(shop: Shop) -> None:
    """There is only one place that it can mean."""
    ada = shop.server.user(1001)
    page = await ada.ask("/topics")
    page.json = {"chat": ada.chat.chat.json, "message_id": page.message_id, "date": 0}
    assert (await ada.tap(page, "Sanctions")).text == "Now following: Sanctions"
    assert shop.store.topics[1001, 0] == {"sanctions"}


async def test_buttons_outlive_the_service_that_made_them() -> None:
    """What a button means is in the button, not in a memory that a restart empties."""
    async with BotApiServer(limits=Limits(enabled=False)) as server:
        first, second = Shop(server, speed=50), Shop(server, speed=50)
        ada = server.user(1001)
        async with first.running():
            page = await ada.ask("/start")
        async with second.running():
            assert (await ada.tap(page, "Sanctions")).text == "Now following: Sanctions"
            await server.wait_for(lambda: "✓ Sanctions" in page.buttons)
        assert second.store.topics[1001, 0] == {"sanctions"}


async def test_the_admin_who_opens_the_link_again_is_not_turned_away() -> None:
    """Also where it is Telegram that tells of it twice; the welcome offers the topics."""
    async with open_shop() as shop:
        ada = shop.server.user(1001)
        await ada.ask("/help")
        payload = next(words for words in shop.said if "claim-" in words).rpartition("start=")[2]
        assert "＋ Sanctions" in (await ada.ask(f"/start {payload}")).buttons
        assert "the admin of this bot already" in (await ada.ask(f"/start {payload}")).text
