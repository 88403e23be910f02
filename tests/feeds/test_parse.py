"""Documents to entries."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.feeds.parse import BODY_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT, language, parse
from bot.models import Entry, ParsedFeed
from tests.builders import NOW
from tests.feedserver import documents
from tests.feedserver.documents import RENDERERS, SOME_DAY, Item

URL = "https://news.example/feeds/main.xml"


def read(body: bytes | str, **what: Any) -> ParsedFeed:
    """Parse a document."""
    asked: dict[str, Any] = {"url": URL, "content_type": "", "max_entries": 100, "now": NOW} | what
    return parse(body.encode() if isinstance(body, str) else body, **asked)


def only(body: bytes | str, **what: Any) -> Entry:
    """Parse a document of one entry."""
    (entry,) = read(body, **what).entries
    return entry


def item(inside: str, version: str = "2.0") -> str:
    """Give an RSS document of one item."""
    return (
        f'<rss version="{version}"><channel><title>C</title><item>{inside}</item></channel></rss>'
    )


def atom(inside: str, attributes: str = "") -> str:
    """Give an Atom document of one entry."""
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>'
    return f"{feed}<title>C</title><entry>{inside}</entry></feed>"


# ── formats ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_story_comes_out_of_every_format(name: str) -> None:
    """RSS, Atom and JSON Feed differ in notation alone."""
    render, content_type = RENDERERS[name]
    told = Item(
        guid="g1",
        title="Sanctions & drones: “more” <soon>",
        summary="First sentence. Second.",
        link="https://news.example/1?a=b&c=d",
        body="<p>First paragraph.</p><p>Second &amp; last.</p>",
    )
    parsed = read(render([told], title="Example", lang="uk-UA"), content_type=content_type)
    assert (parsed.title, parsed.lang) == ("Example", "uk")
    assert parsed.entries == (
        Entry(
            guid="g1",
            link="https://news.example/1?a=b&c=d",
            title="Sanctions & drones: “more”",
            summary="First sentence. Second.",
            body="First paragraph. Second & last.",
            published=SOME_DAY,
            lang="uk",
        ),
    )


RSS_090 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>C</title></channel>
 <item><title>Old</title><link>http://old.example/1</link></item></rdf:RDF>"""

RSS_100 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://purl.org/rss/1.0/">
 <channel rdf:about="http://old.example/"><title>C</title></channel>
 <item rdf:about="http://old.example/1"><title>Old</title><link>http://old.example/1</link>
 <dc:date>2023-06-09T14:00:00+02:00</dc:date></item></rdf:RDF>"""

RSS_091 = item("<title>Old</title><link>http://old.example/1</link>", version="0.91")
RSS_092 = item("<title>Old</title><link>http://old.example/1</link>", version="0.92")


@pytest.mark.parametrize("document", [RSS_090, RSS_091, RSS_092, RSS_100])
def test_the_old_formats_are_read(document: str) -> None:
    """What publishers wrote twenty years ago is still written by some."""
    entry = only(document)
    assert (entry.title, entry.link) == ("Old", "http://old.example/1")
    assert entry.published == (SOME_DAY if document is RSS_100 else None)


CYRILLIC = "<rss version='2.0'><channel><item><title>Санкції</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CYRILLIC.encode(), ""),
        (CYRILLIC.encode(), "text/xml"),
        (CYRILLIC.encode("utf-8-sig"), "application/xml"),
        (CYRILLIC.encode("utf-16"), ""),
        (CYRILLIC.encode("utf-16"), "text/xml; charset=utf-8"),
        (CYRILLIC.encode("utf-16-le"), ""),
        (CYRILLIC.encode("utf-32"), "text/xml"),
        (CYRILLIC.encode("utf-16-be"), "text/xml; charset=utf-16-be"),
        (CYRILLIC.encode("windows-1251"), "text/xml; charset=windows-1251"),
        (b"<?xml version='1.0' encoding='koi8-u'?>" + CYRILLIC.encode("koi8-u"), "text/xml"),
        (CYRILLIC.encode(), "text/html; charset=utf-8"),
        (CYRILLIC.encode(), "text/xml; charset=no-such-thing"),
        (b"\n \n" + CYRILLIC.encode(), "application/rss+xml"),
    ],
)
def test_a_document_is_read_in_the_encoding_it_is_in(body: bytes, content_type: str) -> None:
    """Header, declaration and byte order mark are weighed; wrong ones do no harm."""
    assert only(body, content_type=content_type).title == "Санкції"


def test_a_broken_document_gives_what_can_be_read_of_it() -> None:
    """A publisher's bare ampersand, or an end that is cut off, costs no story."""
    whole = documents.rss(documents.items(5)).decode()
    broken = whole.replace("Title of story 1", "Fish & chips &nbsp; more")[:-100]
    titles = [entry.title for entry in read(broken).entries]
    assert titles[:3] == ["Title of story 0", "Fish & chips more", "Title of story 2"]


