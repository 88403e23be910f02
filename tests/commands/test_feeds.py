"""``feeds …``: which there are, and how they are."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands.conftest import Tocsin
from tests.feedserver.documents import items, rss
from tests.feedserver.server import FeedServer

Configured = Callable[..., None]
Write = Callable[[str, str | bytes], Path]


def urls(tocsin: Tocsin) -> list[str]:
    """Give the addresses of all feeds."""
    return [row["url"] for row in tocsin("feeds", "list", "--json").rows]


def opml(*addresses: str) -> str:
    """Give a list of feeds in a folder."""
    outlines = "".join(f'<outline text="Some" xmlUrl="{address}"/>' for address in addresses)
    return f'<opml version="2.0"><body><outline text="F">{outlines}</outline></body></opml>'


def test_the_list_as_json_is_an_object_a_feed(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """Its state, its times and its last trouble, by names that stay."""
    good, bad = feeds.serve("/a", rss(items(1))), feeds.url("/nowhere")
    configured(good, bad)
    assert [row["state"] for row in tocsin("feeds", "list", "--json").rows] == ["new", "new"]
    tocsin("poll")
    healthy, failing = tocsin("feeds", "list", "--json").rows
    assert list(healthy) == list(failing) == [
        "url", "name", "state", "last_read", "next_due", "newest_story", "failures", "last_error",
    ]  # fmt: skip
    assert (healthy["url"], healthy["state"], healthy["failures"]) == (good, "healthy", 0)
    assert healthy["newest_story"] == "2023-06-09T12:00:00Z"
    assert (failing["url"], failing["state"], failing["failures"]) == (bad, "failing", 1)
    assert "404" in failing["last_error"]
    assert (failing["last_read"], failing["newest_story"]) == (None, None)


def test_the_list_for_a_person_keeps_long_addresses_whole(
    tocsin: Tocsin, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe it is searched by line."""
    monkeypatch.setenv("COLUMNS", "40")
    address = "https://news.example/" + "feed/" * 60
    configured(address)
    assert [line for line in tocsin("feeds", "list").out.split("\n") if address in line]


def test_a_feed_is_read_before_it_is_added_and_can_be_removed_again(
    tocsin: Tocsin, feeds: FeedServer
) -> None:
    """It bears the name that it gives itself."""
    url = feeds.serve("/a", rss(items(1), title="Example [News]"))
    assert "added: Example [News]" in tocsin("feeds", "add", url).err
    assert tocsin("feeds", "add", url).code == 0
    assert [(row["url"], row["name"]) for row in tocsin("feeds", "list", "--json").rows] == [
        (url, "Example [News]")
    ]
    assert tocsin("feeds", "remove", url).code == 0
    tocsin("feeds", "remove", url).failed(2, "is not among the feeds")
    assert urls(tocsin) == []


def test_what_is_no_feed_is_not_added(tocsin: Tocsin, feeds: FeedServer) -> None:
    """The sentence says what was found there instead."""
    page = feeds.serve("/page", "<html><body>News</body></html>", content_type="text/html")
    tocsin("feeds", "add", page).failed(1, "web page")
    tocsin("feeds", "add", feeds.url("/nowhere")).failed(1, "404")
    for slip in ("news.example", "http://[::1", "file:///etc/passwd", "", "http://"):
        tocsin("feeds", "add", slip).failed(2, "write it in full")
    assert urls(tocsin) == []


def test_a_feed_of_the_settings_is_removed_in_the_settings(
    tocsin: Tocsin, configured: Configured
) -> None:
    """Otherwise the next start would bring it back."""
    configured("https://news.example/feed")
    tocsin("feeds", "remove", "https://news.example/feed").failed(2, "stands in the settings")


def test_a_check_reads_every_feed_and_stores_nothing(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """The exit code says whether anything is wrong, the table what."""
    good = feeds.serve("/good", rss(items(1)))
    configured(good)
    assert tocsin("feeds", "check").code == 0
    configured(good, feeds.serve("/bare", rss([])), feeds.url("/nowhere"))
    done = tocsin("feeds", "check")
    assert done.code == 1
    found = {line.split("│")[2].strip(): line for line in done.out.split("\n") if "http" in line}
    assert "good" in found[good]
    assert "holds no story" in found[feeds.url("/bare")]
    assert "404" in found[feeds.url("/nowhere")]
    assert {row["state"] for row in tocsin("feeds", "list", "--json").rows} == {"new"}


# ── OPML ─────────────────────────────────────────────────────────────────────────────────────


def test_a_list_that_was_exported_can_be_imported(
    tocsin: Tocsin, write: Write, configured: Configured
) -> None:
    """Into another Tocsin, and into the same without any effect."""
    wanted = [f"https://news.example/{name}?a=1&b=ж" for name in "abc"]
    configured(*wanted)
    exported = tocsin("feeds", "export").out
    assert {line.get("xmlUrl") for line in ET.fromstring(exported).iter("outline")} == set(wanted)  # noqa: S314 - our own
    file = write("feeds.opml", exported)
    assert tocsin("feeds", "import", file).err == "new feeds: 0\n"
    configured()
    assert tocsin("feeds", "import", file).err == "new feeds: 3\n"
    assert urls(tocsin) == wanted


def test_an_address_that_cannot_be_used_is_told_and_the_others_are_added(
    tocsin: Tocsin, write: Write
) -> None:
    """Old lists have their rot."""
    rotten = ["http://[::1", "http:///feed", "https://a b/", "http://h/" + "x" * 5000]
    file = write("feeds.opml", opml("https://a.example/", *rotten, "ftp://b.example/"))
    done = tocsin("feeds", "import", file)
    done.failed(1, "new feeds: 1")
    assert [url for url in rotten if url[:100] not in done.err] == []
    assert urls(tocsin) == ["https://a.example/"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not OPML"),
        ("<opml>", "not OPML"),
        (b"\0\xff", "not OPML"),
        ("<opml/>", "holds no feed"),
        (opml("ftp://a.example/"), "holds no feed"),
        ("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", "document type"),
        (" " * 6_000_000, "larger than"),
    ],
)
def test_what_is_no_list_of_feeds_is_wrong_use(
    tocsin: Tocsin, write: Write, elsewhere: Path, content: str | bytes, words: str
) -> None:
    """The sentence says why, and nothing was touched."""
    tocsin("feeds", "import", write("feeds.opml", content)).failed(2, words)
    assert not elsewhere.exists()


def test_a_list_that_cannot_be_opened_is_named(tocsin: Tocsin, tmp_path: Path) -> None:
    """A file that is not there, and a directory."""
    tocsin("feeds", "import", tmp_path / "nowhere").failed(2, "nowhere cannot be read")
    tocsin("feeds", "import", tmp_path).failed(2, "cannot be read")


def test_feeds_of_an_unusable_directory_are_a_sentence(
    tocsin: Tocsin, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that needs the store says the same."""
    file = write("file", "")
    monkeypatch.setenv("TOCSIN_SERVICE__DATA_DIR", str(file / "data"))
    listed = write("feeds.opml", opml("https://a.example/"))
    for command in (["list"], ["check"], ["export"], ["import", listed], ["list", "--json"]):
        done = tocsin("feeds", *command)
        done.failed(1, "service.data_dir")
        assert done.out == ""
    assert json.dumps(str(file))[1:-1] in done.err
