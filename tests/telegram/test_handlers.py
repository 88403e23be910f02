"""What people in chats get for what they write and tap."""

import pytest

from bot.models import ChatKind
from tests.builders import owed, source, tagged
from tests.telegram.shop import Shop, open_shop, until


async def test_the_first_minute_needs_one_tap(shop: Shop) -> None:
    """/start offers the topics; a tap follows one, and the button then says so."""
    ada = shop.server.user(1001)
    welcome = await ada.ask("/start")
    assert welcome.buttons == ["＋ Drone supply", "＋ Sanctions", "＋ Ukraine aid", "＋ Follow all"]
    await ada.tap(welcome, "Sanctions")
    await shop.server.wait_for(lambda: "✓ Sanctions" in welcome.buttons)
    assert shop.store.topics[1001, 0] == {"sanctions"}


async def test_a_button_pressed_twice_does_its_thing_once(shop: Shop) -> None:
    """What a button says is a wish, not a toggle."""
    ada = shop.server.user(1001)
    welcome = await ada.ask("/start")
    data = welcome.button("Sanctions")["callback_data"]
    for _ in range(2):
        await ada.tap_data(welcome, data)
    assert shop.store.topics[1001, 0] == {"sanctions"}


async def test_quick_taps_are_each_answered_and_shown_together(shop: Shop) -> None:
    """The buttons end up true, with no edit for each tap."""
    ada = shop.server.user(1001)
    welcome = await ada.ask("/start")
    for label in ("Drone", "Sanctions", "Ukraine"):
        await ada.tap(welcome, label)
    await shop.server.wait_for(lambda: "Leave all" in welcome.buttons)
    assert len(shop.server.ledger.edits) <= 3
    assert len(shop.store.topics[1001, 0]) == 3


async def test_follow_all_and_leave_all(shop: Shop) -> None:
    """One button follows every topic, and then leaves them."""
    ada = shop.server.user(1001)
    page = await ada.ask("/subscribe")
    await ada.tap(page, "Follow all")
    await shop.server.wait_for(lambda: "Leave all" in page.buttons)
    assert len(shop.store.topics[1001, 0]) == 3
    await ada.tap(page, "Leave all")
    await shop.server.wait_for(lambda: "＋ Follow all" in page.buttons)
    assert shop.store.topics[1001, 0] == set()


@pytest.mark.parametrize("data", ["", "0:+:sanctions", "1:+:of_long_ago", "1:?:x", "nonsense"])
async def test_buttons_of_long_ago_are_answered(shop: Shop, data: str) -> None:
    """A button that this version does not know says what to do instead."""
    ada = shop.server.user(1001)
    welcome = await ada.ask("/start")
    answer = await ada.tap_data(welcome, data)
    assert "/topics" in answer.text
    assert shop.store.topics[1001, 0] == set()


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ("/subscribe sanctions", {"sanctions"}),
        ("/subscribe Drone-Supply UKRAINE_AID", {"drone_supply", "ukraine_aid"}),
        ("/subscribe drone supply, sanctions", {"drone_supply", "sanctions"}),
        ("/subscribe@tocsin_test_bot all", {"drone_supply", "sanctions", "ukraine_aid"}),
        ("/SUBSCRIBE   sanctions\n", {"sanctions"}),
    ],
)
async def test_subscribe_takes_names_as_people_type_them(
    shop: Shop, said: str, follows: set[str]
) -> None:
    """Case, hyphens, blanks and commas do not matter."""
    answer = await shop.server.user(1001).ask(said)
    assert answer.text.startswith("Now following: ")
    assert shop.store.topics[1001, 0] == follows


async def test_a_wrong_name_is_told_with_the_right_one(shop: Shop) -> None:
    """What was right in the same command is done."""
    answer = await shop.server.user(1001).ask("/subscribe sanction ukraine_aid <b>")
    assert "Now following: Ukraine aid" in answer.text
    assert "no topic “sanction”. Did you mean sanctions?" in answer.text
    assert "no topic “<b>”" in answer.text


async def test_unsubscribe_ends_and_says_what_was_not_followed(shop: Shop) -> None:
    """Leaving answers for each topic named."""
    ada = shop.server.user(1001)
    await ada.ask("/subscribe sanctions")
    answer = await ada.ask("/unsubscribe sanctions drone_supply")
    assert answer.text == "No longer following: Sanctions\nWas not followed: Drone supply"
    assert shop.store.topics[1001, 0] == set()


