"""What became of a send: by cause, not by the class of an exception."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.models import (
    CONSOLE,
    Chat,
    ChatKind,
    Delivered,
    OwedAlert,
    Rejected,
    RetryAt,
    Scope,
    Unknown,
    Unreachable,
)
from bot.telegram import pages
from bot.telegram.buttons import Rows
from bot.telegram.limits import Limits
from bot.telegram.sender import TelegramSender
from tests.botapi.server import BotApiServer, Fault
from tests.builders import owed, story, tagged
from tests.fakes import WallClock
from tests.telegram.shop import TOPICS

PRIVATE = Chat(id=1001, kind=ChatKind.PRIVATE)
READ_TIMEOUT = 0.3


class Desk:
    """A server, a sender, and somebody to send to."""

    def __init__(self, server: BotApiServer) -> None:
        """Put them together; the answer of a send is waited for only shortly."""
        self.server = server
        self.ada = server.user(1001, started=True)
        self.request = HTTPXRequest(connection_pool_size=4, read_timeout=READ_TIMEOUT)
        bot = Bot(server.token, f"{server.url}/bot", request=self.request)
        self.clock = WallClock()
        self.limits = Limits()
        self.sender = TelegramSender(bot, self.clock, self.limits, lambda: TOPICS)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A sender on a server of its own."""
    async with BotApiServer() as server:
        opened = Desk(server)
        yield opened
        await opened.request.shutdown()


def to(chat: Chat = PRIVATE, thread: int = 0, **what: object) -> OwedAlert:
    """Make an alert for a chat."""
    one = owed(chat=chat, **what)
    return replace(one, alert=replace(one.alert, chat_id=chat.id, thread=thread))


async def test_an_alert_arrives_as_it_was_made(desk: Desk) -> None:
    """The outcome names the message and its text."""
    outcome = await desk.sender.send(to())
    assert isinstance(outcome, Delivered)
    [message] = desk.ada.messages
    assert message.message_id == outcome.message_id
    assert message.text.startswith("Iran ships drones\nThe Example · GB")
    assert outcome.text.startswith("Iran ships drones (https://example.org/")
    assert message.buttons == ["Why", "Open"]


@pytest.mark.parametrize(
    ("fault", "copies"),
    [
        (Fault.DROP_BEFORE, 0),
        (Fault.DROP_AFTER, 1),
        (Fault.RESET_BEFORE, 0),
        (Fault.RESET_AFTER, 1),
        (Fault.HALF_ANSWER, 1),
        (Fault.BAD_GATEWAY, 0),
        (Fault.BAD_GATEWAY_AFTER, 1),
        (Fault.SERVER_ERROR, 0),
        (Fault.SERVER_ERROR_AFTER, 1),
        (Fault.hang(2 * READ_TIMEOUT), 1),
        (Fault.hang(2 * READ_TIMEOUT, accepted=False), 0),
    ],
)
async def test_where_nobody_can_know_the_outcome_says_so(
    desk: Desk, fault: Fault, copies: int
) -> None:
    """Broken off after it was written: arrived or not, it is unknown, and not sent again here."""
    desk.server.fail_next("sendMessage", fault)
    outcome = await desk.sender.send(to())
    assert isinstance(outcome, Unknown)
    assert len(desk.ada.messages) == copies
    assert len(desk.server.calls_of("sendMessage")) == 1


