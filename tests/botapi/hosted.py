"""The server in a thread of its own, for tests that are not asynchronous themselves."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.botapi.server import BotApiServer

T = TypeVar("T")


class Host:
    """A server with its own event loop: ``host.run(user.start())`` runs a verb there."""

    def __init__(self, server: BotApiServer, loop: asyncio.AbstractEventLoop) -> None:
        """Keep both."""
        self.server = server
        self._loop = loop

    def run(self, verb: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        """Run a coroutine of the server or its people in its loop, and give its result."""
        return asyncio.run_coroutine_threadsafe(verb, self._loop).result(timeout)


@contextmanager
def hosted(server: BotApiServer | None = None) -> Iterator[Host]:
    """Run a server in a thread until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bot-api", daemon=True)
    thread.start()
    host = Host(server or BotApiServer(), loop)
    try:
        host.run(host.server.start())
        try:
            yield host
        finally:
            host.run(host.server.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
