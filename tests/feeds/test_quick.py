"""The quick road and feedparser's give the same stories, or the quick one leaves the document."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from bot.feeds import documents, jsonfeed, parse, quick
from bot.feeds.text import plain
from bot.models import Entry, ParsedFeed
from tests.builders import NOW
from tests.feeds.generated import NAMESPACES, atom_documents, rss_documents
from tests.feedserver.documents import Item, atom, json_feed, rss

URL = "https://news.example/feeds/main.xml"

Fields = Any


def stories(feed: Fields, items: list[Fields]) -> tuple[str, str, list[Entry]]:
    """Give what is made of a road's fields: the title and language of the feed, and its stories."""
    title, lang = plain(feed.get("title") or "", 500), parse.language(feed.get("language"))
    whole = ParsedFeed(title=title, lang=lang)
    return title, lang, [parse._entry(item, URL, whole, NOW) for item in items]


def quickly(document: str) -> tuple[str, str, list[Entry]] | None:
    """Read a document on the quick road."""
    known = quick.fields(documents.safe(document.encode(), ""), 100)
    return stories(*known) if known else None


def slowly(document: str) -> tuple[str, str, list[Entry]]:
    """Read a document by feedparser."""
    feed, items, _ = parse._slow(documents.safe(document.encode(), ""), 100)
    return stories(feed, items)


@settings(deadline=None)
@given(rss_documents() | atom_documents())
def test_both_roads_give_the_same_stories(document: str) -> None:
    """Whatever a feed holds, its stories do not tell which road they came by."""
    found = quickly(document)
    assert found is None or found == slowly(document)


@pytest.mark.parametrize("render", [rss, atom])
def test_ordinary_documents_take_the_quick_road(render: Callable[..., bytes]) -> None:
    """What nearly all feeds look like is not left to feedparser."""
    body = "<p>First &amp; second</p>"
    told = [Item(guid=str(n), title=f"Story {n}", link=f"/{n}", body=body) for n in range(3)]
    document = render(told).decode()
    found = quickly(document)
    assert found == slowly(document)
    assert found is not None
    assert [story.title for story in found[2]] == ["Story 0", "Story 1", "Story 2"]


def item(inside: str, attributes: str = "") -> str:
    """Give an RSS document of one item."""
    rss = f'<rss version="2.0" {NAMESPACES}{attributes}>'
    return f"{rss}<channel><item>{inside}</item></channel></rss>"


def entry(inside: str, attributes: str = "") -> str:
    """Give an Atom document of one entry."""
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {attributes}>'
    return f"{feed}<entry>{inside}</entry></feed>"


