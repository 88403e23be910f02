"""Which page does a link lead to, however it is written and whatever was added to it?"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url

LONGEST_LINK: Final = 4_096
"""Characters of a link that is still compared."""

_REMEMBERED: Final = 4_096
"""Links whose pages are kept: each is asked for twice or more while its story is looked at."""

# Parameters that tell where a reader came from and not what is read: those of the large analytics
# and advertising services, and those that news sites were seen to add to the links of their feeds.
_TRACKING: Final = re.compile(
    r"utm_\w+|at_\w+|ns_\w+|mc_[ce]id|pk_\w+|mtm_\w+|hsa_\w+|wt_\w+"
    r"|(?:fb|g|d|y|tw|tt)clid|msclkid|[gw]braid|igshid?|_g[al]|ito|ocid|cmp|cmpid|ncid|smid|xtor"
    r"|maca|traffic_source|ref_src|referrersource|lmref|guccounter|guce_\w+|mkt_tok",
    re.IGNORECASE,
)

# Most links: nothing in them can be written in two ways but the order of their parameters.
_PLAIN: Final = re.compile(
    r"https?://([a-z0-9.-]+)((?:/[\w.~-]*)*)(?:\?([^#]*))?(?:#.*)?", re.ASCII
)
_PLAIN_QUERY: Final = re.compile(r"(?:[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*)?", re.ASCII)


@lru_cache(_REMEMBERED)
def page_of(link: str) -> str:
    """Give the page that a link leads to, without scheme, ``www``, fragment and tracking.

    Empty where the link is none of http and https, is too long, or leads to a front page, which
    tells of no story.
    """
    if len(link) > LONGEST_LINK:
        return ""
    plain = _PLAIN.fullmatch(link)
    if plain is None:
        return _canonical(link)
    query = _telling(plain[3] or "")
    if _PLAIN_QUERY.fullmatch(query):
        return _page(plain[1], plain[2], "&".join(sorted(query.split("&"))))
    return _canonical(link)


def _canonical(link: str) -> str:
    try:
        parts = urlsplit(canonicalize_url(link.strip()))
        port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return _page(f"{parts.hostname}{port}", parts.path, _telling(parts.query))


def _page(place: str, path: str, query: str) -> str:
    path = path.rstrip("/")
    return f"{place.removeprefix('www.')}{path}?{query}" if path or query else ""


def _telling(query: str) -> str:
    """Give the part of a query that says what is read."""
    return "&".join(one for one in query.split("&") if not _is_tracking(one))


def _is_tracking(parameter: str) -> bool:
    return not parameter or _TRACKING.fullmatch(parameter.partition("=")[0]) is not None
