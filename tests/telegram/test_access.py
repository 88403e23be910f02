"""Who may use a bot that is not open to everybody."""

from collections.abc import AsyncIterator

import pytest

from bot.models import ChatKind
from tests.builders import owed, tag, tagged
from tests.telegram.shop import Shop, open_shop, until

ADMIN, STRANGER = 1001, 1002


@pytest.fixture
async def private() -> AsyncIterator[Shop]:
    """A bot for its admin alone."""
    async with open_shop(admins=frozenset({ADMIN}), open_to_all=False) as shop:
        yield shop


@pytest.mark.parametrize(
    "said", ["/start", "/help", "/subscribe sanctions", "/latest", "/frobnicate", "hello"]
)
async def test_strangers_are_told_in_one_sentence(private: Shop, said: str) -> None:
    """Whatever they write, they hear whom to ask and with which number; nothing is stored."""
    answer = await private.server.user(STRANGER).ask(said)
    assert answer.text.startswith("This bot is private; please ask its operator")
    assert answer.text.count(". ") == 0
    assert str(STRANGER) in answer.text
    assert not answer.buttons
    assert STRANGER not in private.store.chats


async def test_its_admins_use_it_as_ever(private: Shop) -> None:
    """For them nothing is different."""
    ada = private.server.user(ADMIN)
    welcome = await ada.ask("/start")
    await ada.tap(welcome, "Sanctions")
    await private.server.wait_for(lambda: "✓ Sanctions" in welcome.buttons)
    assert "Now following" in (await ada.ask("/subscribe drone_supply")).text
    assert private.store.topics[ADMIN, 0] == {"sanctions", "drone_supply"}


async def test_a_stranger_presses_buttons_in_vain(private: Shop) -> None:
    """A button that is still there from an open time says the same, known to us or not."""
    eve = private.server.user(STRANGER)
    answer = await eve.ask("/start")
    for data in ("1:+:sanctions", "1:why:", "nonsense"):
        assert "This bot is private" in (await eve.tap_data(answer, data)).text
    assert private.store.topics[STRANGER, 0] == set()


async def test_in_groups_it_listens_to_its_admins_alone(private: Shop) -> None:
    """Others are met with silence, even where they are admins of the group."""
    ada, eve = private.server.user(ADMIN), private.server.user(STRANGER, "Eve")
    desk = private.server.group(admins=[ada, eve])
    for said in ("/topics", "/subscribe sanctions", "/start claim-x", "/frobnicate"):
        await eve.send(said, to=desk)
    page = await ada.ask("/topics", to=desk)
    assert len(desk.messages) == 1
    assert (await eve.tap(page, "Sanctions")).text == ""
    assert private.store.topics[desk.id, 0] == set()
    await ada.tap(page, "Sanctions")
    await private.server.wait_for(lambda: "✓ Sanctions" in page.buttons)


async def test_it_introduces_itself_to_groups_of_its_admins(private: Shop) -> None:
    """Where a stranger adds it, it says nothing."""
    ada, eve = private.server.user(ADMIN), private.server.user(STRANGER, "Eve")
    theirs = private.server.group(admins=[eve], bot="left")
    theirs.add_bot(by=eve)
    ours = private.server.group(admins=[ada], bot="left")
    ours.add_bot(by=ada)
    assert "alarm bell" in (await ours.next_message()).text
    await until(lambda: theirs.id in private.store.chats)
    assert not theirs.messages


async def test_alerts_go_on_to_chats_that_followed_before(private: Shop) -> None:
    """The setting says who may command the bot, not who is alerted; a return wakes a chat."""
    eve = private.server.user(STRANGER)
    await private.subscriptions.greet(STRANGER, ChatKind.PRIVATE)
    await private.subscriptions.follow(STRANGER, 0, "sanctions")
    eve.block_bot()
    await until(lambda: bool(private.store.chats[STRANGER].suspended))
    eve.unblock_bot()
    await until(lambda: not private.store.chats[STRANGER].suspended)
    chat = private.store.chats[STRANGER]
    await private.deliver(owed(chat=chat, tagged=tagged(tag("sanctions"))))
    assert "Sanctions" in (await eve.next_message()).text


async def test_the_one_time_link_works_for_anybody() -> None:
    """Whoever opens it first becomes the admin, and from then on may use the bot."""
    async with open_shop(open_to_all=False) as shop:
        ada, eve = shop.server.user(ADMIN), shop.server.user(STRANGER, "Eve")
        assert "private" in (await ada.ask("/help")).text
        link = next(words for words in shop.said if "claim-" in words)
        payload = link.rpartition("start=")[2]
        await ada.start(payload)
        assert "now the admin" in (await ada.next_message()).text
        await eve.start(payload)
        assert "no longer good" in (await eve.next_message()).text
        assert "Tocsin" in (await ada.ask("/help")).text
        assert "private" in (await eve.ask("/help")).text


async def test_a_fault_of_ours_lets_nobody_in() -> None:
    """Where the admins cannot be read, a stranger gets an apology and nothing else."""
    async with open_shop(open_to_all=False) as shop:
        eve = shop.server.user(STRANGER)
        answer = await eve.ask("/start")
        shop.store.broken = True
        assert "my fault" in (await eve.ask("/subscribe sanctions")).text
        assert "my fault" in (await eve.tap_data(answer, "1:+:sanctions")).text
        assert shop.store.topics[STRANGER, 0] == set()
