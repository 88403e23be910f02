"""PURE: buttons under messages, and what pressing them says to the bot.

The data of a button is ``version:verb:what``. It says what is wished, not what to toggle, so
that a button pressed twice, or delivered twice, does the same thing once.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.models import Topic

DATA_LIMIT: Final = 64
"""The most bytes of data that a button may carry (Bot API, InlineKeyboardButton)."""

EVERYTHING: Final = "*"
"""Stands for all topics in a button's data."""

_VERSION: Final = "1"
_DIGEST: Final = 16
_ID: Final = re.compile(r"[0-9]{1,18}")  # as long as surely fits 64 bits


class Verb(StrEnum):
    """What a button asks for."""

    FOLLOW = "+"
    LEAVE = "-"
    WHY = "why"
    SOURCES = "src"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: it either opens ``url`` or says ``data`` to the bot."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a pressed button said."""

    verb: Verb
    what: str = ""


Rows = tuple[tuple[Button, ...], ...]


def data(verb: Verb, what: str = "") -> str:
    """Write what a button says; a name too long for it is replaced by its digest."""
    text = f"{_VERSION}:{verb}:{what}"
    return text if len(text.encode()) <= DATA_LIMIT else f"{_VERSION}:{verb}:{_digest(what)}"


def read(text: str) -> Press | None:
    """Read what a button said; None for one that this version did not make."""
    version, _, rest = text.partition(":")
    verb, _, what = rest.partition(":")
    if version != _VERSION or verb not in tuple(Verb):
        return None
    return Press(verb=Verb(verb), what=what)


def meant(press: Press, topics: Iterable[Topic]) -> list[Topic]:
    """Find the topics that a button is about; none where they are no longer on offer."""
    return [
        topic for topic in topics if press.what in {EVERYTHING, topic.name, _digest(topic.name)}
    ]


def alert_id(press: Press | None) -> int:
    """Give the id of the alert that a button asks about; 0 where it names none."""
    if press is None or press.verb is not Verb.WHY or not _ID.fullmatch(press.what):
        return 0
    return int(press.what)


def topic_rows(topics: Iterable[Topic], followed: frozenset[str]) -> Rows:
    """One button a topic, ✓ for those followed and ＋ for the others; then one for all."""
    topics = list(topics)
    rows = [(_topic_button(topic, follows=topic.name in followed),) for topic in topics]
    if len(topics) > 1:
        rows.append((_all_button(follows=all(topic.name in followed for topic in topics)),))
    return tuple(rows)


def _topic_button(topic: Topic, *, follows: bool) -> Button:
    verb, mark = (Verb.LEAVE, "✓") if follows else (Verb.FOLLOW, "＋")
    return Button(label=f"{mark} {topic.title}", data=data(verb, topic.name))


def _all_button(*, follows: bool) -> Button:
    if follows:
        return Button(label="Leave all", data=data(Verb.LEAVE, EVERYTHING))
    return Button(label="＋ Follow all", data=data(Verb.FOLLOW, EVERYTHING))


def _digest(name: str) -> str:
    return "#" + hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
