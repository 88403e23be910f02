"""``feeds …``: which there are, and how they are."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands.conftest import Tocsin
from tests.feedserver.documents import Item, items, rss
from tests.feedserver.server import FeedServer

Configured = Callable[..., None]
Write = Callable[[str, str | bytes], Path]


def urls(tocsin: Tocsin) -> list[str]:
    """Give the addresses of all feeds."""
    return [row["url"] for row in tocsin("feeds", "list", "--json").rows]


def fresh(count: int) -> list[Item]:
    """Give items of this minute."""
    now = datetime.now(UTC).replace(microsecond=0)
    return [replace(item, date=now) for item in items(count)]


def page(*addresses: str) -> str:
    """Give a web page that names feeds."""
    links = (
        f'<link rel="alternate" type="application/rss+xml" title="Feed {number}" href="{address}">'
        for number, address in enumerate(addresses, start=1)
    )
    return f"<html><head>{''.join(links)}</head><body>News</body></html>"


def opml(*addresses: str) -> str:
    """Give a list of feeds in a folder."""
    outlines = "".join(f'<outline text="Some" xmlUrl="{address}"/>' for address in addresses)
    return f'<opml version="2.0"><body><outline text="F">{outlines}</outline></body></opml>'


def test_the_list_as_json_is_an_object_a_feed(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """Its state, its times and its last trouble, by names that stay."""
    good, bad = feeds.serve("/a", rss(fresh(1))), feeds.url("/nowhere")
    configured(good, bad)
    assert [row["state"] for row in tocsin("feeds", "list", "--json").rows] == ["new", "new"]
    tocsin("poll")
    healthy, failing = tocsin("feeds", "list", "--json").rows
    assert list(healthy) == list(failing) == [
        "url", "name", "state", "since", "why", "last_read", "next_due", "newest_story", "failures",
        "last_error", "address", "official",
    ]  # fmt: skip
    assert (healthy["url"], healthy["state"], healthy["failures"]) == (good, "healthy", 0)
    assert healthy["newest_story"].endswith("Z")
    assert healthy["since"] is None
    assert (failing["url"], failing["state"], failing["failures"]) == (bad, "failing", 1)
    assert "404" in failing["last_error"] == failing["why"]
    assert failing["since"].endswith("Z")
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
    again = tocsin("feeds", "add", url)
    assert (again.code, again.err) == (0, "already there: Example [News]\n")
    assert [(row["url"], row["name"]) for row in tocsin("feeds", "list", "--json").rows] == [
        (url, "Example [News]")
    ]
    assert tocsin("feeds", "remove", url).code == 0
    tocsin("feeds", "remove", url).failed(2, "is not among the feeds")
    assert urls(tocsin) == []


def test_what_is_no_feed_is_not_added(tocsin: Tocsin, feeds: FeedServer) -> None:
    """The sentence says so, whatever was found there."""
    page = feeds.serve("/page", "<html><body>News</body></html>", content_type="text/html")
    tocsin("feeds", "add", page).failed(1, "this is a web page, not a feed, and it leads to none")
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


def test_a_page_that_names_one_feed_stands_for_it(tocsin: Tocsin, feeds: FeedServer) -> None:
    """Who has only the address of a site need not search for its feed."""
    url = feeds.serve("/feed.xml", rss(fresh(1), title="Example News"))
    site = feeds.serve("/", page("/feed.xml"), content_type="text/html")
    assert "added: Example News" in tocsin("feeds", "add", site).err
    assert urls(tocsin) == [url]


def test_of_several_feeds_of_a_page_one_must_be_chosen(tocsin: Tocsin, feeds: FeedServer) -> None:
    """They are listed with their titles, and none is added."""
    site = feeds.serve("/", page("/a.xml", "/b.xml"), content_type="text/html")
    done = tocsin("feeds", "add", site)
    done.failed(1, "names 2 feeds")
    listed = [tuple(line.split(maxsplit=1)) for line in done.out.splitlines()]
    assert listed == [(feeds.url("/a.xml"), "Feed 1"), (feeds.url("/b.xml"), "Feed 2")]
    assert urls(tocsin) == []


def test_a_page_whose_feed_cannot_be_read_adds_nothing(tocsin: Tocsin, feeds: FeedServer) -> None:
    """What a page names is read before it is believed."""
    site = feeds.serve("/", page("/gone.xml"), content_type="text/html")
    tocsin("feeds", "add", site).failed(1, "404")
    assert urls(tocsin) == []


def test_a_check_reads_every_feed_and_stores_nothing(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """The exit code says whether anything is wrong, the table what, the bad ones last."""
    good = feeds.serve("/good", rss(fresh(2)))
    configured(good)
    assert tocsin("feeds", "check").code == 0
    bare, old = feeds.serve("/bare", rss([])), feeds.serve("/old", rss(items(3)))
    lost = feeds.url("/nowhere")
    configured(bare, lost, old, good)
    done = tocsin("feeds", "check")
    assert done.code == 1
    rows = [[cell.strip() for cell in line.split("│")[2:-1]] for line in done.out.split("\n")]
    found = {row[0]: row[1:] for row in rows if row and "http" in row[0]}
    assert next(iter(found)) == good
    assert found[good][:3] == ["healthy", "2", "just now"]
    assert found[bare][:3] == ["empty", "0", ""]
    assert found[old][:2] == ["stale", "3"]
    assert "holds no story" in found[bare][-1]
    assert "newest story" in found[old][-1]
    assert "404" in found[lost][-1]
    assert {row["state"] for row in tocsin("feeds", "list", "--json").rows} == {"new"}


def test_a_check_of_given_feeds_needs_no_settings_and_no_database(
    tocsin: Tocsin, feeds: FeedServer, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yet what the settings know of a feed counts: an official one may be silent for long."""
    silent = rss([replace(items(1)[0], date=datetime.now(UTC) - timedelta(days=200))])
    press, office = feeds.serve("/press", silent), feeds.serve("/office", silent)
    unasked = {"url": feeds.url("/unasked")}
    monkeypatch.setenv("TOCSIN_FEEDS", json.dumps([{"url": office, "official": True}, unasked]))
    done = tocsin("feeds", "check", "--json", press, office)
    assert done.code == 1
    assert [list(row) for row in done.rows] == [
        ["url", "name", "state", "stories", "newest_story", "seconds", "why"]
    ] * 2
    assert [row["url"] for row in done.rows] == [press, office]
    assert [row["state"] for row in done.rows] == ["stale", "healthy"]
    assert not feeds.asked("/unasked")
    assert not elsewhere.exists()
    tocsin("feeds", "check", "news.example").failed(2, "write it in full")


