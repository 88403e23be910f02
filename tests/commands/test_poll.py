"""``poll``: one pass over the feeds, in the light of day."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from bot.models import ChatKind
from bot.storage.store import open_store
from tests.commands.conftest import Tocsin
from tests.feedserver.documents import Item, items, json_feed, rss
from tests.feedserver.server import FeedServer

Configured = Callable[..., None]

HOT = Item(
    guid="hot",
    title="Turkey delivers Bayraktar drones to Ukraine",
    summary="The drones came by ship.",
    link="https://news.example/hot",
)
KEYS = ["id", "feed", "title", "url", "published", "summary", "topics", "tags", "why"]


@pytest.mark.parametrize(
    "url", ["", "news.example", "ftp://news.example/", "http://", "http://[::1", "https://a b/"]
)
def test_what_is_no_address_is_wrong_use_and_nothing_is_read(
    tocsin: Tocsin, feeds: FeedServer, url: str
) -> None:
    """A slip in one address is told before a minute goes by with the others."""
    good = feeds.serve("/good", rss([HOT]))
    done = tocsin("poll", good, url)
    done.failed(2, "write")
    assert done.out == ""
    assert feeds.requests == []


def test_a_feed_in_the_private_network_is_refused_in_a_sentence(
    tocsin: Tocsin, feeds: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the settings allow its network."""
    url = feeds.serve("/good", rss([HOT]))
    assert tocsin("poll", url).code == 0
    monkeypatch.delenv("TOCSIN_NETWORK__ALLOW_PRIVATE")
    done = tocsin("poll", url)
    done.failed(1, f"failed: {url}: ")
    assert "network.allow_private" in done.err


def test_good_feeds_are_told_and_bad_ones_beside_them_too(
    tocsin: Tocsin, feeds: FeedServer
) -> None:
    """One bad feed costs its own stories only, and the exit code says that there was one."""
    good = feeds.serve("/good", rss([HOT, *items(2)]))
    bad = [
        feeds.serve("/page", "<html><body>News</body></html>", content_type="text/html"),
        feeds.serve("/empty", ""),
        feeds.serve("/gone", "", status=410),
        feeds.url("/nowhere"),
        feeds.drop("/dropped"),
    ]
    done = tocsin("poll", "--json", bad[0], good, *bad[1:], good)
    done.failed(1, "feeds read: 1 of 6; new stories: 3, tagged: 1")
    assert [row["title"] for row in done.rows] == [HOT.title]
    assert [url for url in bad if f"failed: {url}: " not in done.err] == []


def test_a_story_as_json_has_the_keys_of_the_contract(tocsin: Tocsin, feeds: FeedServer) -> None:
    """Tagged stories, and with ``--all`` the others too, each on one line however long."""
    other = Item(guid="other", title="Rain in Peru", summary="It rains. " * 300, date=None)
    url = feeds.serve("/feed", rss([HOT, other]))
    [tagged] = tocsin("poll", "--json", url).rows
    rows = {row["title"]: row for row in tocsin("poll", "--all", "--json", url).rows}
    untagged = rows["Rain in Peru"]
    assert rows == {HOT.title: tagged, "Rain in Peru": untagged}
    assert list(tagged) == list(untagged) == KEYS
    assert (tagged["feed"], tagged["url"]) == (url, HOT.link)
    assert tagged["published"] == "2023-06-09T12:00:00Z"
    assert "drone_supply" in tagged["tags"]
    assert set(tagged["why"]) == set(tagged["tags"])
    assert (untagged["published"], untagged["tags"], untagged["why"]) == (None, [], {})
    assert set(untagged["topics"]) == {"drone_supply", "sanctions", "ukraine_aid"}


def test_a_story_for_a_person_has_its_source_its_topics_and_its_link(
    tocsin: Tocsin, feeds: FeedServer
) -> None:
    """What the terminal shows."""
    hostile = Item(guid="x", title="[bold]Drones[/] for Ukraine \x1b[31m", link="https://a.example")
    url = feeds.serve("/feed", json_feed([HOT, hostile]))
    out = tocsin("poll", "--all", url).out
    assert [part for part in (HOT.title, url, "drone_supply", HOT.link) if part not in out] == []
    assert "[bold]Drones[/] for Ukraine" in out
    assert "\x1b" not in out


def test_nothing_remains_of_given_feeds(
    tocsin: Tocsin,
    feeds: FeedServer,
    elsewhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their store is thrown away, and the service's own is not touched."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert tocsin("poll", feeds.serve("/good", rss([HOT]))).code == 0
    # The module of processes keeps a directory of its own until this process ends.
    assert [path for path in folder.iterdir() if not path.name.startswith("pymp-")] == []
    assert not elsewhere.exists()


def test_configured_feeds_are_stored_and_a_second_pass_tells_nothing_twice(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """Only what is new is printed."""
    url = feeds.serve("/feed", rss([HOT]))
    configured(url)
    assert [row["title"] for row in tocsin("poll", "--json").rows] == [HOT.title]
    again = tocsin("poll", "--json", "--all")
    assert (again.code, again.out) == (0, "")
    feeds.serve("/feed", rss([Item(guid="new", title="Rain in Peru"), HOT]))
    assert [row["title"] for row in tocsin("poll", "--json", "--all").rows] == ["Rain in Peru"]


@pytest.mark.parametrize("served", [False, True])
def test_alerts_wait_in_the_outbox_until_the_service_runs(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured, elsewhere: Path, served: bool
) -> None:
    """``poll`` sends nothing; the terminal is owed alerts too, unless a service is at work."""

    async def subscribe() -> None:
        store = await open_store(f"sqlite:///{elsewhere / 'tocsin.db'}")
        await store.ensure_chat(7, ChatKind.PRIVATE, datetime.now(UTC))
        await store.follow(7, 0, ["drone_supply"])
        await store.close()

    configured(feeds.serve("/feed", rss(items(1))))
    elsewhere.mkdir()
    service = FileLock(elsewhere / "service.lock").acquire(timeout=5) if served else nullcontext()
    with service:
        tocsin("poll")
        asyncio.run(subscribe())
        now = Item(guid="hot", title=HOT.title, link=HOT.link, date=datetime.now(UTC))
        feeds.serve("/feed", rss([now, *items(1)]))
        assert tocsin("poll").code == 0
    with closing(sqlite3.connect(elsewhere / "tocsin.db")) as database:
        owed = database.execute("SELECT chat_id, state FROM outbox ORDER BY chat_id").fetchall()
    assert owed == [(7, "waiting")] if served else [(0, "waiting"), (7, "waiting")]


def test_a_store_that_fails_in_the_middle_is_a_sentence(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured, elsewhere: Path
) -> None:
    """Whatever was read before is told, and no traceback comes out of the tasks."""
    configured(feeds.serve("/a", rss([HOT])), feeds.serve("/b", rss(items(2))))
    tocsin("db", "upgrade")
    with closing(sqlite3.connect(elsewhere / "tocsin.db")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON stories BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    tocsin("poll").failed(1, "cannot be used")


def test_no_feed_at_all_is_no_fault(tocsin: Tocsin) -> None:
    """An empty list is read in no time."""
    done = tocsin("poll", "--json")
    assert (done.code, done.out) == (0, "")
