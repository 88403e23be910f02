"""Which address does a feed mean? Pure functions of what it wrote."""

import base64
import re
from typing import Final
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

LINK_LIMIT: Final = 2_000
"""A link, or an id, that is longer is some document in disguise."""

_DEPTH: Final = 3  # so many wrappers are taken off a link

# Of each wrapper: its host, its path, and the parameters that hold the true address.
_WRAPPERS: Final = tuple(
    (re.compile(host), re.compile(path), names)
    for host, path, *names in (
        (r"(?:www\.|news\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?", r"/(?:news/)?url", "url", "q"),
        (r"(?:www\.)?bing\.com", r"/news/apiclick\.aspx", "url"),
        (r"(?:www|l|lm)\.facebook\.com", r"/l\.php", "u"),
        (r"t\.umblr\.com", r"/redirect", "z"),
        (r"[\w.-]+\.safelinks\.protection\.outlook\.com", r"/.*", "url"),
    )
)
_NEWS_PATH: Final = re.compile(r"/(?:__i/)?(?:rss/(?:rd/)?)?articles/([\w-]+)", re.ASCII)
_IN_BYTES: Final = re.compile(rb"(?<=..)https?://[!-~]+", re.DOTALL)


def web_address(link: str, base: str) -> str:
    """Complete ``link`` by ``base``; empty where that is no address of http or https."""
    link = "".join(link.split())
    if not link:
        return ""
    try:
        whole = urljoin(base, link)
        parts = urlsplit(whole)
        somewhere = parts.hostname and parts.port != 0
    except ValueError:
        return ""
    usable = parts.scheme in {"http", "https"} and somewhere and len(whole) <= LINK_LIMIT
    return whole if usable and whole.isprintable() else ""


def unwrapped(link: str) -> str:
    """Give the address that a web address leads to where it carries it itself; nothing is asked.

    Searches and social networks count who follows a link, and send him on. ``link`` itself is
    given where it is none of theirs, or does not tell.
    """
    for _ in range(_DEPTH):
        inner = web_address(_carried(urlsplit(link)), "")
        if not inner:
            break
        link = inner
    return link


def _carried(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if host == "news.google.com" and (article := _NEWS_PATH.fullmatch(parts.path)):
        return _in_base64(article[1])
    for of_host, of_path, names in _WRAPPERS:
        if of_host.fullmatch(host) and of_path.fullmatch(parts.path):
            told = parse_qs(parts.query)
            return next((told[name][0] for name in names if name in told), "")
    return ""


def _in_base64(text: str) -> str:
    """Give the address in the name of an article as it was made until 2024; newer ones hold none.

    It is a message of protocol buffers: among others the length of the address, in groups of
    seven bits, and the address.
    """
    try:
        message = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return ""
    found = _IN_BYTES.search(message)
    if found is None:
        return ""
    low, high = message[found.start() - 2], message[found.start() - 1]
    return found[0][: (low & 0x7F | high << 7) if low & 0x80 else high].decode()