LINKS = (
    '<link rel="self" href="/s"/><link href="https://a.example/1"/>'
    '<link rel="alternate" type="application/json" href="/2"/><link href="/3" type="text/html"/>'
)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (item("<title>Ã\u0090Â°</title>"), {"title": "Ð°"}),
        (item("<title>\x93a\x94</title>"), {"title": "“a”"}),
        (item("<title>a</title><title>b</title>"), {"title": "a"}),
        (item("<title/><title>b</title>"), {"title": "b"}),
        (item("<media:title>m</media:title><title>t</title>"), {"title": "t"}),
        (item("<media:group><media:title>m</media:title></media:group>"), {"title": "m"}),
        (item("<link>http://a.example/?a=1&amp;amp;b=2</link>"), {"link": "http://a.example/?a=1&b=2"}),
        (item("<guid>http://a.example/1</guid>"), {"link": "http://a.example/1"}),
        (item('<guid isPermaLink="false">http://a.example/1</guid>'), {"link": ""}),
        (item("<description>a</description><description>b b</description>"),
         {"summary": "a", "body": "b b"}),
        (item("<content:encoded>long text</content:encoded><description>d</description>"),
         {"summary": "d", "body": "long text"}),
        (item("<description>d</description><itunes:summary>longer</itunes:summary>"),
         {"summary": "d", "body": "longer"}),
        (item("<content:encoded>c</content:encoded><description>d</description><media:group>"
              "<media:description>deeper</media:description></media:group>"), {"summary": "d"}),
        (item("<dc:date>2025-06-09</dc:date><pubDate>2025-06-08</pubDate>"), {"published": 8}),
        (item("<title>Head - Outlet</title><source url='/'>Outlet</source>"),
         {"title": "Head", "outlet": "Outlet"}),
        (item("<title>t</title>", ' xml:lang="uk"'), {"lang": "uk"}),
        (item("<feedburner:origLink>http://a.example/1</feedburner:origLink><link>/2</link>"),
         {"link": "http://a.example/1"}),
        (entry(LINKS), {"link": "https://news.example/3"}),
        (entry(f"<id>https://a.example/own</id>{LINKS}"), {"link": "https://a.example/own"}),
        (entry('<link href="1"/>', 'xml:base="https://b.example/x/"'), {"link": "https://b.example/x/1"}),
        (entry("<updated>2025-06-09T00:00:00Z</updated><published>2025-06-07</published>"),
         {"published": 7}),
        (entry('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<b>b</b></div></title>'),
         {"title": "ab"}),
        (entry('<content type="html">&lt;p&gt;a&lt;/p&gt;</content>'), {"summary": "a"}),
        (entry("<source><title>Other</title></source><title>t - Other</title>"),
         {"title": "t", "outlet": "Other"}),
    ],
)  # fmt: skip
def test_the_traps_of_real_feeds_are_known_to_the_quick_road(
    document: str, told: dict[str, Any]
) -> None:
    """Each is served, equals feedparser's reading, and is what was meant."""
    found = quickly(document)
    assert found is not None
    assert found == slowly(document)
    story = found[2][0]
    for name, value in told.items():
        field = getattr(story, name)
        assert (field.day if name == "published" else field) == value


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE rss>" + item("<title>t</title>"),
        item("<title>A&nbsp;B</title>"),
        item("<title>a</b>"),
        item("<title><b>a</b></title>"),
        item("<title>t</title>").replace("<rss ", '<rss xmlns="urn:unknown" '),
        item("<title>t</title>").replace("/dc/elements/1.1/", "/rss/1.0/modules/content/"),
        item("<item><title>t</title></item>"),
        item('<other:x xmlns:other="http://purl.org/dc/elements/1.1/">t</other:x>'),
        item("<date>2025-06-09</date>"),
        item("<title xmlns='urn:unknown'>t</title>"),
        item('<content type="application/pdf">QUFB</content>'),
        item("<a>" * 1000 + "</a>" * 1000),
        item("<a/>" * 200_001),
        entry('<title xml:base="https://b.example/">t</title>'),
        entry('<content type="xhtml"><svg/></content>'),
        entry('<content type="xhtml"><title>t</title></content>'),
        entry(
            '<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml" xml:base="/"/></content>'
        ),
        item("<title>t</title>").replace(
            "<item>", "<image><url><item><title>u</title></item></url></image><item>"
        ),
        "<html><body/></html>",
        "<rss version='2.0'><channel/></rss>",
        "",
    ],
)
def test_what_is_strange_is_left_to_feedparser(document: str) -> None:
    """A document that is broken, or means what few know, is not guessed at."""
    assert quickly(document) is None


def test_space_before_the_declaration_is_no_reason_to_leave_a_document() -> None:
    """Many publishers' programs print a line too early."""
    body = b"\n" + rss([Item(title="t")])
    known = quick.fields(documents.safe(body, ""), 100)
    assert known is not None
    assert known[1][0]["title"] == "t"


def test_no_more_entries_are_read_than_are_asked_for() -> None:
    """On no road does a document of very many entries cost more than its first ones."""
    told = [Item(title=f"t{n}") for n in range(9)]
    known = quick.fields(documents.safe(rss(told), ""), 4)
    assert known is not None
    assert len(known[1]) == 4
    assert len(jsonfeed.fields(json_feed(told), 4)[1]) == 4
    assert documents.beginning(rss(told), 4).count(b"<item>") == 4


def test_an_unknown_element_with_attributes_is_left_to_feedparser() -> None:
    """It keeps the attributes in place of a text, also of the text of one before."""
    document = item(
        "<feedburner:origLink>http://a.example/1</feedburner:origLink>"
        '<feedburner:origLink xml:lang="de"/>'
    )
    assert quickly(document) is None
    assert [each.link for each in slowly(document)[2]] == [""]
