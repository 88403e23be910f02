"""A strict Bot API server for tests: the witness of what a bot really did.

It shares no code with the bot. It parses Telegram's HTML itself, keeps Telegram's limits itself,
and writes down every message that it accepted, also where the answer then gets lost.

    async with BotApiServer() as server:
        user = server.user(id=1001, first_name="Ada")
        ...                                  # start a bot: token server.token, server at server.url
        await user.start()                   # «/start», then wait for the answer
        welcome = await user.next_message()
        assert "sanctions" in welcome.text
        answer = await user.tap(welcome, "Sanctions")

        server.fail_next("sendMessage", Fault.DROP_AFTER)
        ...                                  # an alert is sent, and its answer lost
        await server.wait_for(lambda: len(server.messages(user.id)) == 2, timeout=5)
        assert not server.violations

For python-telegram-bot: ``Bot(server.token, base_url=f"{server.url}/bot")``. ``server.stop()``
makes Telegram unreachable, ``server.start()`` brings it back at the same address (both awaited).
Beside other loops: ``tests.botapi.hosted``; in a process of its own: ``python -m tests.botapi``.
"""

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Self, TypeVar

from aiohttp import web

from tests.botapi import editing, errors, profile, sending
from tests.botapi.errors import ApiError, Json
from tests.botapi.faults import Fault, Planned, Selector
from tests.botapi.groups import Group, fill, make_group
from tests.botapi.ledger import Call, Ledger, SentMessage
from tests.botapi.limits import Limits, Violation
from tests.botapi.people import PATIENCE, User
from tests.botapi.registry import METHODS
from tests.botapi.wire import read_params
from tests.botapi.world import World

__all__ = ["BotApiServer", "Fault", "Group", "Limits", "SentMessage", "User"]

T = TypeVar("T")
TOKEN: Final = "4242:test-canary-token-do-not-log"
_REGISTERING: Final = (editing, profile, sending)
_LARGEST_REQUEST: Final = 64 * 2**20


