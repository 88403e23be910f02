"""The bot at work, and what it does when Telegram is away, refuses it, or hears somebody else."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection

import pytest

from bot.errors import TelegramRefused
from bot.models import ChatKind, Delivered
from bot.telegram.polling import TelegramBot
from tests.botapi.server import TOKEN, BotApiServer, Fault, Limits
from tests.builders import owed
from tests.telegram.shop import Shop, until


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """A server that counts no messages; tests run the bot's clock faster than its."""
    async with BotApiServer(limits=Limits(enabled=False)) as opened:
        yield opened


async def test_it_waits_for_telegram_and_says_so_once(server: BotApiServer) -> None:
    """Started while Telegram is away, it goes on trying, and answers once it is back."""
    ada = server.user(1001)
    await server.stop()
    shop = Shop(server, speed=20)
    async with shop.running():
        await until(lambda: bool(shop.said))
        await asyncio.sleep(0.3)
        host = server.url.removeprefix("http://")
        assert shop.said == [f"Telegram cannot be reached at {host}; trying again."]
        await server.start()
        assert "Tocsin" in (await ada.ask("/help")).text
        assert shop.said[1] == "Telegram answers again."


async def test_a_refused_token_is_told_in_a_sentence_without_it(server: BotApiServer) -> None:
    """No retry mends a wrong token; neither sentence nor chained exception holds it."""
    token = "1234:another-canary-token"
    shop = Shop(server)
    bot = TelegramBot(
        token, server.url, shop.subscriptions, shop.subscriptions._clock, shop.said.append
    )
    with pytest.raises(TelegramRefused, match="does not accept the bot token") as caught:
        await bot.run()
    await bot.stop()
    error: BaseException | None = caught.value
    while error:
        assert token not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "fault",
    [Fault.answer(404, "Not Found"), Fault.answer(401, "Unauthorized"), Fault.BAD_GATEWAY],
)
async def test_only_the_question_who_it_is_decides_on_the_token(
    server: BotApiServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that does not know webhooks ends nothing; it is warned of without the token."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    server.fail_next("deleteWebhook", fault, times=100)
    async with shop.running():
        assert "Tocsin" in (await ada.ask("/help")).text
    [warning] = [each for each in caplog.records if "webhook" in each.message]
    assert warning.levelname == "WARNING"
    assert TOKEN not in caplog.text


async def test_an_update_that_cannot_be_read_is_passed_over(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and what comes after it is answered."""
    ada, shop = server.user(1001), Shop(server)
    async with shop.running():
        await ada.ask("/help")
        server.world.updates.add("message", {"message_id": 1, "date": "never", "chat": 7})
        assert "Tocsin" in (await ada.ask("/help")).text
    assert caplog.text.count("is passed over") == 1


async def test_a_webhook_that_stayed_at_the_start_is_taken_away_later(
    server: BotApiServer,
) -> None:
    """While it is set Telegram refuses to give updates, so it is asked for again."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    server.fail_next("deleteWebhook", Fault.DROP_BEFORE)
    set_up = server.fail_next(
        "getUpdates",
        Fault.answer(409, "Conflict: can't use getUpdates while webhook is active"),
        99,
    )
    async with shop.running():
        await server.wait_for(lambda: len(server.calls_of("deleteWebhook")) > 1)
        set_up.cancel()
        assert "Tocsin" in (await ada.ask("/help")).text


async def test_an_update_is_confirmed_only_when_it_was_handled(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a crash cuts off before, Telegram gives again."""
    monkeypatch.setattr("bot.telegram.polling.HANDLING", 60.0)
    ada, shop = server.user(1001), Shop(server, speed=20)
    reached, release = asyncio.Event(), asyncio.Event()
    follow = shop.store.follow

    async def slowly(chat_id: int, thread: int, topics: Collection[str]) -> set[str]:
        reached.set()
        await release.wait()
        return await follow(chat_id, thread, topics)

    shop.store.follow = slowly  # type: ignore[method-assign]
    async with shop.running():
        await ada.send("/subscribe sanctions")
        await reached.wait()
        await asyncio.sleep(0.1)
        assert server.world.updates.waiting
        release.set()
        await until(lambda: not server.world.updates.waiting)


@pytest.mark.parametrize("token", ["", "hello", "12:a b", "12:a\n"])
async def test_what_cannot_be_a_token_is_refused_before_any_request(
    server: BotApiServer, token: str
) -> None:
    """Nothing is asked of Telegram for it."""
    shop = Shop(server)
    with pytest.raises(TelegramRefused):
        TelegramBot(
            token, server.url, shop.subscriptions, shop.subscriptions._clock, shop.said.append
        )
    assert not server.calls


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.answer(401, "Unauthorized"), "Telegram does not accept the bot token"),
        (Fault.answer(404, "Not Found"), "Telegram does not accept the bot token"),
        (Fault.answer(409, "Conflict: terminated by other getUpdates"), "Another program"),
        (Fault.BAD_GATEWAY, "Telegram cannot be reached"),
        (Fault.DROP_BEFORE, "Telegram cannot be reached"),
        (Fault.answer(429, "Too Many Requests: retry after 1", retry_after=1), "asks to wait"),
    ],
)
async def test_nothing_ends_the_fetching_for_good(
    server: BotApiServer, fault: Fault, why: str
) -> None:
    """After whatever failure in mid-run it pauses, says so, and goes on."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    async with shop.running():
        await ada.ask("/help")
        shop.said.clear()
        server.fail_next("getUpdates", fault, times=3)
        await ada.send("/help")
        await until(lambda: len(shop.said) == 2)
        assert why in shop.said[0]
        assert shop.said[1] == "Telegram answers again."
        assert "Topics" in (await ada.ask("/topics")).text


async def test_alerts_go_out_while_updates_cannot_be_fetched(server: BotApiServer) -> None:
    """The sender needs no fetching, neither before nor after."""
    ada, shop = server.user(1001, started=True), Shop(server)
    chat = await shop.subscriptions.greet(ada.id, ChatKind.PRIVATE)
    assert isinstance(await shop.bot.sender.send(owed(chat=chat)), Delivered)
    async with shop.running():
        server.fail_next("getUpdates", Fault.answer(409, "Conflict"), times=100)
        assert isinstance(await shop.bot.sender.send(owed(chat=chat)), Delivered)


async def test_it_stops_within_two_seconds_and_confirms_what_it_did(server: BotApiServer) -> None:
    """A restart does not do a command again, nor lose one."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    async with shop.running():
        await ada.ask("/subscribe sanctions")
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert not server.world.updates.waiting


async def test_it_can_be_run_again_after_it_failed(server: BotApiServer) -> None:
    """A part of the service that failed is started again by its supervisor."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    for _ in range(2):
        task = asyncio.create_task(shop.bot.run())
        assert "Tocsin" in (await ada.ask("/help")).text
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await shop.bot.stop()


async def test_it_presents_itself(server: BotApiServer) -> None:
    """Menu and descriptions are set at the start; that this fails does no harm."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    server.fail_next("setMyShortDescription", Fault.SERVER_ERROR)
    async with shop.running():
        await server.wait_for(lambda: server.calls_of("setMyDescription"))
        assert "Tocsin" in (await ada.ask("/help")).text
    assert server.calls_of("setMyCommands")


async def test_only_the_wanted_kinds_of_updates_are_asked_for(server: BotApiServer) -> None:
    """Each request says so, since Telegram keeps the last choice otherwise."""
    ada, shop = server.user(1001), Shop(server, speed=20)
    async with shop.running():
        await ada.ask("/help")
    for call in server.calls_of("getUpdates"):
        assert "my_chat_member" in str(call.params.values["allowed_updates"])


async def test_the_token_is_in_no_log(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the library's either, with everything logged that our own rooms log."""
    caplog.set_level(logging.INFO)
    ada, shop = server.user(1001), Shop(server, speed=20)
    async with shop.running():
        server.fail_next("*", Fault.BAD_GATEWAY)
        server.fail_next("getUpdates", Fault.answer(401, "Unauthorized"), times=3)
        await ada.send("/help")
        await until(lambda: len(shop.said) >= 2)
    assert caplog.records
    assert TOKEN not in caplog.text
    assert not any(TOKEN in words for words in shop.said)


async def test_a_chat_that_is_slow_delays_no_other(server: BotApiServer) -> None:
    """Order is kept within a chat only."""
    ada, bob = server.user(1001), server.user(1002, "Bob")
    shop = Shop(server)
    async with shop.running():
        for _ in range(4):
            await ada.send("/help")
        begun = time.monotonic()
        await bob.ask("/help")
        assert time.monotonic() - begun < 1
