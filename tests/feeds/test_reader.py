"""Reading feeds, with the parser in processes of its own."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic

import pytest

from bot.errors import FeedUnavailable, FeedUnreadable
from bot.feeds import worker
from bot.feeds.reader import PRELOAD, FeedReader
from bot.processes.pool import Processes
from tests.builders import feed
from tests.feeds import stuck
from tests.feeds.clock import FrozenClock
from tests.feeds.conftest import LOOPBACK, opened
from tests.feeds.stuck import STUCK
from tests.feedserver import documents
from tests.feedserver.server import FeedServer


@pytest.fixture(autouse=True)
def _stuck_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the parser one that a document can hold up."""
    monkeypatch.setattr(worker, "read", stuck.read)


@pytest.fixture
async def reader() -> AsyncIterator[FeedReader]:
    """A reader with one process and little patience."""
    async with opened(seconds=1.0) as open_reader:
        yield open_reader


def workers() -> list[int]:
    """Give the ids of the parsers' processes."""
    return [process.pid or 0 for process in multiprocessing.active_children()]


def gone(pid: int) -> bool:
    """Tell whether a process has ended, whoever may still have to be told of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def until(happened: Callable[[], object], seconds: float = 5.0) -> bool:
    """Wait for something to happen; false where it does not."""
    end = monotonic() + seconds
    while not happened() and monotonic() < end:  # noqa: ASYNC110 - no event tells of a process
        await asyncio.sleep(0.01)
    return bool(happened())


async def test_a_feed_is_read_and_then_only_when_it_changed(
    server: FeedServer, reader: FeedReader
) -> None:
    """The first reading brings the stories, the next ones nothing until there is something new."""
    url = server.serve("/a", documents.rss(documents.items(3)))
    first = await reader.read(feed(url))
    assert first.parsed is not None
    assert [entry.guid for entry in first.parsed.entries] == ["item-0", "item-1", "item-2"]
    unchanged = await reader.read(feed(url, validators=first.validators))
    assert (unchanged.parsed, unchanged.validators) == (None, first.validators)
    server.serve("/a", documents.rss(documents.items(4)))
    changed = await reader.read(feed(url, validators=first.validators))
    assert changed.parsed is not None
    assert len(changed.parsed.entries) == 4
    assert changed.validators.body_hash != first.validators.body_hash


async def test_nothing_is_parsed_that_did_not_change(
    server: FeedServer, reader: FeedReader
) -> None:
    """No process is even started for a feed that repeats itself."""
    body = documents.rss(documents.items(3))
    async with opened() as other:
        known = (await other.read(feed(server.serve("/a", body, etag=False)))).validators
    assert not workers()
    reading = await reader.read(feed(server.url("/a"), validators=known))
    assert reading.parsed is None
    assert not workers()


async def test_relative_links_are_completed_by_where_the_document_was_found(
    server: FeedServer, reader: FeedReader
) -> None:
    """A redirect moves the base of the links."""
    new = server.serve("/x/new", documents.rss([documents.Item(title="t", link="story")]))
    reading = await reader.read(feed(server.redirect("/old", new)))
    assert reading.parsed is not None
    assert reading.parsed.entries[0].link == server.url("/x/story")


async def test_errors_of_the_other_side_are_told_apart(
    server: FeedServer, reader: FeedReader
) -> None:
    """No document is one thing, a document that is no feed another."""
    with pytest.raises(FeedUnavailable, match="404"):
        await reader.read(feed(server.url("/missing")))
    with pytest.raises(FeedUnreadable, match="web page"):
        await reader.read(feed(server.serve("/page", "<html><body>hello</body></html>")))


async def test_a_document_that_stalls_the_parser_is_stopped_and_others_go_on(
    server: FeedServer, reader: FeedReader
) -> None:
    """The stuck process is gone in time, and the next feed is read by another."""
    healthy = server.serve("/healthy", documents.rss(documents.items(2)))
    await reader.read(feed(healthy))
    (stuck,) = workers()
    with pytest.raises(FeedUnreadable, match="longer than 1 s to read"):
        await reader.read(feed(server.serve("/stuck", STUCK)))
    assert gone(stuck)
    assert (await reader.read(feed(healthy))).parsed is not None


async def test_the_event_loop_is_free_while_a_parser_is_stuck(
    server: FeedServer, reader: FeedReader
) -> None:
    """Whatever a document does to the parser, chats are answered."""
    task = asyncio.create_task(reader.read(feed(server.serve("/stuck", STUCK))))
    longest = 0.0
    while not task.done():
        began = monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, monotonic() - began)
    assert isinstance(task.exception(), FeedUnreadable)
    assert longest < 0.5


async def test_a_parser_that_is_killed_at_work_is_replaced(
    server: FeedServer, reader: FeedReader
) -> None:
    """A process that the system ends costs the reading that it was at."""
    healthy = server.serve("/healthy", documents.rss(documents.items(2)))
    await reader.read(feed(healthy))
    (pid,) = workers()
    task = asyncio.create_task(reader.read(feed(server.serve("/stuck", STUCK))))
    assert await until(lambda: server.asked("/stuck"))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(FeedUnreadable):
        await task
    assert (await reader.read(feed(healthy))).parsed is not None


async def test_a_parser_that_is_killed_idle_is_replaced(
    server: FeedServer, reader: FeedReader
) -> None:
    """It costs one reading at most: that which finds it dead."""
    healthy = feed(server.serve("/healthy", documents.rss(documents.items(2))))
    await reader.read(healthy)
    (pid,) = workers()
    os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(FeedUnreadable):
        await reader.read(healthy)
    assert (await reader.read(healthy)).parsed is not None


async def test_closing_ends_stuck_readings_and_processes_at_once(server: FeedServer) -> None:
    """A stop waits for no parser, and leaves none."""
    processes = Processes(2, 30, PRELOAD)
    reader = FeedReader(LOOPBACK, processes, FrozenClock())
    url = server.serve("/stuck", STUCK)
    tasks = [asyncio.create_task(reader.read(feed(url))) for _ in range(3)]
    assert await until(lambda: processes.busy)
    pids = workers()
    began = monotonic()
    await reader.close()
    await processes.close()
    assert monotonic() - began < 1.5
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
    assert all(isinstance(result, FeedUnreadable | FeedUnavailable) for result in results)
    assert all(gone(pid) for pid in pids)
    assert not workers()


async def test_a_cancelled_reading_frees_its_parser(server: FeedServer) -> None:
    """What nobody waits for is not parsed to its end."""
    async with opened(seconds=30) as reader:
        healthy = server.serve("/healthy", documents.rss(documents.items(2)))
        await reader.read(feed(healthy))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(feed(server.serve("/stuck", STUCK))), 0.5)
        reading = await asyncio.wait_for(reader.read(feed(healthy)), 5)
        assert reading.parsed is not None


SERVICE = """
import asyncio, sys
print(__name__, flush=True)

