"""The parser of the witness reads Telegram's HTML as Telegram does."""

import html as stdlib_html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.botapi.html import HtmlError, parse_html, utf16_units


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, object]:
    """Make an entity."""
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>x</b><strong>y</strong>", "xy", [entity("bold", 0, 1), entity("bold", 1, 1)]),
        ("<i>x</i> <em>y</em>", "x y", [entity("italic", 0, 1), entity("italic", 2, 1)]),
        ("<u>x</u><ins>y</ins>", "xy", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        (
            "<s>x</s><strike>y</strike><del>z</del>",
            "xyz",
            [entity("strikethrough", place, 1) for place in range(3)],
        ),
        (
            '<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>',
            "xy",
            [entity("spoiler", 0, 1), entity("spoiler", 1, 1)],
        ),
        ("<code>x</code><pre>y</pre>", "xy", [entity("code", 0, 1), entity("pre", 1, 1)]),
        (
            '<pre><code class="language-py">x</code></pre>',
            "x",
            [entity("pre", 0, 1, language="py")],
        ),
        ('<code class="language-py">x</code>', "x", [entity("code", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        (
            '<tg-emoji emoji-id="53">👍</tg-emoji>',
            "👍",
            [entity("custom_emoji", 0, 2, custom_emoji_id="53")],
        ),
        (
            '<b>🚢 <a href="https://a.example/?q=1&amp;r=2">go</a></b>',
            "🚢 go",
            [
                entity("bold", 0, 5),
                entity("text_link", 3, 2, url="https://a.example/?q=1&r=2"),
            ],
        ),
        (
            '<a href="https://a.example">x</a>',
            "x",
            [entity("text_link", 0, 1, url="https://a.example/")],
        ),
        (
            '<a href="mailto:a@b.example">x</a>',
            "x",
            [entity("text_link", 0, 1, url="mailto:a@b.example")],
        ),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="http://localhost:80/">x</a>', "x", []),
        ("&lt;&gt;&amp;&quot;&#33;&#x21;&nbsp;&", '<>&"!!&nbsp;&', []),
        ("<b></b>x", "x", []),
        ("<b>x</>", "x", [entity("bold", 0, 1)]),
        ("a > b", "a > b", []),
    ],
)
def test_what_telegram_knows(source: str, text: str, entities: list[dict[str, object]]) -> None:
    """Each tag gives its entity, counted in UTF-16 units; references are resolved."""
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("2 < 3 and 5 > 4", 'Unsupported start tag "" at byte offset 2'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("x<br/>", 'Unsupported start tag "br/" at byte offset 1'),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=a,b>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("&#xD800;", "Text contains invalid Unicode characters after decoding HTML entities"),
    ],
)
def test_what_telegram_refuses(source: str, why: str) -> None:
    """Faults are told in Telegram's words, with offsets in bytes."""
    with pytest.raises(HtmlError) as caught:
        parse_html(source)
    assert str(caught.value).startswith(why)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_escaped_text_comes_back(text: str) -> None:
    """Any text that was escaped is accepted, and read as what it was."""
    marked = f"<b>{stdlib_html.escape(text, quote=False)}</b>"
    parsed, entities = parse_html(marked)
    assert parsed == text
    assert entities == ([entity("bold", 0, utf16_units(text))] if text else [])


@given(st.text(st.sampled_from("<>/&; =\"'abip1#\n🚢\0"), max_size=40))
def test_any_input_is_read_or_refused(source: str) -> None:
    """Whatever comes is read or refused, and entities stay inside the text."""
    try:
        text, entities = parse_html(source)
    except HtmlError:
        return
    assert all(0 <= each["offset"] < utf16_units(text) for each in entities)
