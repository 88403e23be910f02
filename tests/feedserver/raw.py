"""A server that speaks no HTTP of its own: it sends the bytes that it was given, right or wrong."""

import asyncio
from typing import Self


class RawServer:
    """Answers every connection on loopback with the same bytes, and then ends it.

    ``endless`` repeats the last piece of ``answer`` until the client goes; ``connections`` is how
    many there were.
    """

    def __init__(self, *answer: bytes, endless: bool = False, host: str = "127.0.0.1") -> None:
        self.connections = 0
        self._open = 0
        self._idle = asyncio.Event()
        self._answer = answer
        self._endless = endless
        self._host = host
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, whatever is still being sent."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The address."""
        if self._server is None:
            raise RuntimeError("the server does not listen yet")
        return f"http://{self._host}:{self._server.sockets[0].getsockname()[1]}/"

    async def left(self) -> None:
        """Wait until every connection that was made has ended."""
        await self._idle.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        self._open += 1
        self._idle.clear()
        try:
            await reader.readuntil(b"\r\n\r\n")
            await self._send(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, as it may
        finally:
            writer.close()
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        for piece in self._answer:
            writer.write(piece)
            await writer.drain()
        while self._endless:
            writer.write(self._answer[-1])
            await writer.drain()
            await asyncio.sleep(0)
