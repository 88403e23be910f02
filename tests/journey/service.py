"""The real service in a process of its own, as an operator starts it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.waiting import until

ROOT = Path(__file__).parents[2]


def settings(folder: Path, feeds: list[dict[str, Any]], **sections: dict[str, Any]) -> Path:
    """Write a settings file for feeds on loopback, read once a second, and give its path."""
    whole: dict[str, dict[str, Any]] = {
        "service": {"data_dir": str(folder / "data")},
        "polling": {"interval_min": 1, "interval_max": 1, "interval_new": 1},
        "network": {"allow_private": ["127.0.0.0/8"]},
        "web": {"listen": "127.0.0.1:0"},
    }
    for name, section in sections.items():
        whole.setdefault(name, {}).update(section)
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
        for name, section in whole.items()
    )
    for feed in feeds:
        text += "[[feeds]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in feed.items())
    file = folder / "settings.toml"
    file.write_text(text)
    return file


def environment(**extra: str) -> dict[str, str]:
    """Give the environment of this machine without what would set Tocsin, and with ``extra``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TOCSIN_", "TELEGRAM_"))}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", **extra}


class Service:
    """One process of the service; what it prints goes to files, so that a kill loses nothing.

    ``program`` is where its ``main.py`` lies.
    """

    def __init__(
        self,
        folder: Path,
        file: Path,
        env: Mapping[str, str] | None = None,
        program: Path = ROOT,
    ) -> None:
        self.folder = folder
        self._program = program
        self._file = file
        self._env = environment(**(env or {}))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the service; it is up when it says that it works."""
        with (
            (self.folder / "out.txt").open("ab") as out,
            (self.folder / "err.txt").open("ab") as err,
        ):
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "main.py", "run", "--config", str(self._file),
                cwd=self._program, env=self._env, stdout=out, stderr=err,
            )  # fmt: skip

    @property
    def output(self) -> str:
        """All that it ever printed to stdout."""
        return (self.folder / "out.txt").read_text()

    @property
    def errors(self) -> str:
        """All that it ever printed to stderr."""
        return (self.folder / "err.txt").read_text()

    @property
    def said(self) -> str:
        """All that it ever printed."""
        return self.output + self.errors

    async def wait(self, seconds: float = 40.0) -> int:
        """Wait for its end, and give the exit code."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and give the exit code; it has five seconds and a little for the test."""
        assert self._process is not None
        self._process.send_signal(how)
        return await self.wait(8.0)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def says(self, words: str, seconds: float = 40.0) -> str:
        """Wait until it has printed ``words``, and give all that it printed."""
        assert self._process is not None
        process = self._process
        await until(lambda: words in self.said or process.returncode is not None, seconds)
        assert words in self.said, f"ended with {process.returncode}: {self.said}"
        return self.said


def free_port() -> int:
    """Give a port of loopback that nobody listened at a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