async def test_without_a_connection_it_was_surely_not_sent(desk: Desk) -> None:
    """Then everything waits, longer each time, and goes on once Telegram is back."""
    await desk.server.stop()
    first, second = await desk.sender.send(to()), await desk.sender.send(to())
    assert isinstance(first, RetryAt)
    assert first.scope is Scope.BOT
    assert isinstance(second, RetryAt)
    await desk.server.start()
    desk.limits = desk.sender._limits = Limits()
    assert isinstance(await desk.sender.send(to()), Delivered)


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (403, "Forbidden: bot was blocked by the user", Unreachable),
        (403, "Forbidden: user is deactivated", Unreachable),
        (403, "Forbidden: bot was kicked from the supergroup chat", Unreachable),
        (403, "Forbidden: bot is not a member of the channel chat", Unreachable),
        (403, "Forbidden: the group chat was deleted", Unreachable),
        (403, "Forbidden: bot can't initiate conversation with a user", Unreachable),
        (400, "Bad Request: chat not found", Unreachable),
        (400, "Bad Request: not enough rights to send text messages to the chat", Unreachable),
        (400, "Bad Request: need administrator rights in the channel chat", Unreachable),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Unreachable),
        (400, "Bad Request: USER_IS_BLOCKED", Unreachable),
        (400, "Bad Request: message is too long", Rejected),
        (400, "Bad Request: message text is empty", Rejected),
        (400, "Bad Request: something new", Rejected),
        (400, "Bad Request: message thread not found", RetryAt),
        (401, "Unauthorized", RetryAt),
        (404, "Not Found", RetryAt),
        (429, "Too Many Requests: later", RetryAt),
    ],
)
async def test_refusals_are_told_apart_by_their_words(
    desk: Desk, status: int, description: str, kind: type
) -> None:
    """Each text of FACTS B2 leads to its own outcome."""
    desk.server.fail_next("sendMessage", Fault.answer(status, description))
    outcome = await desk.sender.send(to())
    assert isinstance(outcome, kind)
    assert not desk.ada.messages
    if status in {401, 404}:
        assert isinstance(outcome, RetryAt)
        assert outcome.scope is Scope.BOT


async def test_a_migrated_group_says_where_it_went(desk: Desk) -> None:
    """The new id comes with the outcome."""
    group = desk.server.group(members=[desk.ada])
    new = group.migrate(announce=False)
    outcome = await desk.sender.send(to(Chat(id=group.id, kind=ChatKind.GROUP)))
    assert isinstance(outcome, Unreachable)
    assert outcome.migrated_to == new.id


@pytest.mark.parametrize(
    "why",
    [
        'can\'t parse entities: Unsupported start tag "x" at byte offset 3',
        "inline keyboard button URL 'https://x' is invalid: Wrong HTTP URL",
        "BUTTON_URL_INVALID",
    ],
)
async def test_refused_marks_are_left_out_at_once(desk: Desk, why: str) -> None:
    """Better a plain alert than none: within the same send, once."""
    desk.server.fail_next("sendMessage", Fault.answer(400, f"Bad Request: {why}"))
    assert isinstance(await desk.sender.send(to()), Delivered)
    [message] = desk.ada.messages
    assert not [each for each in message.entities if each["type"] != "url"]
    assert "(https://example.org/iran-ships-drones)" in message.text
    assert message.buttons == ["Why"]


async def test_plain_text_that_is_refused_too_is_given_up(desk: Desk) -> None:
    """No third try."""
    why = "Bad Request: can't parse entities"
    desk.server.fail_next("sendMessage", Fault.answer(400, why), times=5)
    assert isinstance(await desk.sender.send(to()), Rejected)
    assert len(desk.server.calls_of("sendMessage")) == 2


async def test_a_lost_thread_is_believed_the_second_time(desk: Desk) -> None:
    """Telegram says so of threads that are well; then the alert goes to the group itself."""
    forum = desk.server.forum(members=[desk.ada])
    thread = forum.topic("Sanctions")
    forum.delete_topic(thread)
    chat = Chat(id=forum.id, kind=ChatKind.SUPERGROUP)
    assert isinstance(await desk.sender.send(to(chat, thread)), RetryAt)
    assert isinstance(await desk.sender.send(to(chat, thread, attempts=1)), Delivered)
    assert [each.thread for each in forum.messages] == [0]


@pytest.mark.parametrize("thread", [0, 5])
async def test_a_forum_without_an_open_place_holds_up_none(desk: Desk, thread: int) -> None:
    """The second time, an alert that General does not take either is refused."""
    chat = Chat(id=-1001, kind=ChatKind.SUPERGROUP)
    desk.server.fail_next("sendMessage", Fault.answer(400, "Bad Request: TOPIC_CLOSED"), 9)
    assert isinstance(await desk.sender.send(to(chat, thread)), RetryAt)
    assert isinstance(await desk.sender.send(to(chat, thread, attempts=1)), Rejected)


