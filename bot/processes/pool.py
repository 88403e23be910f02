"""A few processes that work is handed to, each asked one thing at a time.

A process that takes too long, or too much, is killed and replaced; that costs the one call that
it was at. Asking costs the service little: it writes to a socket and reads from it. Why no
library does this: ``docs/decisions/0007-processes-of-our-own.md``.
"""

import asyncio
import pickle
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Any, Final, ParamSpec, Self, TypeVar

from bot.processes import worker as child

P = ParamSpec("P")
T = TypeVar("T")

RECYCLE_AFTER: Final = 500
"""After so many calls a process is replaced: the parser of feeds leaks (feedparser 287)."""

GROWTH: Final = 16 * 2**20
"""Bytes by which a process that parses may grow: what a large document took, it keeps."""

_BUFFER: Final = 2**20


class Processes:
    """Runs functions in at most ``workers`` processes, each for ``timeout`` seconds at most.

    The modules of ``preload`` are loaded before the first of them starts. A process that has
    grown by more than ``growth`` bytes is replaced.
    """

    def __init__(
        self, workers: int, timeout: float, preload: Sequence[str] = (), growth: int = GROWTH
    ) -> None:
        self.timeout = timeout
        self._growth = growth
        self._preload = [child.__name__, *preload]
        self._places = asyncio.Semaphore(workers)
        self._starting = asyncio.Lock()
        self._all: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        """Give the processes; they are started as they are needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every process."""
        await self.close()

    @property
    def busy(self) -> int:
        """How many processes are at work."""
        return len(self._all) - len(self._idle)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function of a module in a process; waits for one that is free.

        Raises what the function raises, TimeoutError where it took too long, and EOFError where
        its process ended; after these, and where we are cancelled, that is gone at once. What is
        no error of ours comes as CallFailed.
        """
        question = pickle.dumps((function, args, kwargs))
        async with self._places:
            worker = await self._free()
            try:
                async with asyncio.timeout(self.timeout):
                    value, error, worn = await worker.ask(question)
            except BaseException:
                await self._end(worker)
                raise
            if worn or worker.asked >= RECYCLE_AFTER:
                await self._end(worker)
            else:
                self._idle.append(worker)
        if error is not None:
            raise error
        result: T = value
        return result

    async def close(self) -> None:
        """End every process for good, whatever it is doing; what runs then fails."""
        self._closed = True
        async with self._starting:
            await asyncio.gather(*(self._end(worker) for worker in self._all.copy()))

    async def _free(self) -> "_Worker":
        while not self._closed:
            while self._idle:
                worker = self._idle.pop()
                if not worker.has_ended:
                    return worker
                await self._end(worker)
            # Goes on where we are cancelled meanwhile: the process is for the next who asks.
            await asyncio.shield(asyncio.create_task(self._start()))
        raise EOFError("the processes were ended")

    async def _start(self) -> None:
        async with self._starting:
            if self._closed or self._idle:
                return
            worker = _Worker(self._preload, self._growth)
            await worker.start()
            self._all.add(worker)
            self._idle.append(worker)

    async def _end(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        await worker.end()


class _Worker:
    """One process, and the line to it; ``asked`` counts what it was asked."""

    def __init__(self, preload: list[str], growth: int) -> None:
        self.asked = 0
        self._start_with = (preload, growth)

    async def start(self) -> None:
        """Start the process; the first takes some tenths of a second, later ones hundredths."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.to_thread(_started, theirs, *self._start_with)
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)

    @property
    def has_ended(self) -> bool:
        """Whether the process ended by itself, or was killed by another."""
        return self._reader.at_eof()

    async def ask(self, question: bytes) -> tuple[Any, Exception | None, bool]:
        """Give the answer of ``serve`` to a pickled call.

        Raises EOFError where the line breaks.
        """
        self.asked += 1
        try:
            self._writer.writelines([len(question).to_bytes(child.HEAD), question])
            await self._writer.drain()
            size = int.from_bytes(await self._reader.readexactly(child.HEAD))
            answer: tuple[Any, Exception | None, bool] = pickle.loads(  # noqa: S301 - our own process
                await self._reader.readexactly(size)
            )
        except OSError as error:
            raise EOFError("the line to the worker broke") from error
        return answer

    async def end(self) -> None:
        """Kill the process; returns when it is gone."""
        self._process.kill()
        self._writer.close()
        await asyncio.to_thread(self._process.join)


class _Process(ForkServerProcess):
    """A process that does not load the program that starts it."""

    def start(self) -> None:
        """Start the process."""
        with _no_main_module():
            super().start()


class _Context(ForkServerContext):
    Process = _Process


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide the main module for a moment.

    A new process loads the one that it finds, and with it the whole service: a second of work
    and 90 MiB, for a worker that needs none of it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _started(line: socket.socket, preload: list[str], growth: int) -> ForkServerProcess:
    context = _Context()
    # Loaded once, in the server that processes are forked from: each new one is there at once.
    context.set_forkserver_preload(preload)
    process = context.Process(target=child.serve, args=(line, growth), daemon=True)
    process.start()
    return process
