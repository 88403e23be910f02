"""Finding the feeds of a page: in its markup, and by asking."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedDeferred, FeedError, FeedUnavailable
from bot.feeds.discovery import MOST, TITLE_LIMIT, feed_links
from bot.feeds.links import LINK_LIMIT
from bot.feeds.reader import USUAL_PLACES, FeedReader
from tests.feeds.conftest import opened
from tests.feedserver import documents
from tests.feedserver.server import FeedServer

HERE = "https://news.example/world/index.html"
RSS = 'rel="alternate" type="application/rss+xml"'


def links(page: str | bytes, content_type: str = "text/html; charset=utf-8") -> list[str]:
    """Give the addresses of the feeds that a page names."""
    body = page.encode() if isinstance(page, str) else page
    return [feed.address for feed in feed_links(body, HERE, content_type)]


# ── in the markup ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markup", "addresses"),
    [
        (f'<link {RSS} href="/feed">', ["https://news.example/feed"]),
        (f'<link {RSS} href="feed.xml">', ["https://news.example/world/feed.xml"]),
        (f'<link {RSS} href="//cdn.example/f#top">', ["https://cdn.example/f"]),
        (f'<link {RSS} href=" /a?b=1&amp;c=2 ">', ["https://news.example/a?b=1&c=2"]),
        ("<LINK REL=Alternate TYPE='Application/Atom+XML' HREF=/f>", ["https://news.example/f"]),
        ('<link rel="alternate" type="application/feed+json" href=/j>', ["https://news.example/j"]),
        ('<link rel="alternate" type="application/json" href=/j>', ["https://news.example/j"]),
        (f'<base href="/b/"><link {RSS} href=f>', ["https://news.example/b/f"]),
        (f'<base target=x><base href="http://["><link {RSS} href=/f>', ["https://news.example/f"]),
        (f"<body><p><link {RSS} href=/f>", ["https://news.example/f"]),
        ('<link rel="home alternate" type="application/rss+xml; x=1" href=/f', []),
        (
            '<link rel="x alternate" type="application/rss+xml;x" href=/f>',
            ["https://news.example/f"],
        ),
        ('<link rel="stylesheet" type="application/rss+xml" href=/f>', []),
        ('<link rel="alternate" type="text/html" href=/f>', []),
        ('<link rel="alternate" type="application/json" href=/wp-json/wp/v2/posts/1>', []),
        (f"<link {RSS}>", []),
        (f'<link {RSS} href="">', []),
        (f'<link {RSS} href="javascript:alert(1)">', []),
        (f'<link {RSS} href="file:///etc/passwd">', []),
        (f'<link {RSS} href="http://[">', []),
        (f'<link {RSS} href="/{"a" * LINK_LIMIT}">', []),
        (f'<link {RSS} href="/a b">', ["https://news.example/a%20b"]),
        (f'<link {RSS} href="/&#x202e;lmx.deef">', []),
        (f'<link {RSS} href="/&#27;[2J">', []),
        (f"<!-- <link {RSS} href=/f> -->", []),
        (f"<link {RSS} href=/f><link {RSS} href=/f#again>", ["https://news.example/f"]),
        ("", []),
        ("plain text", []),
        ("{}", []),
    ],
)
def test_a_page_names_its_feeds(markup: str, addresses: list[str]) -> None:
    """However it is written, and only what a feed can be read from."""
    assert links(f"<html><head>{markup}") == addresses
    assert links(markup) == addresses


def test_feeds_of_comments_come_last_and_titles_are_text() -> None:
    """Who takes the first takes the news."""
    page = f"""<link {RSS} href="/comments/feed/" title="Site &raquo; Comments">
        <link {RSS} href="/feed/" title="  The &lt;b&gt;News&lt;/b&gt;
        of Łódź  "><link {RSS} href="/x" title="{"x" * 999}">"""
    found = feed_links(page.encode(), HERE, "text/html; charset=utf-8")
    assert [feed.address.rpartition("example")[2] for feed in found] == [
        "/feed/",
        "/x",
        "/comments/feed/",
    ]
    assert found[0].title == "The News of Łódź"
    assert len(found[1].title) <= TITLE_LIMIT


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "no-such-charset"])
def test_a_title_is_read_as_the_server_says_it_is_written(charset: str) -> None:
    """A charset that nobody knows is no reason to find nothing."""
    known = charset if "no" not in charset else "utf-8"
    page = f'<link {RSS} href="/f" title="Новости">'.encode(known)
    (found,) = feed_links(page, HERE, f"text/html; charset={charset}")
    assert found.title == "Новости" or charset.startswith("no")