# ── entries ──────────────────────────────────────────────────────────────────────────────────


def test_an_entry_without_any_text_is_left_out() -> None:
    """A story that says nothing can answer nothing."""
    assert read(item("<guid>1</guid><title> </title><description>&#8203;</description>")) == (
        ParsedFeed(title="C")
    )


def test_a_text_without_a_title_is_a_story_and_content_stands_in_for_a_summary() -> None:
    """Short posts have no title; some feeds carry the whole text alone."""
    assert only(item("<description>Only this.</description>")).summary == "Only this."
    entry = only(atom('<content type="html">&lt;p&gt;Only this.&lt;/p&gt;</content>'))
    assert (entry.title, entry.summary, entry.body) == ("", "Only this.", "")


def test_long_texts_are_cut_at_their_limits() -> None:
    """A feed that carries a book takes no more room than another."""
    entry = only(
        item(f"<title>{'t ' * 5000}</title><description>{'word ' * 9000}</description>"),
    )
    assert TITLE_LIMIT - 5 < len(entry.title) <= TITLE_LIMIT
    assert SUMMARY_LIMIT - 10 < len(entry.summary) <= SUMMARY_LIMIT
    assert BODY_LIMIT - 10 < len(entry.body) <= BODY_LIMIT


def test_at_most_the_asked_number_of_entries_is_given() -> None:
    """The first ones of a document count."""
    parsed = read(documents.rss(documents.items(30)), max_entries=7)
    assert [entry.guid for entry in parsed.entries] == [f"item-{n}" for n in range(7)]


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        ("<link>https://a.example/1</link>", "https://a.example/1"),
        ("<link>/1</link>", "https://news.example/1"),
        ("<link>1.html?a=1&amp;b=2</link>", "https://news.example/feeds/1.html?a=1&b=2"),
        ("<link>\n https://a.example/1\n</link>", "https://a.example/1"),
        ("<link>//a.example/1</link>", "https://a.example/1"),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>file:///etc/passwd</link>", ""),
        ("<link>mailto:a@b.example</link>", ""),
        ("<link>http://[bad/</link>", ""),
        (f"<link>https://a.example/{'x' * 5000}</link>", ""),
        ("<guid>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid>tag-1</guid>", ""),
        ("<guid>/1</guid><link>/1</link>", "https://news.example/1"),
        ("<guid isPermaLink='false'>https://a.example/1</guid>", ""),
    ],
)
def test_a_link_is_a_whole_web_address_or_nothing(inside: str, link: str) -> None:
    """Only what a browser opens over http or https is ever shown as a link."""
    assert only(item(f"<title>t</title>{inside}")).link == link


def test_an_identity_is_kept_as_it_was_written() -> None:
    """A guid is not completed to an address: it must not change when the feed moves."""
    assert only(item("<title>t</title><guid>  /story/1 </guid>")).guid == "/story/1"


def test_the_permanent_link_is_preferred_where_there_are_several() -> None:
    """Feeds that repeat links of other stories still give the story's own."""
    links = "<link>https://a.example/2</link><link>https://a.example/3</link>"
    own = "<guid>https://a.example/1</guid>"
    assert only(item(f"<title>t</title>{links}{own}")).link == "https://a.example/1"
    several = (
        '<title>t</title><id>urn:1</id><link rel="self" href="https://a.example/self"/>'
        '<link rel="alternate" href="/page"/><link rel="enclosure" href="/sound.mp3"/>'
    )
    assert only(atom(several)).link == "https://news.example/page"


def test_links_are_completed_by_the_documents_own_base() -> None:
    """``xml:base`` comes before the address of the feed."""
    entry = only(atom('<title>t</title><link href="1"/>', 'xml:base="https://b.example/x/"'))
    assert entry.link == "https://b.example/x/1"


def test_the_day_of_the_last_change_stands_in_for_that_of_publication() -> None:
    """Published, else updated, else nothing; and never the future."""
    changed = "<updated>2026-11-20T10:00:00Z</updated>"
    assert only(atom(f"<title>t</title>{changed}")).published == datetime(
        2026, 11, 20, 10, tzinfo=UTC
    )
    assert (
        only(item("<title>t</title><pubDate>Sat, 23 Nov 2030 00:00:00 GMT</pubDate>")).published
        is None
    )
    assert only(item("<title>t</title>")).published is None


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("EN_gb", "en"),
        (" uk ", "uk"),
        ("ua", "uk"),
        ("english", ""),
        ("", ""),
        (None, ""),
        (7, ""),
        ("zh-Hant-TW", "zh"),
    ],
)
def test_a_language_is_two_letters_or_nothing(code: object, short: str) -> None:
    """The codes of real feeds, right and wrong ones."""
    assert language(code) == short


def test_an_entry_may_have_a_language_of_its_own() -> None:
    """A feed in one language may carry a story in another."""
    document = atom('<title xml:lang="de-AT">Titel</title>', 'xml:lang="en"')
    assert (read(document).lang, only(document).lang) == ("en", "de")
