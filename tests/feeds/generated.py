"""Documents of all that feeds put into them, in any order and number, made by Hypothesis."""

from xml.sax.saxutils import escape

from hypothesis import strategies as st

NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:other="urn:other" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)

TEXTS = st.sampled_from([
    "", " ", "Fish & chips", "AT&amp;T", "a < b > c", "<b>D</b>rones", "<p>One</p>\n<p>Two</p>",
    "Санкції", "Ð¡Ð°Ð½ÐºÑ\x86Ñ\x96Ñ—", "\x93quoted\x94", "\ufeffit\u2019s\u00a0so", " \n padded\t",
    "&nbsp;&copy;&#8217;", "<script>x</script>y", "<img src='a' alt='A picture'>", "5 <6 &lt; 7",
    "https://a.example/1?a=1&b=2", "http://a.example/2?x=1&amp;copy=3", "/relative", "tag:1",
    "a\u2028b", "Mon, 09 Jun 2025 12:00:00 +0200", "2025-06-09T12:00:00Z", "9 червня 2025", "en",
])  # fmt: skip
SHORT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=6)

ATTRIBUTES = st.sampled_from([
    *[""] * 14, ' xml:lang="de-AT"', ' xml:lang=""', ' lang="fr"', ' type="html"', ' type="text"',
    ' isPermaLink="false"', ' isPermaLink="true"', ' rel="self"', ' mode="escaped"', ' x="y"',
    ' url="https://c.example/"', ' other:type="html"', ' xml:base="y/"',
])  # fmt: skip
ON_ROOT = st.sampled_from(
    ["", "", ' xml:base="https://b.example/x/"', ' xml:lang="uk"', ' xml:lang=""', ' lang="pl_PL"']
)
HEADS = st.sampled_from([
    "", "<title>C &amp; D</title>", "<language>en-US</language>", "<dc:language>pl</dc:language>",
    "<link>/</link>", "<description>&lt;p&gt;</description>", "<image><title>I</title></image>",
    "<updated>2025-06-09</updated>", "<itunes:summary>s</itunes:summary>", "<title>E</title>",
    '<link href="/" rel="self"/>', "<author><name>A</name></author>", "<ttl>5</ttl>",
])  # fmt: skip

RSS_NAMES = st.sampled_from([
    "title", "link", "guid", "description", "pubDate", "author", "category", "comments",
    "enclosure", "source", "content:encoded", "dc:date", "dc:title", "dc:creator",
    "dc:description", "dc:language", "dcterms:modified", "media:title", "media:description",
    "media:content", "media:group", "media:thumbnail", "itunes:summary", "itunes:subtitle",
    "other:title", "other:thing", "feedburner:origLink", "published", "updated", "language",
    "image", "summary", "content", "content", "id", "post-id",
])  # fmt: skip
ATOM_NAMES = st.sampled_from([
    "title", "link", "id", "summary", "content", "published", "updated", "author", "category",
    "rights", "source", "created", "issued", "media:title", "media:group", "media:description",
    "dc:date", "other:thing", "feedburner:origLink",
])  # fmt: skip
XHTML = st.builds(
    '<div xmlns="http://www.w3.org/1999/xhtml">{}<p title="a&quot;b">{}</p><br/>{}</div>{}'.format,
    TEXTS.map(escape),
    TEXTS.map(escape),
    TEXTS.map(escape),
    st.sampled_from(["", " ", "tail"]),
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> str:
    """Write a text as XML: escaped, as CDATA, or with a comment inside."""
    text = draw(TEXTS | SHORT)
    return draw(
        st.sampled_from(
            [escape(text), f"\n<![CDATA[{text}]]> ", f"{escape(text)}<!-- <a> -->&amp;"]
        )
    )


@st.composite
def elements(draw: st.DrawFn, names: st.SearchStrategy[str]) -> str:
    """Write an element of an entry, or several inside one another."""
    name, attributes = draw(names), draw(ATTRIBUTES)
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return f"<{name}{attributes}/>"
    if kind == 1 and name in {"link", "source"}:
        rel = draw(st.sampled_from(["", ' rel="alternate"', ' rel="enclosure"', ' REL="SELF"']))
        return f'<link href="{escape(draw(TEXTS), {chr(34): ""})}"{rel}/>'
    if name in {"title", "summary", "content"} and kind < 4:
        return f'<{name} type="xhtml">{draw(XHTML)}</{name}>'
    if name in {"media:group", "media:content", "other:thing", "author", "source"} and kind < 7:
        inside = draw(st.lists(elements(names), max_size=3))
        return f"<{name}{attributes}>{''.join(inside)}</{name}>"
    return f"<{name}{attributes}>{draw(written())}</{name}>"


@st.composite
def rss_documents(draw: st.DrawFn) -> str:
    """Write RSS 2.0 or 1.0 of all that feeds put into it, in any order and number."""
    item = st.lists(elements(RSS_NAMES), max_size=7).map("\n".join)
    items = [f"<item>{inside}</item>" for inside in draw(st.lists(item, min_size=1, max_size=3))]
    head, lang = draw(st.lists(HEADS, max_size=3).map("".join)), draw(ON_ROOT)
    if draw(st.booleans()):
        return (
            f'<rss version="2.0" {NAMESPACES}{lang}><channel>{head}{"".join(items)}</channel></rss>'
        )
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    return f"<rdf:RDF {rdf} {NAMESPACES}{lang}><channel>{head}</channel>{''.join(items)}</rdf:RDF>"


@st.composite
def atom_documents(draw: st.DrawFn) -> str:
    """Write Atom of all that feeds put into it, in any order and number."""
    entry = st.lists(elements(ATOM_NAMES), max_size=7).map("\n".join)
    entries = [
        f"<entry>{inside}</entry>" for inside in draw(st.lists(entry, min_size=1, max_size=3))
    ]
    head = draw(st.lists(HEADS, max_size=3).map("".join))
    uri = draw(st.sampled_from(["http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"]))
    return f'<feed xmlns="{uri}" {NAMESPACES}{draw(ON_ROOT)}>{head}{"".join(entries)}</feed>'