def test_a_page_of_many_feeds_names_twenty() -> None:
    """Nobody chooses from a thousand."""
    many = "".join(f"<link {RSS} href=/{n}>" for n in range(1000))
    assert links(many) == [f"https://news.example/{n}" for n in range(MOST)]


@given(st.binary() | st.text(alphabet="<>link base href='\"/&#;\0").map(str.encode), st.text())
def test_any_page_names_feeds_of_the_web_or_none(page: bytes, content_type: str) -> None:
    """Nothing that a page holds raises, or gives what cannot be asked for."""
    head = f"<link {RSS} href=".encode()
    for found in feed_links(head + page, HERE, content_type):
        assert found.address.startswith(("http://", "https://"))
        assert found.address.isprintable()


@pytest.mark.parametrize(
    "page", ["<div>" * 200_000, "<!--" * 50_000, "<base>" * 100_000, "<link " + "a " * 100_000]
)
def test_a_hostile_page_is_looked_through_all_the_same(page: str) -> None:
    """Depth and number cost time, and that is limited elsewhere; they break nothing."""
    assert links(f"<link {RSS} href=/f>{page}") == ["https://news.example/f"]


# ── by asking ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def reader() -> AsyncIterator[FeedReader]:
    """A reader of the publisher's server."""
    async with opened() as open_reader:
        yield open_reader


FEED = documents.rss(documents.items(2))


async def test_a_feed_is_its_own_feed(server: FeedServer, reader: FeedReader) -> None:
    """It is found where it was asked for, or where it has moved for good."""
    url = server.serve("/a", FEED)
    assert await reader.discover(url) == [(url, "Example News")]
    assert await reader.discover(server.redirect("/b", "/a")) == [
        (server.url("/b"), "Example News")
    ]
    assert await reader.discover(server.redirect("/c", "/a", status=301)) == [(url, "Example News")]


async def test_a_page_gives_the_feeds_that_it_names(server: FeedServer, reader: FeedReader) -> None:
    """They are completed by where the page was found, and not asked for themselves."""
    page = f"<html><head><link {RSS} href=f title=News></head></html>"
    server.serve("/x/page", page, content_type="text/html")
    found = await reader.discover(server.redirect("/", "/x/page"))
    assert found == [(server.url("/x/f"), "News")]
    assert len(server.requests) == 2


async def test_a_page_without_links_is_searched_at_the_usual_places(
    server: FeedServer, reader: FeedReader
) -> None:
    """Pages that answer everything are passed over, and the first feed ends the search."""
    page = server.serve("/world/", "<html><body>News", content_type="text/html")
    server.serve("/feed/", "<html><body>Not here", content_type="text/html")
    server.serve("/rss.xml", FEED)
    server.serve("/atom.xml", FEED)
    assert await reader.discover(page) == [(server.url("/rss.xml"), "Example News")]
    assert [request.path for request in server.requests] == [
        "/world/",
        "/feed/",
        "/rss",
        "/rss.xml",
    ]


async def test_a_page_without_any_feed_is_told_so(server: FeedServer, reader: FeedReader) -> None:
    """Six places are tried, no more, and the sentence says what was not found."""
    page = server.serve("/", "<html><body>News", content_type="text/html")
    with pytest.raises(FeedError, match="it leads to none"):
        await reader.discover(page)
    assert [request.path for request in server.requests] == ["/", *USUAL_PLACES]


async def test_a_search_ends_where_the_host_asks_for_it(
    server: FeedServer, reader: FeedReader
) -> None:
    """429 at the first place is the last request."""
    page = server.serve("/", "<html><body>News", content_type="text/html")
    server.serve("/feed/", b"", status=429)
    with pytest.raises(FeedDeferred):
        await reader.discover(page)
    assert len(server.requests) == 2


async def test_an_address_that_cannot_be_read_is_told_as_such(
    server: FeedServer, reader: FeedReader
) -> None:
    """What is not there is not searched."""
    with pytest.raises(FeedUnavailable, match="404"):
        await reader.discover(server.url("/missing"))
    assert len(server.requests) == 1
