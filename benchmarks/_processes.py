"""What processes use: the CPU and the memory of one together with all that it started.

It is read from /proc; where there is none, only the CPU of the calling process is known.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")

BETWEEN: Final = 1.0
"""Seconds between two looks at the memory of a side: a look stops each process that it looks at
for some milliseconds, and would slow down the side that has more of them."""


def cpu_used(*, besides: int = 0) -> float:
    """Give the CPU seconds of this process and of all below it, without the process ``besides``."""
    below, ended = _below(os.getpid(), besides), os.times()
    # Its own to the nanosecond; of the others only whole ticks are told.
    others = sum(below.values()) + ended.children_user + ended.children_system
    return time.process_time() + others


def memory_used(root: int) -> int:
    """Give the bytes that a process and all below it hold in memory, 0 where that is not told.

    What several processes share is divided among them (PSS), so that the sum counts it once.
    """
    return sum(_proportional(pid) for pid in [root, *_below(root)])


class Peak:
    """The most memory that a process and all below it were seen to hold, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.most = 0

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(BETWEEN)

    def look(self) -> None:
        """Look once."""
        self.most = max(self.most, memory_used(self._pid))


def _below(root: int, besides: int = 0) -> dict[int, float]:
    """Give the processes that ``root`` and those below it started, with their CPU seconds."""
    processes = dict(each for each in _running() if each[0] != besides)
    found, grown = {root}, True
    while grown:
        below = {pid for pid, (parent, _) in processes.items() if parent in found}
        grown = not below <= found
        found |= below
    return {pid: processes[pid][1] for pid in found - {root}}


def _running() -> Iterator[tuple[int, tuple[int, float]]]:
    """Give each process with its parent and its CPU seconds, its ended children's included."""
    for file in PROC.glob("[0-9]*/stat"):
        try:
            # After the name, which may hold anything: state, parent, ...; times from the 12th on.
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        ticks = sum(map(int, fields[11:15]))
        yield int(file.parent.name), (int(fields[1]), ticks / os.sysconf("SC_CLK_TCK"))


def _proportional(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile, or the system does not tell
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
