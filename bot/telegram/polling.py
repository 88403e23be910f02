"""The bot at work: connects to Telegram, fetches updates, and lets the handlers answer them.

The library's own ``Updater`` is not used: it ends for good when a proxy answers 404 (issue of
its ``InvalidToken``), and tells Telegram that updates are done with when they are merely queued.
Here fetching never gives up, and at a stop only what was handled is confirmed.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

from telegram import BotCommand, Update
from telegram.ext import ApplicationBuilder, ExtBot
from telegram.request import HTTPXRequest

from bot.errors import TelegramRefused
from bot.ports import Clock
from bot.subscriptions import Subscriptions
from bot.telegram import failures, pages
from bot.telegram.commands import CLAIM
from bot.telegram.handlers import Handlers
from bot.telegram.limits import RATE, Limits
from bot.telegram.order import InOrder
from bot.telegram.sender import TelegramSender

WANTED: Final = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
"""The kinds of updates that are asked for, each time: Telegram otherwise keeps the last choice."""

CONNECTIONS: Final = 12
"""Connections for sending: 8 for alerts in the air, the others so that answers need not wait."""

LONG_POLL: Final = timedelta(seconds=25)
"""How long Telegram may hold a request for updates when there are none."""

LONGEST_PAUSE: Final = 60
"""Seconds between two tries at most while Telegram cannot be reached."""

GRACE: Final = 1.5
"""Seconds that updates under way may take at a stop."""

HANDLING: Final = 0.3
"""Seconds that new updates are waited for before the next request, which confirms them: what a
crash cuts off before comes again. No more, so that a slow chat delays the others little."""

_PATIENCE: Final = 10  # seconds for an answer, beyond those that Telegram may hold a request
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]+")
_CHATTY: Final = ("httpx", "httpcore")
_TROUBLE_AFTER: Final = 2
_REFUSED: Final = (
    "Telegram does not accept the bot token: get a valid one from @BotFather "
    "and set it as TELEGRAM_BOT_TOKEN."
)

log = logging.getLogger(__name__)


class _Bot(ExtBot[None]):
    """The library's bot, with updates as Telegram sends them."""

    async def updates(self, offset: int | None, wait: timedelta) -> list[dict[str, Any]]:
        """Ask for updates from ``offset`` on, as ``get_updates`` does, and leave them unread."""
        asked = {"offset": offset, "timeout": wait, "allowed_updates": WANTED}
        patience = _PATIENCE + wait.total_seconds()
        found = await self._post("getUpdates", asked, read_timeout=patience)
        return cast("list[dict[str, Any]]", found)