async def main() -> None:
    from tests.feeds import stuck, test_reader as t
    t.worker.read = stuck.read
    async with t.opened(seconds=60) as reader:
        task = asyncio.create_task(reader.read(t.feed(sys.argv[1])))
        assert await t.until(t.workers)
        await asyncio.sleep(0.3)  # the document is on its way to the parser
        print(*t.workers(), "feedparser" in sys.modules, flush=True)
        await task

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_service_and_parsers_load_nothing_of_each_other_and_end_together(
    server: FeedServer, tmp_path: Path
) -> None:
    """Even a stuck parser ends when a killed service can no longer stop it."""
    script = tmp_path / "service.py"
    script.write_text(SERVICE)
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        server.serve("/stuck", STUCK),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert service.stdout is not None
    lines = [await asyncio.wait_for(service.stdout.readline(), 30) for _ in range(2)]
    pid, parser_loaded = lines[1].split()
    assert lines[0] == b"__main__\n"
    assert parser_loaded == b"False"
    assert not gone(int(pid))
    service.kill()
    await service.wait()
    assert await until(lambda: gone(int(pid)), 3)


async def test_a_closed_reader_reads_nothing_and_can_be_closed_again() -> None:
    """Nothing is opened after the end, not even by what was on its way."""
    reader = FeedReader(LOOPBACK, Processes(1, 10), FrozenClock())
    await reader.close()
    await reader.close()
    with pytest.raises(FeedUnavailable, match="stopping"):
        await reader.read(feed("http://127.0.0.1/"))
