"""The processes that documents are parsed in: how they are started, and how they are ended."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Final

from pebble import ProcessPool

from bot.feeds import worker

RECYCLE_AFTER: Final = 500
"""After so many documents a process is replaced, because the parser leaks (feedparser 287)."""


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
    and 90 MiB, for a parser that needs none of it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def started(workers: int) -> ProcessPool:
    """Start a pool of parsers; takes some tenths of a second."""
    context = _Context()
    # Loaded once, in the server that processes are forked from: each new one is there at once.
    context.set_forkserver_preload(["bot.feeds.worker", "bot.feeds.parse"])
    pool = ProcessPool(
        max_workers=workers, max_tasks=RECYCLE_AFTER, initializer=worker.prepare, context=context
    )
    if not pool.active:  # asking starts the processes
        raise RuntimeError("the parsers could not be started")
    return pool


def ended(pool: ProcessPool) -> None:
    """End a pool's processes, whatever they are doing; takes some tenths of a second."""
    pool.stop()  # type: ignore[no-untyped-call]  # pebble has types but here
    pool.join()
