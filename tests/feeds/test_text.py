"""Markup to text."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.text import MARKUP_LIMIT, _without_tags, cleaned, cut, plain

MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "<br/>",
            "<",
            ">",
            "&",
            "&amp;",
            "&#0;",
            "&#x110000;",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "<![CDATA[",
            "]]>",
            '<a href="',
            '"',
            "'",
            "x",
            "слово",
            " ",
            "\x00",
            "\u202e",
            "�",
            "\U000e0041",
            "<?php",
            "<!DOCTYPE html>",
            "</",
            "&lt;",
        ]
    )
    | st.text(max_size=5)
).map("".join)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("  white\n\tspace\u00a0folds  ", "white space folds"),
        ("Tom &amp; Jerry &#8211; &eacute;t&eacute;", "Tom & Jerry – été"),
        ("AT&T and R&D; x", "AT&T and R&D; x"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<p>one</p><p>two</p>three<br>four", "one two three four"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ("<b>D</b>rones fly<i>!</i>", "Drones fly!"),
        ("a<script>alert('<p>x</p>')</script>b<style>p{}</style>", "ab"),
        ("<!-- hidden -->seen", "seen"),
        ("<!-- nothing else -->", ""),
        ('<a title="a > b" href=x>link</a>', "link"),
        ("cut off in a <a href='", "cut off in a"),
        ("<![CDATA[still]]> here", "here"),
        ('<figure><img src="a.png" alt="A drone over Kyiv"></figure>', "A drone over Kyiv"),
        ('<img alt="no need">text', "text"),
        ("dro\u00adne \u200bzero\u202ewidth\ufeff", "drone zerowidth"),
        ("bell\x07 nul\0 c1\x9b", "bell nul c1"),
        ("<p>nul\0 here</p>", "nul here"),
        ("half \ud800 pair", "half pair"),
        ("<p>half \ud800 pair</p>", "half pair"),
        ("Привіт, <b>світе</b>", "Привіт, світе"),
        ("", ""),
    ],
)
def test_markup_becomes_the_text_that_a_reader_would_see(markup: str, text: str) -> None:
    """Words stay apart where they were, entities are characters, what is unseen is gone."""
    assert plain(markup, 100) == text


@given(MARKUP, st.integers(1, 200))
def test_any_markup_becomes_one_clean_line_within_its_limit(markup: str, limit: int) -> None:
    """Nothing that a feed can send gives control or bidirectional characters, or raises."""
    text = plain(markup, limit)
    assert len(text) <= limit
    assert text == text.strip()
    assert "  " not in text
    assert all(unicodedata.category(c) not in {"Cc", "Cs"} for c in text)
    assert not set(text) & set("\u200b\u200e\u202a\u202e\u2066\u2069\ufeff")
    text.encode()


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=30))
def test_text_without_markup_is_left_as_it_is(text: str) -> None:
    """Letters, digits and signs of all languages survive."""
    if not set("<&") & set(text):
        assert plain(text, 100) == cleaned(text)


@given(st.lists(st.sampled_from(["a", "бв", "cde"]), min_size=1).map(" ".join), st.integers(5, 60))
def test_a_cut_falls_between_words_and_is_marked(text: str, limit: int) -> None:
    """What is cut ends with a whole word and an ellipsis; what fits is not touched."""
    result = cut(text, limit)
    if len(text) <= limit:
        assert result == text
    else:
        assert len(result) <= limit
        assert result.endswith("…")
        assert text.startswith(result[:-1])
        assert text[len(result) - 1] == " "


def test_a_word_longer_than_the_limit_is_cut_inside() -> None:
    """There is no place between words in one word."""
    assert cut("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    "markup",
    [
        "<b>x" * 100000,
        "<div>" * 100000,
        "<!--" * 50000,
        "<" * 500000,
        "&" * 500000,
        "<![CDATA[" * 50000,
        "<p><a href='" * 50000,
        "&#" * 200000,
        "</p>" * 100000,
    ],
    ids=["unclosed", "nested", "comments", "lt", "amp", "cdata", "quotes", "references", "ends"],
)
def test_markup_made_to_stall_does_not(markup: str) -> None:
    """The time grows with the length, not with its square."""
    began = time.process_time()
    plain(markup, 1000)
    assert time.process_time() - began < 2


SIMPLE = st.lists(
    st.sampled_from([
        "<p>", "</p>", "<P class='x'>", "<br/>", "<br />", "<b>", "</b>", "</a>", "<li>",
        "<a href=\"?a='2'\">", "<img src=x alt='A > B'>", "<span title='a'>", "</span>", "word",
        " ", "\n", "&amp;", "&nbsp;", "&#8217;", "Санкції", "<div\nid=a>", "</div>",
        "<em>", "</em>", "<td>", "<h2>",
    ]),
    max_size=12,
).map("".join)  # fmt: skip


@given(SIMPLE)
def test_simple_tags_taken_out_one_by_one_leave_what_the_parser_leaves(markup: str) -> None:
    """The short way and the long one give one text."""
    assert plain(markup, 500) == cut(cleaned(_without_tags(markup)), 500)


def test_more_markup_than_any_text_needs_is_not_looked_at() -> None:
    """A megabyte of tags before the first word is no text that people could see."""
    assert plain("word " + "<b>" * MARKUP_LIMIT + "late", 100) == "word"


@pytest.mark.parametrize(
    "markup", ["<p>&nbsp;</p><img alt='Seen'>", "<p><img src='a' alt='Seen'></p>"]
)
def test_a_picture_without_words_around_it_is_told_by_its_caption(markup: str) -> None:
    """White space that is written out is no word either."""
    assert plain(markup, 100) == "Seen"
