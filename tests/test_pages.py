"""Which page a link leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from w3lib.url import canonicalize_url

from bot.pages import page_of


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://www.news.example/a/b/?utm_source=x#top", "news.example/a/b?"),
        ("http://news.example/a?id=7&utm_medium=rss&at_campaign=x", "news.example/a?id=7"),
        ("https://news.example/%D0%B4%D1%80%D0%BE%D0%BD", "news.example/%D0%B4%D1%80%D0%BE%D0%BD?"),
        ("https://NEWS.example/a", "news.example/a?"),
        ("https://news.example/?p=12", "news.example?p=12"),
        ("https://news.example/", ""),
        ("https://news.example/?utm_source=rss", ""),
        ("javascript:alert(1)", ""),
        ("https://[bad/a", ""),
        ("https://news.example/" + "a" * 5_000, ""),
    ],
)
def test_a_page_has_one_name(link: str, page: str) -> None:
    """Scheme, ``www``, a last slash, fragment and tracking say nothing of it."""
    assert page_of(link) == page


@given(st.from_regex(r"https?://[a-z]{1,3}(/[a-zA-Z0-9.%+é -]{0,5}){0,3}(\?[a-z=&+%20]{0,9})?"))
def test_the_short_way_and_the_long_one_name_the_same_page(link: str) -> None:
    """Most links need no library; for all of them it would say the same."""
    assert page_of(link) == page_of(canonicalize_url(link))


@given(st.text())
def test_no_text_is_too_odd_to_be_asked_about(text: str) -> None:
    """Publishers write anything where a link belongs."""
    assert isinstance(page_of(f"http://{text}"), str)
