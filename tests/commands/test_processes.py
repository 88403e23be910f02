"""The commands as processes of their own: pipes, signals, loading, and a service beside them."""

import asyncio
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.feedserver.documents import Item, rss
from tests.feedserver.server import FeedServer
from tests.journey.service import Service, settings

ROOT = Path(__file__).parents[2]
STORY = json.dumps({"id": 1, "title": "Turkey delivers Bayraktar drones to Ukraine"}) + "\n"

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Start:
    """Start ``python main.py ARGUMENTS…`` with pipes at all three ends."""

    def run(*arguments: object, **extra: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "main.py", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **extra},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return run


def test_answers_come_as_soon_as_their_lines_do(start: Start) -> None:
    """Behind a slow pipe nobody waits for a buffer to fill; and Ctrl-C ends it in silence."""
    with start("classify") as process:
        assert process.stdin
        assert process.stdout
        for number in range(2):
            process.stdin.write(STORY.encode())
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 30)
            assert ready, f"no answer to line {number + 1}"
            assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == b""


def test_a_reader_that_leaves_early_ends_the_command_in_silence(start: Start) -> None:
    """``| head -1`` is an everyday thing."""
    with start("classify") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        # Not ``communicate``, which would want the closed end.
        assert process.stdin
        process.stdin.write(STORY.encode() * 3)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="wants a device that is always full")
def test_a_full_disk_behind_stdout_is_a_sentence(tmp_path: Path) -> None:
    """``> answers.jsonl`` may fail at any line."""
    stories = tmp_path / "stories.jsonl"
    stories.write_text(STORY)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "main.py", "classify", str(stories)],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "tocsin: cannot go on: No space left on device\n"


def test_answers_are_utf_8_in_a_terminal_of_the_old_kind(start: Start) -> None:
    """JSON is UTF-8, whatever the locale is."""
    line = '{"id": "дрон 😀 \\ud800", "title": "Дрони для України"}\n'
    with start("classify", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0") as process:
        out, err = process.communicate(line.encode(), timeout=30)
    assert json.loads(out.decode("utf-8"))["id"] == "дрон 😀 \ud800"
    assert (process.returncode, err) == (0, b"")


HEAVY = (
    "telegram", "httpx", "aiohttp", "sqlalchemy", "alembic", "apscheduler", "sklearn", "scipy",
    "feedparser", "lxml",
)  # fmt: skip


@pytest.mark.parametrize(
    ("command", "heavier"),
    [
        ("--version", ("numpy",)),
        ("feeds --help", ("numpy",)),
        ("match --query drones", ("numpy",)),
        ("events", ("numpy",)),
        ("classify", ()),
    ],
)
def test_a_command_of_a_pipe_loads_nothing_of_the_service(
    command: str, heavier: tuple[str, ...]
) -> None:
    """It would wait a second and more for what it never uses."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-X", "importtime", "main.py", *command.split()],
        cwd=ROOT, input=STORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.split("\n")}
    assert "bot.cli" in loaded
    assert sorted(loaded & {*HEAVY, *heavier}) == []


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would disturb a settings file of the test."""
    for name in ("TOCSIN_SERVICE__DATA_DIR", "TOCSIN_FEEDS"):
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_settings")
async def test_poll_works_beside_a_running_service_and_a_second_service_does_not(
    tmp_path: Path,
) -> None:
    """The database is shared by a lock in it; the service by one on its directory."""
    hot = Item(guid="1", title="Turkey delivers Bayraktar drones to Ukraine")
    async with FeedServer() as feeds:
        url = feeds.serve("/feed", rss([hot]))
        file = settings(tmp_path, [{"url": url}])
        service = Service(tmp_path, file)
        await service.start()
        try:
            await service.says("reading 1 feeds")
            polled, second = await asyncio.gather(command(file, "poll"), command(file, "run"))
        finally:
            assert await service.stop() == 0
    assert (polled[0], "feeds read: 1 of 1" in polled[1]) == (0, True), polled[1]
    assert second[0] == 1
    assert re.fullmatch(r"tocsin: another Tocsin works in \S+: stop it, .*\n", second[1])
    assert "Traceback" not in service.said


async def command(file: Path, name: str) -> tuple[int, str]:
    """Run a command to its end, and give its exit code and what it told."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "main.py", name, "--config", str(file),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()
