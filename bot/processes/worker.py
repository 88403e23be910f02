"""What runs in a process that the service started: calls, one after the other, until it ends."""

import gc
import multiprocessing
import os
import pickle
import resource
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, Final

from bot.errors import TocsinError

MEMORY_LIMIT: Final = 640 * 2**20
"""Bytes of memory that a process may take; real documents take less than a tenth to parse."""

HEAD: Final = 4
"""How many bytes tell the length of what follows on the line to the service."""


class CallFailed(Exception):
    """A call raised what is no error of ours: only the name of its kind comes back."""


def serve(line: socket.socket, growth: int) -> None:
    """Run the calls that come down the line, one by one, until it ends.

    Each is a function, its arguments and its keywords. It is answered by what it returns, what it
    raises instead, and whether the process is worn out, all pickled behind their length. It is
    where it grew by more than ``growth`` bytes, of which it would give little back.
    """
    prepare()
    relax_collector()
    most = _most_memory() + growth // 1024
    with line, line.makefile("rwb") as stream:
        while head := stream.read(HEAD):
            call = pickle.loads(stream.read(int.from_bytes(head)))  # noqa: S301 - from the service
            answer = _answer(most, *call)
            stream.write(len(answer).to_bytes(HEAD))
            stream.write(answer)
            stream.flush()


def _answer(
    most: int, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> bytes:
    try:
        value = function(*args, **kwargs)
        return pickle.dumps((value, None, _most_memory() > most))
    except MemoryError as error:
        return pickle.dumps((None, error, True))
    except TocsinError as error:
        return pickle.dumps((None, error, _most_memory() > most))
    except Exception as error:  # noqa: BLE001 - a parser may raise anything
        return pickle.dumps((None, CallFailed(type(error).__name__), True))


def _most_memory() -> int:
    """Give the most memory that the process ever held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def relax_collector() -> None:
    """Have Python look for cycles more rarely.

    Parsing and storing make very many small things and hardly a cycle: looking for one after
    every 700 things costs up to an eighth of the time, and what is there from the start stays.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def prepare() -> None:
    """Set up a new process: it ends at once when told to, and with the service, however it ends."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends us
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(MEMORY_LIMIT, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    Thread(target=_end_with_service, daemon=True).start()


def _end_with_service() -> None:
    # The pipe behind the sentinel closes with the service even when that was killed; without
    # this, a process that is busy at that moment would go on with nobody to stop it.
    service = multiprocessing.parent_process()
    if service is not None:
        wait([service.sentinel])
        os._exit(1)
