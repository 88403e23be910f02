"""PURE: text with marks (bold, links), safe for Telegram's HTML by construction.

A text is a row of runs, each plain words with at most one look and one link. Words are cleaned
when they enter, cut while they are still plain, and escaped when they leave: so no word of a
feed can break a message, and no cut can fall into a mark.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

MESSAGE_LIMIT: Final = 4096
"""Length of a message in UTF-16 units once its marks are parsed (Bot API, sendMessage)."""

URL_LIMIT: Final = 2000
"""The longest link that is given to a chat, in characters."""

_LOOKED_AT: Final = 8
_UTF16: Final = "utf-16-le"
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINERS: Final = "\u200c\u200d"
_LONE_JOINER: Final = re.compile(rf"(?<!\S)[{_JOINERS}]+|[{_JOINERS}]+(?!\S)")
_HOST: Final = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{1,63}")
_PLAIN_IN_URL: Final = "%/:?@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Run:
    """Plain words with one look: ``tag`` is b, i, code or empty; ``href`` a link or empty."""

    text: str
    tag: str = ""
    href: str = ""

    @property
    def html(self) -> str:
        """The run as Telegram's HTML."""
        inner = html.escape(self.text, quote=False)
        if self.href:
            inner = f'<a href="{html.escape(self.href)}">{inner}</a>'
        return f"<{self.tag}>{inner}</{self.tag}>" if self.tag else inner


@dataclass(frozen=True, slots=True)
class Text:
    """A row of runs, made by ``say``, ``bold``, ``italic``, ``code``, ``link``, joined by +."""

    runs: tuple[Run, ...] = ()

    def __add__(self, other: "Text") -> "Text":
        """Join two texts."""
        return Text(self.runs + other.runs)

    def __bool__(self) -> bool:
        """Tell whether there is anything to read."""
        return any(run.text for run in self.runs)

    @property
    def html(self) -> str:
        """The text as Telegram's HTML."""
        return "".join(run.html for run in self.runs)

    @property
    def shown(self) -> str:
        """What is read in the chat; its length is the one that Telegram limits."""
        return "".join(run.text for run in self.runs)

    @property
    def plain(self) -> str:
        """The text without any mark, each link written out behind its words."""
        return "".join(f"{r.text} ({r.href})" if r.href else r.text for r in self.runs)

    def cut(self, limit: int = MESSAGE_LIMIT) -> "Text":
        """Give as much of the text as fits in ``limit`` UTF-16 units, with … where it was cut."""
        kept: list[Run] = []
        for run in self.runs:
            kept.append(Run(cut(run.text, limit), run.tag, run.href))
            limit -= units(run.text)
            if limit <= 0:
                break
        return Text(tuple(kept))


def say(words: str) -> Text:
    """Plain words; line breaks stay."""
    return Text((Run(clean(words)),))


def bold(words: str) -> Text:
    """Words in bold."""
    return Text((Run(clean(words), "b"),))


def italic(words: str) -> Text:
    """Words in italics."""
    return Text((Run(clean(words), "i"),))


def code(words: str) -> Text:
    """Words that a tap copies."""
    return Text((Run(clean(words), "code"),))


def link(words: str, url: str, *, tag: str = "") -> Text:
    """Words that open ``url``; without the link where it is none that a chat should open."""
    return Text((Run(clean(words), tag, web_link(url)),))


def join(texts: list[Text], between: str = "\n") -> Text:
    """Put texts in a row with something between them; empty ones are left out."""
    whole = Text()
    for text in filter(None, texts):
        whole = whole + say(between) + text if whole else text
    return whole


def field(words: str, limit: int) -> str:
    """Make one tidy line of at most ``limit`` UTF-16 units from words that others wrote."""
    # A feed may bring a megabyte where a line is wanted: only so much of it is looked at.
    looked_at = words[: _LOOKED_AT * (limit + 1)]
    return cut(" ".join(clean(looked_at).split()), limit)


def units(words: str) -> int:
    """Count UTF-16 units, which is how Telegram measures."""
    return len(words.encode(_UTF16, "surrogatepass")) // 2


def cut(words: str, limit: int) -> str:
    """Cut words to ``limit`` UTF-16 units, at a blank where one is near, and end them with …."""
    if units(words) <= limit:
        return words
    if limit <= 0:
        return ""
    # Half a pair that the cut leaves behind is ignored.
    kept = words.encode(_UTF16, "surrogatepass")[: 2 * (limit - 1)].decode(_UTF16, "ignore")
    blank = kept.rfind(" ")
    kept = kept[:blank] if blank > len(kept) * 4 // 5 else kept
    return kept.rstrip(" \n" + _JOINERS) + "…"


def clean(words: str) -> str:
    """Take out what no reader sees but what misleads readers or breaks messages.

    Control, direction and zero-width characters go; halves of a surrogate pair become �; the
    two joiners stay only inside a word or an emoji, where scripts need them.
    """
    if words.isprintable():
        return words
    kept = "".join(char if char.isprintable() else _clean_char(char) for char in words)
    return _LONE_JOINER.sub("", kept)


def is_visible(words: str) -> bool:
    """Tell whether anything of the words can be seen."""
    return any(
        unicodedata.category(char)[0] not in "ZCM" and char not in _BLANK_LETTERS for char in words
    )


def web_link(url: str) -> str:
    """Give ``url`` in plain ASCII if it leads to the web, else nothing.

    Only http and https count; a host in letters of other scripts is written in its true
    (punycode) form.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host.lower()):
        return ""
    rest = _quoted(parts.path or "/")
    rest += f"?{_quoted(parts.query)}" if parts.query else ""
    rest += f"#{_quoted(parts.fragment)}" if parts.fragment else ""
    whole = f"{parts.scheme}://{host}{port}{rest}"
    return whole if len(whole) <= URL_LIMIT else ""


def real_host(url: str) -> str:
    """Give the host that a link really leads to, or nothing where it is no link."""
    return (urlsplit(web_link(url)).hostname or "").removeprefix("www.")


def _quoted(part: str) -> str:
    return quote(part, safe=_PLAIN_IN_URL, errors="replace")


def _clean_char(char: str) -> str:
    if char == "\n" or char in _JOINERS:
        return char
    match unicodedata.category(char):
        case "Cs":
            return "\ufffd"
        case "Cc" | "Zl" | "Zp":
            return " " if char.isspace() else ""
        case "Cf":
            return ""
        case _:
            return char
