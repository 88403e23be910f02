"""Runs the commands as a user does: ``main.py`` in a process of its own, within a time limit."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from tests.journey.service import ROOT, environment


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did. ``code`` is None where it was ended at its time limit, in seconds."""

    code: int | None
    out: str
    err: str
    seconds: float

    def faults(self, *allowed: int) -> list[str]:
        """Tell what is wrong with how it ended; 0 is always a good exit code."""
        found = []
        if self.code is None:
            found.append(f"it did not end and was stopped after {self.seconds:.0f} s")
        elif self.code not in {0, *allowed}:
            found.append(f"exit code {self.code}")
        if "Traceback (most recent call last)" in self.err:
            found.append(f"a traceback: {self.err.splitlines()[-1][:200]}")
        if bad := len(self._lines) - len(self.records):
            found.append(f"{bad} lines of output are no JSON objects")
        return found

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The JSON objects that it printed, one a line."""
        values = (_json(line) for line in self._lines)
        return [value for value in values if isinstance(value, dict)]

    @property
    def _lines(self) -> list[str]:
        # Not splitlines(): that also splits at characters that may stand in a title.
        return [line for line in self.out.split("\n") if line]


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


async def run(
    *arguments: str, limit: float, env: Mapping[str, str] | None = None, data: Path | None = None
) -> Ran:
    """Run a command for ``limit`` seconds at most, in an empty data directory or in ``data``."""
    with TemporaryDirectory(prefix="tocsin-conformance-") as name:
        folder = Path(name)
        place = str(data or folder / "data")
        surroundings = environment(TOCSIN_SERVICE__DATA_DIR=place, **(env or {}))
        began = monotonic()
        # Into files: a pipe that nobody empties would stall the command, and a kill would lose it.
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "main.py", *arguments,
                cwd=ROOT, env=surroundings, stdout=out, stderr=err,
            )  # fmt: skip
            code = await _ended(process, limit)
        seconds = monotonic() - began
        said = [(folder / file).read_text(errors="replace") for file in ("out", "err")]
    return Ran(code=code, out=said[0], err=said[1], seconds=seconds)


async def _ended(process: asyncio.subprocess.Process, limit: float) -> int | None:
    try:
        async with asyncio.timeout(limit):
            return await process.wait()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