def test_the_list_shows_bad_feeds_last(
    tocsin: Tocsin, feeds: FeedServer, configured: Configured
) -> None:
    """What must be seen stands where a terminal ends."""
    good = feeds.serve("/z", rss(fresh(1)))
    configured(feeds.url("/a"), good)
    tocsin("poll")
    shown = [line for line in tocsin("feeds", "list").out.split("\n") if "http" in line]
    assert [good in line for line in shown] == [True, False]
    assert "healthy: read just now, newest story just now" in shown[0]
    assert "failing for less than a minute" in shown[1]
    assert " in " in shown[1]


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


def test_all_that_is_known_of_a_feed_goes_with_the_list(
    tocsin: Tocsin, write: Write, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who moves to another machine takes owners, topics and folders along."""
    full = {
        "url": "https://a.example/", "name": "A", "country": "UA", "owner": "state",
        "official": True, "lang": "uk", "topics": ["sanctions"], "interval": 600.0,
        "folder": "Kyiv/AC\\/DC",
    }  # fmt: skip
    monkeypatch.setenv("TOCSIN_FEEDS", json.dumps([full]))
    exported = tocsin("feeds", "export").out
    configured()
    assert tocsin("feeds", "import", write("feeds.opml", exported)).err == "new feeds: 1\n"
    again = tocsin("feeds", "export").out
    date = "<dateCreated>"
    assert again.partition(date)[2][40:] == exported.partition(date)[2][40:]
    [outline] = [line for line in ET.fromstring(again).iter("outline") if line.get("xmlUrl")]  # noqa: S314 - our own
    assert outline.get("{urn:tocsin:opml}owner") == "state"


def test_what_the_settings_would_refuse_is_not_imported(tocsin: Tocsin, write: Write) -> None:
    """A list that was edited by hand is held to the same rules."""
    own = 'xmlns:t="urn:tocsin:opml" t:country="Ukraine" t:interval="0.001"'
    listed = f'<opml><body><outline xmlUrl="https://a.example/" {own}/></body></opml>'
    tocsin("feeds", "import", write("feeds.opml", listed)).failed(1, "https://a.example/: country")
    assert urls(tocsin) == []


def test_an_address_that_cannot_be_used_is_told_and_the_others_are_added(
    tocsin: Tocsin, write: Write
) -> None:
    """Old lists have their rot."""
    rotten = ["http://[::1", "http:///feed", "https://a b/", "http://h/" + "x" * 5000]
    rotten += ["ftp://b.example/", "feed://c.example/"]
    file = write("feeds.opml", opml("https://a.example/", *rotten))
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
        (opml(" "), "holds no feed"),
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
