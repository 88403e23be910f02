"""The commands, run in this process as an operator types them."""

import asyncio
import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.feedserver.server import FeedServer


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command left: its exit code, and what it printed to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of stdout, each one JSON object and nothing else."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    def failed(self, code: int, words: str) -> None:
        """Hold that it ended with ``code`` and a sentence with ``words``, and no traceback."""
        assert self.code == code, self.err
        assert words in self.err
        assert "Traceback" not in self.err


Tocsin = Callable[..., Done]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Keep the person's settings out and the commands' data in a directory of the test's own.

    The logging and the signals of the process are put back afterwards.
    """
    for name in os.environ:
        if name.startswith(("TOCSIN_", "TELEGRAM_", "CREDENTIALS_")) or name == "FORCE_COLOR":
            monkeypatch.delenv(name)
    data = tmp_path / "data"
    monkeypatch.setenv("TOCSIN_SERVICE__DATA_DIR", str(data))
    monkeypatch.setenv("TOCSIN_FEEDS", "[]")
    monkeypatch.setenv("COLUMNS", "200")
    root, told = logging.getLogger(), logging.raiseExceptions
    handlers, level, ending = root.handlers[:], root.level, signal.getsignal(signal.SIGTERM)
    yield data
    signal.signal(signal.SIGTERM, ending)
    root.handlers[:], logging.raiseExceptions = handlers, told
    root.setLevel(level)


@pytest.fixture
def tocsin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tocsin:
    """Run ``tocsin ARGUMENTS…`` with some bytes at stdin."""

    def run(*arguments: object, stdin: str | bytes = b"") -> Done:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "argv", ["tocsin", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="ascii"))
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        assert isinstance(code, int | None)
        return Done(code=code or 0, out=out, err=err)

    return run


class Publisher:
    """A feed server in a thread of its own, for commands that bring their own event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.server = FeedServer()

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.__aenter__(), self._loop).result()

    def stop(self) -> None:
        """End the server and its thread."""
        asyncio.run_coroutine_threadsafe(self.server.__aexit__(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """Serve feeds on loopback, which the settings allow."""
    monkeypatch.setenv("TOCSIN_NETWORK__ALLOW_PRIVATE", '["127.0.0.0/8"]')
    publisher = Publisher()
    publisher.start()
    yield publisher.server
    publisher.stop()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the settings name some feeds."""

    def name(*urls: str) -> None:
        monkeypatch.setenv("TOCSIN_FEEDS", json.dumps([{"url": url} for url in urls]))

    return name


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file."""

    def to(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return to