async def test_topics_shows_quality_with_count_and_date(shop: Shop) -> None:
    """Each topic says how well it is recognised, or that this is not measured."""
    page = await shop.server.user(1001).ask("/topics")
    told = "Precision 86 %, recall 79 %, measured on 1,017 stories, 112 of this topic, 2026-11-20."
    assert told in page.text
    assert page.text.count("how many of 100 alerts are right") == 1
    assert "Not measured yet." in page.text


async def test_keyword_topics_are_made_shown_and_deleted(shop: Shop) -> None:
    """The small round of a keyword topic."""
    ada = shop.server.user(1001)
    assert "/newtopic engines" in (await ada.ask("/mytopics")).text
    saved = await ada.ask("/newtopic Engines: rotax OR title:limbach")
    assert saved.text.startswith(
        "Saved and followed: Engines\nrotax OR title:limbach\n"
        "I look for stories with “rotax OR title:limbach”.\n"
    )
    assert "/latest Engines" in saved.text
    assert "Engines: rotax OR title:limbach" in (await ada.ask("/mytopics")).text
    assert (await ada.ask("/deltopic engines")).text == "Deleted: engines"
    assert "no keyword topic “engines”" in (await ada.ask("/deltopic engines")).text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/newtopic", "needs a name and a query"),
        ("/newtopic engines", "needs a name and a query"),
        ("/newtopic engines:", "needs a name and a query"),
        ("/newtopic : rotax", "needs a name and a query"),
        ("/newtopic Sanctions: rotax", "is one of my own topics"),
        ("/newtopic all: rotax", "is one of my own topics"),
        ("/newtopic " + "n" * 41 + ": rotax", "longer than 40 characters"),
        ("/newtopic long: " + "q" * 1001, "longer than 1,000 characters"),
        ("/newtopic engines: a AND (b", "this bracket is never closed.\na AND▸(b"),
    ],
)
async def test_a_keyword_topic_that_cannot_be_is_refused_in_a_sentence(
    shop: Shop, said: str, answer: str
) -> None:
    """Nothing is saved, and the reason is told, with its place in the query."""
    assert answer in (await shop.server.user(1001).ask(said)).text
    assert not shop.store.keyword


async def test_latest_of_all_of_a_topic_and_of_a_keyword_topic(shop: Shop) -> None:
    """The same command looks back on each of them; an unknown name is told."""
    shop.store.stories = [
        (tagged(title="Iran ships drones", id="1"), source(name="The Example")),
        (tagged(title="Rotax engines found", id="2"), source(name="The Other")),
    ]
    ada = shop.server.user(1001)
    assert "Iran ships drones" in (await ada.ask("/latest")).text
    assert "The Other" in (await ada.ask("/latest drone_supply")).text
    assert "No story yet" in (await ada.ask("/latest sanctions")).text
    await ada.ask("/newtopic engines: rotax")
    found = await ada.ask("/latest engines")
    assert "Rotax" in found.text
    assert "Iran" not in found.text
    assert "Did you mean engines?" in (await ada.ask("/latest engine")).text


async def test_why_explains_the_alert_that_it_replies_to(shop: Shop) -> None:
    """Probability, words with their weight, model, feed and times; else how /why is used."""
    ada = shop.server.user(1001)
    alert = await ada.ask("/start")
    shop.store.alerts[1001, alert.message_id] = owed()
    ada.chat.read_all()
    await ada.send("/why", reply_to=alert)
    answer = await ada.next_message()
    judged = "Drone supply: probability 94 %, threshold 80 %"
    for part in (judged, "+2.10  drones", "0123abcd", "The Example", "first seen"):
        assert part in answer.text
    assert "Reply with /why" in (await ada.ask("/why")).text


async def test_the_why_button_answers_under_its_alert(shop: Shop) -> None:
    """The button under an alert gives the same explanation, as a reply to it."""
    ada = shop.server.user(1001)
    await ada.ask("/start")
    chat = await shop.subscriptions.greet(1001, ChatKind.PRIVATE)
    await shop.deliver(owed(chat=chat))
    alert = await ada.next_message()
    assert alert.buttons == ["Why", "Open"]
    shop.store.alerts[1001, alert.message_id] = owed()
    await ada.tap(alert, "Why")
    answer = await ada.next_message()
    assert answer.text.startswith("Why this alert")
    assert answer.reply_to == alert.message_id


async def test_other_things_get_a_short_helpful_answer_in_private(shop: Shop) -> None:
    """Unknown commands and plain words are answered."""
    ada = shop.server.user(1001)
    assert "do not know /frobnicate" in (await ada.ask("/frobnicate now")).text
    assert "/help" in (await ada.ask("hello?")).text
    assert "/latest" in (await ada.ask("/help")).text


