"""Documents that are no feeds, or are made to do harm: each ends in stories or in a sentence."""

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FeedUnreadable
from bot.feeds.documents import (
    ATTRIBUTES_LIMIT,
    REFERENCES_LIMIT,
    SIZE_LIMIT,
    TAGS_LIMIT,
    beginning,
)
from tests.feeds.test_parse import item, read


def attempted(body: bytes) -> str:
    """Give what a document holds, or the sentence on why it cannot be read."""
    try:
        return repr(read(body))
    except FeedUnreadable as why:
        return str(why)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"<!DOCTYPE html><html><body><p>Just a moment...</p></body></html>", "web page"),
        (b"<html><head><title>News</title></head></html>", "web page"),
        (b'<?xml version="1.0"?><opml version="2.0"><head/><body/></opml>', "feeds import"),
        (b"plain words", "not a feed"),
        (b"<opml version='2.0'><body/></opml>", "not a feed"),
        (b"\x1f\x8b\x08\x00rubbish", "not a feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a feed"),
        (b"/etc/passwd", "not a feed"),
        (b"http://127.0.0.1/", "not a feed"),
        (b'{"a": 1}', "not a JSON Feed"),
        (b"[1, 2]", "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": 7}', "not a JSON Feed"),
        (b'{"version": ', "broken"),
        (b"[" * 100_000, "broken"),
    ],
)
def test_what_is_no_feed_is_said_in_a_sentence(body: bytes, why: str) -> None:
    """The operator reads what came instead."""
    with pytest.raises(FeedUnreadable, match=why):
        read(body)


@pytest.mark.parametrize("codec", ["punycode", "PunyCode", "idna", "undefined"])
@pytest.mark.parametrize("told", ["encoding='{}'", 'encoding = "{}"'])
def test_codecs_that_are_no_encodings_are_refused(codec: str, told: str) -> None:
    """One of Python's takes a minute for a megabyte, others raise what nobody expects."""
    start = f"<?xml version='1.0' {told.format(codec)}?>".encode()
    with pytest.raises(FeedUnreadable, match="encoding that no feed has"):
        read(start + b"-" + b"9a" * 1000)


BILLION = (
    '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    "<rss version='2.0'><channel><item><title>&b;</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    "body",
    [
        BILLION.encode(),
        BILLION.encode("utf-16"),
        BILLION.encode("utf-16-le"),
        BILLION.encode("utf-32"),
        b'<?xml version="1.0" encoding="utf-7"?>' + BILLION.encode("utf-7"),
        ('<?xml version="1.0" encoding="cp037"?>' + BILLION).encode("cp037"),
        b'<?xml version="1.0" encoding="unicode_escape"?>' + BILLION.replace("<", "\\x3c").encode(),
        BILLION.replace('"ha"', 'SYSTEM "file:///etc/passwd"').encode(),
    ],
    ids=["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-7", "ebcdic", "escaped", "external"],
)
def test_entities_declared_by_a_document_are_refused_or_not_unfolded(body: bytes) -> None:
    """A few bytes cannot become many, in whatever encoding they hide."""
    assert "haha" not in attempted(body)


def test_an_entity_declaration_is_named_as_the_reason() -> None:
    """The operator learns that it is not safe, and not that it is broken."""
    with pytest.raises(FeedUnreadable, match="entities of its own"):
        read(BILLION.encode("utf-16"))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_feed_or_a_sentence(body: bytes) -> None:
    """Nothing that a server can send raises anything else."""
    for document in (body, b"<rss><channel><item><title>" + body, b'{"items":[' + body):
        assert attempted(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = [
    "id",
    "url",
    "title",
    "summary",
    "content_html",
    "content_text",
    "date_published",
    "language",
]


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JSON) | JSON, max_size=4), JSON)
def test_a_json_feed_with_fields_of_any_kind_is_read(items: list[Any], title: Any) -> None:
    """Numbers, lists and nulls where text belongs are no reason to fail."""
    version = "https://jsonfeed.org/version/1.1"
    body = json.dumps({"version": version, "title": title, "items": items, "language": title})
    for entry in read(body).entries:
        assert entry.title or entry.summary


# ── sizes and depths that would take a parser minutes ────────────────────────────────────────


def around(inside: bytes) -> bytes:
    """Give an RSS document of one item that has a title, with something in it."""
    return item("<title>Told</title>?").encode().replace(b"?", inside)


def cdata(inside: bytes) -> bytes:
    """Give an RSS document of one item with a description that nothing escapes."""
    return around(b"<description><![CDATA[" + inside + b"]]></description>")


def attributes(count: int) -> bytes:
    """Give an element with so many attributes; some values hold what ends an element."""
    return b"<x " + b" ".join(b'a%d=">%d"' % (n, n) for n in range(count)) + b"/>"


MANY = 100_000


