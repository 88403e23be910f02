"""Text with marks: never broken, never too long, never misleading."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import markup
from bot.telegram.markup import bold, clean, code, cut, field, italic, link, say, units, web_link
from tests.botapi.html import parse_html, utf16_units

anything = st.text(st.characters(codec=None, categories=None))
nasty = st.text(st.sampled_from("<>&\"'/ab \n\u202e\u200b\u200d\ud83d\ude00🛸é́\u0000\u2028"))
words = st.one_of(anything, nasty)
looks = st.sampled_from([say, bold, italic, code, lambda text: link(text, "https://e.org/?a&b")])


@given(st.lists(st.tuples(looks, words), max_size=12), st.integers(1, 300))
def test_any_text_is_html_that_says_what_it_shows(parts: list, limit: int) -> None:  # type: ignore[type-arg]
    """An independent strict parser reads the very words back, within the limit."""
    whole = markup.join([make(text) for make, text in parts], " ").cut(limit)
    shown, _ = parse_html(whole.html)
    assert shown == whole.shown
    assert utf16_units(shown) <= limit


@given(words)
def test_nothing_invisible_or_misleading_stays(text: str) -> None:
    """No control, direction or lone surrogate character is left, nor a joiner that joins none."""
    tidy = clean(text)
    kinds = {unicodedata.category(char) for char in tidy if char not in "\n\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not any(f" {joiner}" in f" {tidy} " for joiner in "\u200c\u200d")
    assert clean(tidy) == tidy


@given(words, st.integers(0, 100))
def test_a_field_is_one_line_of_its_length(text: str, limit: int) -> None:
    """Fields of feeds never break the layout."""
    line = field(text, limit)
    assert "\n" not in line
    assert units(line) <= limit


@given(words)
def test_units_are_counted_as_telegram_counts(text: str) -> None:
    """Characters outside the basic plane are two."""
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_emoji_of_several_parts_and_persian_keep_their_joiners() -> None:
    """Joiners inside words and emoji are spelling, not tricks."""
    for whole in ("👩‍👩‍👧", "می‌خواهم"):
        assert clean(whole) == whole


def test_a_cut_falls_between_words_where_one_is_near() -> None:
    """And never leaves half an emoji."""
    assert cut("one two three four", 17) == "one two three…"
    assert cut("🛸🛸🛸", 4) == "🛸…"
    assert cut("short", 5) == "short"


@pytest.mark.parametrize(
    ("url", "link_given"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTP://Example.org:8080/a b?q=ä#f", "http://example.org:8080/a%20b?q=%C3%A4#f"),
        ("https://новини.укр/є", "https://xn--b1amarcd.xn--j1amh/%D1%94"),
        ("https://bank.org@evil.example/", "https://evil.example/"),
        ("http://127.0.0.1:8000/demo", "http://127.0.0.1:8000/demo"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://localhost/", ""),
        ("http://[::1]/", ""),
        ("https://a..b/", ""),
        ("https://example.org:99999/", ""),
        ("https://" + "a" * 70 + ".org/", ""),
        ("https://example.org/" + "a" * 3000, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_only_links_to_the_web_are_links(url: str, link_given: str) -> None:
    """What a tap opens is plain ASCII with the true host."""
    assert web_link(url) == link_given


@given(words)
def test_no_link_whatever_raises(url: str) -> None:
    """A feed may write anything as its link."""
    for made in (web_link(url), web_link(f"https://{url}"), web_link(f"https://e.org/{url}")):
        assert made.isascii()
        assert " " not in made


def test_a_link_arrives_as_it_was_written() -> None:
    """What looks like a character reference within an address is none."""
    url = "https://example.org/?a=1&lt=2&amp;b='c'"
    _, [entity] = parse_html(link("read", url).html)
    assert entity["url"] == url