async def test_groups_hear_only_what_was_meant_for_the_bot(shop: Shop) -> None:
    """Unknown commands and commands of other bots are left alone in a group."""
    ada = shop.server.user(1001)
    desk = shop.server.group(admins=[ada])
    await ada.send("/frobnicate", to=desk)
    await ada.send("/help@another_bot", to=desk)
    assert "Tocsin" in (await ada.ask("/help", to=desk)).text
    assert len(desk.messages) == 1


async def test_in_groups_only_admins_change_settings(shop: Shop) -> None:
    """Commands and buttons alike; anonymous admins count, and everybody may look."""
    ada, bob = shop.server.user(1001), shop.server.user(1002, "Bob")
    desk = shop.server.group(admins=[ada], members=[bob])
    assert "only its admins" in (await bob.ask("/subscribe sanctions", to=desk)).text
    page = await bob.ask("/topics", to=desk)
    assert "only its admins" in (await bob.tap(page, "Sanctions")).text
    assert shop.store.topics[desk.id, 0] == set()
    await ada.tap(page, "Sanctions")
    await shop.server.wait_for(lambda: "✓ Sanctions" in page.buttons)
    desk.read_all()
    await ada.send("/subscribe drone_supply", to=desk, anonymous=True)
    assert "Now following" in (await desk.next_message()).text
    assert shop.store.topics[desk.id, 0] == {"sanctions", "drone_supply"}


async def test_each_thread_of_a_forum_has_its_own_subscriptions(shop: Shop) -> None:
    """A command in a thread is about that thread, and is answered there."""
    ada = shop.server.user(1001)
    forum = shop.server.forum(admins=[ada])
    thread = forum.topic("Sanctions")
    await ada.send("/subscribe sanctions", to=forum, thread=thread)
    answer = await forum.next_message(thread=thread)
    assert answer.thread == thread
    assert shop.store.topics[forum.id, thread] == {"sanctions"}
    assert shop.store.topics[forum.id, 0] == set()


async def test_blocked_it_falls_silent_and_let_in_it_wakes(shop: Shop) -> None:
    """Nothing is sent to who blocked the bot, until they come back."""
    ada = shop.server.user(1001)
    await ada.ask("/start")
    ada.block_bot()
    await until(lambda: shop.store.chats[1001].suspended == "the user blocked the bot")
    ada.unblock_bot()
    await until(lambda: not shop.store.chats[1001].suspended)


async def test_added_to_a_group_it_introduces_itself(shop: Shop) -> None:
    """A group learns what the bot does and who may set it; removed, it falls silent."""
    ada = shop.server.user(1001)
    desk = shop.server.group(admins=[ada], bot="left")
    desk.add_bot(by=ada)
    assert "only its admins" in (await desk.next_message()).text
    desk.kick_bot(by=ada)
    await until(lambda: bool(shop.store.chats[desk.id].suspended))


async def test_an_upgraded_group_keeps_what_it_follows(shop: Shop) -> None:
    """The subscriptions move to the supergroup's id, though both chats tell of it."""
    ada = shop.server.user(1001)
    desk = shop.server.group(admins=[ada])
    await ada.ask("/subscribe sanctions", to=desk)
    new = desk.migrate()
    await until(lambda: shop.store.topics[new.id, 0] == {"sanctions"})


async def test_the_one_time_link_makes_the_first_who_opens_it_the_admin() -> None:
    """The link is told to whoever runs the bot, and works once."""
    async with open_shop() as shop:
        ada, bob = shop.server.user(1001), shop.server.user(1002, "Bob")
        await ada.ask("/help")
        link = next(words for words in shop.said if "claim-" in words)
        payload = link.rpartition("start=")[2]
        await ada.start(payload)
        assert "now the admin" in (await ada.next_message()).text
        await bob.start(payload)
        assert "no longer good" in (await bob.next_message()).text
        assert await shop.subscriptions.is_admin(1001)
        assert not await shop.subscriptions.is_admin(1002)


async def test_with_admins_in_the_settings_no_link_is_offered() -> None:
    """Whoever is named in the settings is the admin already."""
    async with open_shop(admins=frozenset({1001})) as shop:
        await shop.server.user(1001).ask("/help")
        assert await shop.subscriptions.is_admin(1001)
        assert not any("claim-" in words for words in shop.said)


async def test_a_fault_of_ours_is_an_apology_and_no_traceback(shop: Shop) -> None:
    """The user hears that it was not their mistake, and the next command works."""
    ada = shop.server.user(1001)
    await ada.ask("/help")
    shop.store.broken = True
    answer = await ada.ask("/start")
    assert "my fault" in answer.text
    assert "RuntimeError" not in answer.text
    shop.store.broken = False
    assert "Tocsin" in (await ada.ask("/start")).text