async def test_one_limited_chat_waits_alone(desk: Desk) -> None:
    """A 429 is the chat's; others go on, and the limited chat is not tried before its time."""
    bob = desk.server.user(1002, "Bob", started=True)
    desk.server.fail_next("sendMessage", Fault.too_many(100))
    outcome = await desk.sender.send(to())
    assert isinstance(outcome, RetryAt)
    assert outcome.scope is Scope.CHAT
    assert outcome.when - desk.clock.now() > timedelta(seconds=99)
    assert desk.sender.ready_at(PRIVATE, desk.clock.now()) == outcome.when
    other = Chat(id=bob.id, kind=ChatKind.PRIVATE)
    assert isinstance(await desk.sender.send(to(other)), Delivered)
    again = await desk.sender.send(to())
    assert isinstance(again, RetryAt)
    assert len(desk.server.calls_of("sendMessage")) == 2


async def test_two_limited_chats_mean_that_the_bot_is(desk: Desk) -> None:
    """Where others are limited too, everything waits."""
    desk.server.user(1002, "Bob", started=True)
    desk.server.fail_next("sendMessage", Fault.too_many(7), times=2)
    outcomes = [
        await desk.sender.send(to(Chat(id=number, kind=ChatKind.PRIVATE)))
        for number in (1001, 1002)
    ]
    scopes = [outcome.scope for outcome in outcomes if isinstance(outcome, RetryAt)]
    assert scopes == [Scope.CHAT, Scope.BOT]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_proxys_refusal_is_not_telegrams(status: int) -> None:
    """A page that says 403 in between suspends no chat: all is tried again later."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>denied</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", refuse)
    async with TestServer(app) as server:
        request = HTTPXRequest()
        bot = Bot("1:a", str(server.make_url("/bot")), request=request)
        sender = TelegramSender(bot, WallClock(), Limits(), lambda: TOPICS)
        outcome = await sender.send(to())
        await request.shutdown()
    assert isinstance(outcome, RetryAt)
    assert outcome.scope is Scope.BOT


async def test_answers_go_ahead_of_alerts(desk: Desk) -> None:
    """While an answer waits for the bot's limit, no alert is begun."""
    desk.sender._limits = Limits(rate=1)
    await desk.sender.send(to())
    bob = Chat(id=desk.server.user(1002, "Bob", started=True).id, kind=ChatKind.PRIVATE)
    eve = Chat(id=desk.server.user(1003, "Eve", started=True).id, kind=ChatKind.PRIVATE)
    alert = asyncio.create_task(desk.sender.send(to(eve)))
    await asyncio.sleep(0)
    answer = asyncio.create_task(desk.sender.answer(bob, pages.note("first")))
    await asyncio.sleep(0)
    assert desk.sender.ready_at(eve, desk.clock.now()) > desk.clock.now()
    assert await answer
    await alert
    assert [message.chat_id for message in desk.server.ledger.messages][:2] == [1001, 1002]


async def test_an_answer_that_fails_is_logged_and_not_raised(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Handlers need not care; the token is not in the log."""
    desk.server.fail_next("*", Fault.DROP_BEFORE, times=4)
    assert not await desk.sender.answer(PRIVATE, pages.note("hello"))
    await desk.sender.acknowledge("1")
    assert await desk.sender.is_group_admin(1001, 1) is None

    async def make() -> Rows:
        return ()

    assert not await desk.sender.edit_buttons(PRIVATE, 1, make)
    assert len(caplog.records) >= 4
    assert desk.server.token not in caplog.text


async def test_it_serves_any_chat_but_the_terminal(desk: Desk) -> None:
    """The console has a sender of its own."""
    assert desk.sender.serves(PRIVATE)
    assert not desk.sender.serves(Chat(id=CONSOLE, kind=ChatKind.CONSOLE))


async def test_hostile_stories_arrive(desk: Desk) -> None:
    """Marks, directions and emptiness in a story are no obstacle."""
    hostile = story(title="</b>\u202e<script>&" * 400, summary="<a href=" * 900, link="https://a b")
    about = replace(tagged(), story=hostile)
    assert isinstance(await desk.sender.send(to(tagged=about)), Delivered)