@pytest.mark.parametrize(
    "body",
    [
        around(b"<a>" * MANY + b"</a>" * MANY),
        around(b"<a>" * MANY),
        around(b"<a/>" * MANY),
        cdata(b"<div>" * MANY + b"</div>" * MANY),
        cdata(b"<b>" * 1_500_000),
        cdata(b"<!--" * 50_000),
        around(b"<!--" * 50_000),
        cdata(b"<" * 1_000_000),
        around(b"<description>" + b"<" * 1_000_000),
        cdata(b"&" * 1_000_000),
        around(b"<description>" + b"&" * 1_000_000),
        around(b"<description>" + b"&unknown;" * 500_000),
        around(b"<description>" + b"<![CDATA[" * 100_000),
        around(b"<link>" + b"&a" * 1_000_000),
        around(b"<description>" + bytes(range(1, 32)) * 30_000 + b"</description>"),
        around(b"<description>" + b"\0" * 1_000_000 + b"</description>"),
        around(b"<skipHours>" * MANY),
        around(b"".join(b"<x xmlns:a%d='u%d'/>" % (n, n) for n in range(50_000))),
        around(b"<pubDate>" + b"1 " * 1_000_000 + b"</pubDate>"),
        around(b"<x a=1 " * MANY),
        around(attributes(ATTRIBUTES_LIMIT)),
        cdata(attributes(ATTRIBUTES_LIMIT)),
    ],
    ids=lambda body: f"{body[80:100]!r}",
)
def test_a_document_made_to_be_slow_still_gives_its_story(body: bytes) -> None:
    """What stands before the trap is read, and no more of the trap than takes seconds."""
    (entry,) = read(body[:SIZE_LIMIT]).entries
    assert entry.title == "Told"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (around(attributes(ATTRIBUTES_LIMIT + 1)), "256 attributes"),
        (around(attributes(MANY)), "256 attributes"),
        (around(b"<x " + b"".join(b" xmlns:a%d='u'" % n for n in range(MANY)) + b"/>"), "256 attr"),
        (gzip.compress(bytes(SIZE_LIMIT + 1)), "unfolds to more than 5 MiB"),
        (zlib.compress(b"<" * (SIZE_LIMIT + 1)), "unfolds to more than 5 MiB"),
        (gzip.compress(gzip.compress(around(b""))), "not a feed"),
        (gzip.compress(b"  "), "empty"),
        (b"\0" * 1000, "empty"),
    ],
)
def test_what_cannot_be_read_in_seconds_is_refused_in_a_sentence(body: bytes, why: str) -> None:
    """The operator learns what was wrong with it."""
    with pytest.raises(FeedUnreadable, match=why):
        read(body)


def test_feedparser_is_given_no_more_than_it_reads_in_seconds() -> None:
    """Tags and references are counted; what CDATA holds is neither."""
    for mark, limit in ((b"<a>", TAGS_LIMIT), (b"&amp;", REFERENCES_LIMIT)):
        assert len(beginning(mark * (limit + 5), 9)) == limit * len(mark)
    held = b"<![CDATA[" + b"<a>]" * TAGS_LIMIT + b"]]><b>"
    assert beginning(held, 9) == held


def test_a_broken_document_of_very_many_entries_gives_the_first_ones() -> None:
    """Nested in one another or not, no more are read than are asked for."""
    for entry in (b"<item><title>a & b</title>", b"<item><title>a & b</title></item>"):
        body = b"<rss version='2.0'><channel>" + entry * 50_000
        assert len(read(body, max_entries=200).entries) == 200


def test_a_well_formed_document_is_read_to_its_end_however_much_it_holds() -> None:
    """The limit of tags is for documents that are broken; what is not costs little."""
    filler = "<category>x</category>" * (TAGS_LIMIT // 20)
    items = "".join(f"<item><title>t{n}</title>{filler}</item>" for n in range(12))
    entries = read(f"<rss version='2.0'><channel>{items}</channel></rss>").entries
    assert [entry.title for entry in entries] == [f"t{n}" for n in range(12)]


# ── bodies that are folded although no header says so ────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(around(b"")),
        gzip.compress(around(b"") + b" " * 100_000)[:-12],
        zlib.compress(around(b""), 1),
        zlib.compress(around(b"")),
        zlib.compress(around(b""), 9),
        gzip.compress(around(b"").decode().encode("utf-16")),
        gzip.compress(
            json.dumps(
                {"version": "https://jsonfeed.org/version/1", "items": [{"title": "Told"}]}
            ).encode()
        ),
    ],
    ids=["gzip", "cut off", "zlib 1", "zlib", "zlib 9", "utf-16", "json"],
)
def test_a_folded_body_is_unfolded_once(body: bytes) -> None:
    """Some servers fold a document and forget to say so."""
    assert [entry.title for entry in read(body).entries] == ["Told"]
