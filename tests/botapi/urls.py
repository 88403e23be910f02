"""Which links Telegram accepts in buttons and in text."""

import re
from typing import Final
from urllib.parse import urlsplit

_PROTOCOL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:[/?#]|$))")
_HOST: Final = re.compile(r"[^\s!\"#$&'()*+,/:;<=>?@[\\\]^`{|}~]+")
_DIRECT: Final = frozenset({"tg", "mailto"})


def checked_url(url: str) -> str:
    """Give ``url`` as Telegram would keep it; ValueError says in its words why it would not.

    A link without protocol becomes http. A host needs a dot, so ``localhost`` is refused.
    """
    url = url.strip()
    match = _PROTOCOL.match(url)
    protocol = match[1].lower() if match else "http"
    if protocol in _DIRECT:
        return url
    if protocol not in {"http", "https"}:
        raise ValueError("Unsupported URL protocol")
    return _checked_http(url if match else f"http://{url}")


def _checked_http(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("Wrong HTTP URL") from None
    if not host:
        raise ValueError("URL host is empty")
    if not (":" in host or (_HOST.fullmatch(host) and "." in host.strip("."))):
        raise ValueError("Wrong HTTP URL")
    return url if parts.path or parts.query or parts.fragment else f"{url}/"