class TelegramBot:
    """The bot; ``sender`` works from the start, also while no updates can be fetched.

    ``announce`` is called with what whoever runs the bot should read. ``last_heard`` is when
    Telegram last answered a request for updates.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of the wiring
        self,
        token: str,
        api_url: str,
        subscriptions: Subscriptions,
        clock: Clock,
        announce: Callable[[str], None],
        *,
        rate: int = RATE,
    ) -> None:
        """Prepare, without any request; raises TelegramRefused for what cannot be a token."""
        if not _TOKEN.fullmatch(token):
            raise TelegramRefused(_REFUSED)
        # These two write each request's address to the log, and the token with it.
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._requests = (_sending(), _fetching())
        self._bot = _Bot(
            token,
            f"{api_url.rstrip('/')}/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._host = urlsplit(api_url).netloc
        self._subscriptions = subscriptions
        self._clock = clock
        self._announce = announce
        self._application = (
            ApplicationBuilder().bot(self._bot).updater(None).job_queue(None)
            .concurrent_updates(InOrder()).build()
        )  # fmt: skip
        self.sender = TelegramSender(self._bot, clock, Limits(rate), lambda: subscriptions.topics)
        Handlers(subscriptions, self.sender, clock).add_to(self._application)
        self._offset: int | None = None
        self._failures = 0
        self.last_heard: datetime | None = None

    async def run(self) -> None:
        """Answer chats until cancelled; the sender goes on working afterwards, until ``stop``.

        Raises TelegramRefused when Telegram does not accept the token at the start.
        """
        await self._connect()
        await self._drop_webhook()
        await self._offer_claim()
        await self._application.start()
        profile = asyncio.create_task(self._present())
        try:
            await self._fetch()
        finally:
            profile.cancel()
            await self._end_fetching()

    async def stop(self) -> None:
        """Close every connection; call it when nothing is being sent any more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._application.shutdown()
                # The library leaves them open where Telegram was never reached.
                await asyncio.gather(*(each.shutdown() for each in self._requests))

    # ── the start ────────────────────────────────────────────────────────────────────────────

    async def _connect(self) -> None:
        while (error := await self._failure_of(self._application.initialize)) is not None:
            if failures.refuses_token(error):
                raise TelegramRefused(_REFUSED)
            await self._pause(error)
        self._heard()

    async def _drop_webhook(self) -> None:
        """Take away a webhook of an earlier program, which would keep all updates from us."""
        if error := await self._failure_of(self._bot.delete_webhook):
            # Not every Bot API server knows webhooks: only getMe decides on the token.
            unknown = failures.refuses_token(error)
            why = "the server does not do it" if unknown else failures.trouble(error, self._host)
            log.warning("a webhook, should there be one, was not taken away: %s", why)

    async def _offer_claim(self) -> None:
        if code := await self._subscriptions.offer_claim():
            link = f"t.me/{self._bot.username}?start={CLAIM}{code}"
            self._announce(f"This bot has no admin yet. To become it, open {link}")

    async def _present(self) -> None:
        commands = [BotCommand(name, what) for name, what in pages.COMMANDS.items()]
        for step in (
            lambda: self._bot.set_my_commands(commands),
            lambda: self._bot.set_my_short_description(pages.ABOUT),
            lambda: self._bot.set_my_description(pages.ABOUT_LONG),
        ):
            if error := await self._failure_of(step):
                why = failures.trouble(error, self._host)
                log.warning("menu or description of the bot could not be set: %s", why)

    # ── updates ──────────────────────────────────────────────────────────────────────────────

    async def _fetch(self) -> None:
        while True:
            error = await self._failure_of(self._fetch_some)
            if error is None:
                self._heard()
            else:
                await self._pause(error)
                if failures.is_conflict(error):
                    await self._drop_webhook()

    async def _fetch_some(self) -> None:
        # After a failure, a short one tells at once whether all is well again.
        wait = timedelta() if self._failures else LONG_POLL
        # Read one by one: one that the library cannot read must not come again for ever.
        for body in await self._bot.updates(self._offset, wait):
            if update := self._read(body):
                await self._application.update_queue.put(update)
            self._offset = body["update_id"] + 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANDLING):
                await self._application.update_queue.join()

    def _read(self, body: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(body, self._bot)
        except Exception:
            log.exception("update %s cannot be understood and is passed over", body["update_id"])
            return None

    async def _end_fetching(self) -> None:
        try:
            async with asyncio.timeout(GRACE):
                await self._application.stop()
                if self._offset is not None and not self._failures:
                    await self._bot.get_updates(
                        offset=self._offset, limit=1, timeout=0, allowed_updates=WANTED
                    )
        except TimeoutError:
            log.warning("some updates were still being answered at the stop")
        except failures.FAILED as error:
            # What is not confirmed comes once more at the next start, and does the same again.
            log.warning("updates were not confirmed: %s", failures.trouble(error, self._host))

    # ── troubles ─────────────────────────────────────────────────────────────────────────────

    async def _failure_of(self, call: Callable[[], Awaitable[object]]) -> Exception | None:
        """Give the exception of a call, so that what is raised instead does not carry it along."""
        try:
            await call()
        except failures.FAILED as error:
            return error
        except Exception as error:
            log.exception("what Telegram sent could not be understood")
            return error
        return None

    def _heard(self) -> None:
        if self._failures >= _TROUBLE_AFTER:
            self._announce("Telegram answers again.")
        self._failures = 0
        self.last_heard = self._clock.now()

    async def _pause(self, error: Exception) -> None:
        """Wait longer with each failure; the second in a row is told, and no other."""
        self._failures += 1
        if self._failures == _TROUBLE_AFTER:
            self._announce(f"{failures.trouble(error, self._host)}; trying again.")
        pause = min(LONGEST_PAUSE, 2 ** min(self._failures - 1, 10))
        await self._clock.sleep(max(pause, failures.seconds_to_wait(error)))


def _sending() -> HTTPXRequest:
    # Long read timeouts: each send that is given up early leaves a message of unknown fate.
    return HTTPXRequest(
        connection_pool_size=CONNECTIONS,
        read_timeout=30,
        write_timeout=10,
        connect_timeout=10,
        pool_timeout=5,
    )


def _fetching() -> HTTPXRequest:
    return HTTPXRequest(connection_pool_size=2, read_timeout=_PATIENCE, connect_timeout=_PATIENCE)
