"""What the Bot API server breaks, the library reports as the sender must tell apart."""

import time
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from tests.botapi.server import BotApiServer, Fault, User

ADA = 1001


BROKEN = [
    (Fault.DROP_BEFORE, httpx.RemoteProtocolError),
    (Fault.DROP_AFTER, httpx.RemoteProtocolError),
    (Fault.RESET_BEFORE, httpx.ReadError),
    (Fault.RESET_AFTER, httpx.ReadError),
    (Fault.HALF_ANSWER, httpx.RemoteProtocolError),
    (Fault.BAD_GATEWAY, TelegramError),
    (Fault.BAD_GATEWAY_AFTER, TelegramError),
    (Fault.SERVER_ERROR, type(None)),
    (Fault.SERVER_ERROR_AFTER, type(None)),
]


@pytest.mark.parametrize(("fault", "cause"), BROKEN)
async def test_a_broken_answer_is_a_network_error(
    server: BotApiServer, bot: Bot, ada: User, fault: Fault, cause: type
) -> None:
    """The library cannot tell whether the message arrived; the ledger can."""
    planned = server.fail_next("sendMessage", fault)
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(ADA, "x")
    assert type(caught.value) is NetworkError
    assert isinstance(caught.value.__cause__, cause)
    assert len(ada.messages) == fault.accepted
    assert planned.used == 1
    assert "fault" in server.calls[-1].outcome
    await bot.send_message(ADA, "y")
    assert len(ada.messages) == fault.accepted + 1


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_hanging_answer_is_a_timeout(
    server: BotApiServer, bot: Bot, ada: User, *, accepted: bool
) -> None:
    """Accepted or not, an answer that does not come in time is TimedOut by ReadTimeout."""
    server.fail_next("sendMessage", Fault.hang(30, accepted=accepted))
    with pytest.raises(TimedOut) as caught:
        await bot.send_message(ADA, "x", read_timeout=0.1)
    assert isinstance(caught.value.__cause__, httpx.ReadTimeout)
    assert len(ada.messages) == accepted


async def test_a_late_answer_is_still_an_answer(server: BotApiServer, bot: Bot, ada: User) -> None:
    """Where the bot has the patience it gets its message."""
    server.fail_next("sendMessage", Fault.hang(0.1))
    assert (await bot.send_message(ADA, "x")).message_id == ada.messages[0].message_id


async def test_refusals_on_order(server: BotApiServer, bot: Bot, ada: User) -> None:
    """429 and any other refusal can be ordered, for so many calls and for those of a chat."""
    server.fail_next("sendMessage", Fault.too_many(7), times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(ADA, "x")
        assert caught.value.retry_after == timedelta(seconds=7)
    refusal = Fault.answer(403, "Forbidden: because")
    planned = server.fail_next(lambda call: call.chat_id == ADA, refusal, times=9)
    with pytest.raises(TelegramError, match="because"):
        await bot.send_chat_action(ADA, "typing")
    await bot.get_me()
    planned.cancel()
    await bot.send_message(ADA, "x")
    assert len(ada.messages) == 1


async def test_limits_are_kept_and_noted(server: BotApiServer, bot: Bot, ada: User) -> None:
    """The fourth message at once to a person is refused with 429 and noted as a violation."""
    for _ in range(3):
        await bot.send_message(ADA, "x")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(ADA, "x")
    assert caught.value.retry_after == timedelta(seconds=1)
    assert [violation.chat_id for violation in server.violations] == [ADA]
    assert len(ada.messages) == 3


async def test_a_flood_wait_ends_by_itself(server: BotApiServer, bot: Bot, ada: User) -> None:
    """During the wait everything is refused with what remains of it; then it passes again."""
    server.limits.jitter = 0.0
    server.flood(0.3)
    began = time.monotonic()
    with pytest.raises(RetryAfter):
        await bot.send_message(ADA, "x")
    while not ada.messages:
        try:
            await bot.send_message(ADA, "x")
        except RetryAfter:
            assert time.monotonic() - began < 5
    assert time.monotonic() - began >= 0.25
    assert server.violations == []


async def test_telegram_can_be_unreachable(server: BotApiServer, bot: Bot, ada: User) -> None:
    """While the server is stopped nothing connects; then it is at the same address again."""
    await server.stop()
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(ADA, "x")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    await server.start()
    await bot.send_message(ADA, "x")
    assert len(ada.messages) == 1