class BotApiServer:
    """Telegram, for one bot, on loopback."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "tocsin_test_bot",
        port: int = 0,
        limits: Limits | None = None,
    ) -> None:
        """Prepare a server; ``port`` 0 takes a free one, which then stays the same."""
        self.token = token
        self.limits = limits or Limits()
        bot_id = int(token.partition(":")[0])
        bot = {"id": bot_id, "is_bot": True, "first_name": "Tocsin", "username": username}
        self.world = World(bot, self.limits)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._crashes: list[Exception] = []

    # ── its life ─────────────────────────────────────────────────────────────────────────────

    @property
    def url(self) -> str:
        """The root of the API, without ``/bot``."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; at the same port as before where there was one."""
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = runner.addresses[0][1]
        self._runner = runner

    async def stop(self) -> None:
        """Stop listening and drop all connections; the state stays."""
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; raises what went wrong in the server itself, which is no finding on the bot."""
        await self.stop()
        if self._crashes:
            raise ExceptionGroup("the Bot API server of the tests is at fault", self._crashes)

    # ── the people ───────────────────────────────────────────────────────────────────────────

    def user(
        self,
        id: int,  # noqa: A002 - the Bot API calls it so
        first_name: str = "Ada",
        *,
        username: str = "",
        language_code: str = "en",
        started: bool = False,
    ) -> User:
        """Make a person; one who never ``started`` the bot cannot be written to."""
        body: Json = {"id": id, "is_bot": False, "first_name": first_name}
        body |= {"username": username} if username else {}
        body |= {"language_code": language_code} if language_code else {}
        return User(self.world, body, started=started)

    def group(
        self,
        title: str = "Desk",
        *,
        members: Iterable[User] = (),
        admins: Iterable[User] = (),
        kind: str = "group",
        bot: str = "member",
    ) -> Group:
        """Make a group (or supergroup) with the bot in it; the first admin is its creator."""
        return fill(make_group(self.world, kind, title), members, admins, bot)

    def forum(
        self,
        title: str = "Forum",
        *,
        members: Iterable[User] = (),
        admins: Iterable[User] = (),
        bot: str = "member",
    ) -> Group:
        """Make a supergroup with topics; open them with ``topic(name)``."""
        return fill(make_group(self.world, "supergroup", title, forum=True), members, admins, bot)

    def channel(
        self,
        title: str = "Channel",
        *,
        username: str = "",
        admins: Iterable[User] = (),
        bot: str = "administrator",
    ) -> Group:
        """Make a channel; the bot writes there only as an administrator."""
        channel = make_group(self.world, "channel", title)
        channel.chat.username = username
        return fill(channel, (), admins, bot)

    # ── what happened ────────────────────────────────────────────────────────────────────────

    @property
    def ledger(self) -> Ledger:
        """All that was accepted."""
        return self.world.ledger

    @property
    def calls(self) -> list[Call]:
        """All calls with their parameters and outcomes, refused and failed ones too."""
        return self.world.ledger.calls

    @property
    def violations(self) -> list[Violation]:
        """Every time that Telegram's limits were not kept."""
        return self.world.limiter.violations

    def calls_of(self, method: str) -> list[Call]:
        """Give the calls of one method."""
        return [call for call in self.calls if call.method == method]

    def messages(self, chat_id: int, thread: int | None = None) -> list[SentMessage]:
        """Give the accepted messages of a chat, of one thread (0: none) or of all."""
        return self.world.ledger.of_chat(chat_id, thread)

    async def wait_for(
        self,
        predicate: Callable[[], T],
        timeout: float = PATIENCE,  # noqa: ASYNC109 - a verb of tests, which read better so
    ) -> T:
        """Wait until ``predicate`` gives something true; asked anew when anything happened.

        Raises TimeoutError after ``timeout`` seconds, with the last calls.
        """
        try:
            return await self.world.pulse.wait_for(predicate, timeout)
        except TimeoutError:
            last = [f"{call.method} {call.chat_id}: {call.outcome}" for call in self.calls[-8:]]
            raise TimeoutError(f"not within {timeout} s; the last calls were {last}") from None

    # ── what goes wrong ──────────────────────────────────────────────────────────────────────

    def fail_next(self, selector: Selector, fault: Fault, times: int = 1) -> Planned:
        """Let the next ``times`` calls that ``selector`` names fail."""
        return self.world.faults.plan(selector, fault, times)

    def flood(self, seconds: float, chat_id: int | None = None) -> None:
        """Answer 429 for ``seconds`` to all that is sent to a chat, or anywhere."""
        self.world.limiter.hold(chat_id, seconds, time.monotonic())

    # ── serving ──────────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            params = await read_params(request)
        except ApiError as error:
            return _respond(error.refusal.answer())
        name = request.match_info["method"]
        name = METHODS[name.lower()][0] if name.lower() in METHODS else name
        call = Call(method=name, params=params, when=time.time(), at=time.monotonic())
        self.calls.append(call)
        fault = self.world.faults.take(call)
        if fault is None or fault.accepted:
            body = await self._carry_out(call, request.match_info["token"])
            call.status, call.outcome = body.get("error_code", 200), body.get("description", "ok")
        else:
            body = {}
        if fault:
            call.outcome = f"{call.outcome}; fault: {fault.how}".removeprefix("; ")
        elif request.transport is None:
            call.outcome = "client gone" if name == "getUpdates" else f"{call.outcome}; client gone"
        self.world.pulse.beat()
        return await fault.strike(request, body) if fault else _respond(body)

    async def _carry_out(self, call: Call, token: str) -> Json:
        if token != self.token:
            return errors.UNAUTHORIZED.answer()
        if call.method.lower() not in METHODS:
            return errors.NOT_FOUND.answer()
        try:
            result = await METHODS[call.method.lower()][1](self.world, call.params)
        except ApiError as error:
            return error.refusal.answer()
        except Exception as error:
            self._crashes.append(error)
            raise
        return {"ok": True, "result": result}


def _respond(body: Json) -> web.Response:
    return web.json_response(body, status=body.get("error_code", 200))
