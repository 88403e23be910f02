"""The addresses of stories."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.links import unwrapped, web_address

STORY = "https://news.example/1?a=b&c=d"
QUOTED = "https%3A%2F%2Fnews.example%2F1%3Fa%3Db%26c%3Dd"


def of_google_news(address: str, host: str = "news.google.com/rss/articles") -> str:
    """Give a link as Google News made them until 2024: with the address inside."""
    told = address.encode()
    long = len(told) >= 0x80
    length = [len(told) & 0x7F | 0x80, len(told) >> 7] if long else [len(told)]
    message = b"\x08\x13\x22" + bytes(length) + told + b"\xd2\x01\x00"
    return f"https://{host}/{base64.urlsafe_b64encode(message).decode().rstrip('=')}?oc=5"


@given(st.text(max_size=40), st.sampled_from(["", "https://news.example/feeds/main.xml"]))
def test_any_link_gives_a_web_address_or_nothing(link: str, base: str) -> None:
    """What is shown as a link can be opened, and hides nothing."""
    address = web_address(link, base)
    assert not address or address.startswith(("http://", "https://"))
    assert address.isprintable()


@pytest.mark.parametrize(
    "link", ["http://:80/", "http://user@/", "http://a.example:x/", "http://a.example:99999/"]
)
def test_an_address_that_leads_nowhere_is_none(link: str) -> None:
    """A host and a port that there can be are the least."""
    assert web_address(link, "https://news.example/feeds/main.xml") == ""


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.google.com/url?rct=j&sa=t&url={QUOTED}&ct=ga",
        f"https://www.google.com.ua/url?q={QUOTED}&sa=D",
        f"http://news.google.com/news/url?sa=t&url={QUOTED}",
        f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url={QUOTED}&c=1",
        f"https://l.facebook.com/l.php?{'a=&' * 500}u={QUOTED}&h=AT0",
        f"https://t.umblr.com/redirect?z={QUOTED}&t=x",
        f"https://eur01.safelinks.protection.outlook.com/?url={QUOTED}&data=05",
        (
            f"https://www.google.com/url?q=https%3A%2F%2Ft.umblr.com%2Fredirect%3Fz%3D"
            f"{QUOTED.replace('%', '%25')}"
        ),
        of_google_news(STORY),
        of_google_news(STORY, "news.google.com/__i/rss/rd/articles"),
        of_google_news(STORY, "news.google.com/articles"),
    ],
)
def test_a_link_that_carries_the_true_address_is_unwrapped(link: str) -> None:
    """People open the story, and nobody is told that they did."""
    assert unwrapped(link) == STORY


def test_a_long_address_is_unwrapped_whole() -> None:
    """Its length takes two bytes, and what follows it in the message is left out."""
    story = "https://news.example/" + "long-" * 50
    assert unwrapped(of_google_news(story)) == story


@pytest.mark.parametrize(
    "link",
    [
        STORY,
        "https://www.google.com/search?q=https://news.example/1",
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com/url?q=/relative",
        "https://www.google.com/url",
        "https://google.com.evil.example/url?q=https://news.example/1",
        "https://news.google.com/rss/articles/CBMi!",
        "https://news.google.com/rss/articles/A",
        "https://news.google.com/rss/articles/" + base64.urlsafe_b64encode(b"AU_yqL" * 20).decode(),
        of_google_news("javascript:alert(1)"),
        "http://feedproxy.google.com/~r/example/~3/abc/",
        "https://www.google.com/url?q=https://" + "x" * 3000,
    ],
)
def test_a_link_that_carries_none_stays_as_it_is(link: str) -> None:
    """Nothing is guessed, and nothing is asked of a server."""
    assert unwrapped(link) == link


@given(st.text(max_size=60), st.sampled_from(["url?q=", "url?url=", "rss/articles/"]))
def test_unwrapping_never_fails_and_gives_a_web_address(inside: str, path: str) -> None:
    """Whatever a publisher puts into a wrapper."""
    for host in ("www.google.com", "news.google.com"):
        link = web_address(f"https://{host}/{path}{inside}", "")
        assert not link or web_address(unwrapped(link), "") == unwrapped(link)
