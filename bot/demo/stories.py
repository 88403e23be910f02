"""The invented outlets and stories of the demo, and when each of them comes out."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented publisher with one feed, in one of the three formats."""

    key: str
    name: str
    format: Literal["rss", "atom", "json"]
    site: str
    country: str
    owner: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """An invented story.

    ``appears`` is seconds after the start, 0 for the backlog; ``age`` the minutes between its
    publication and its appearing; ``lang`` is empty where it is that of the outlet; ``expect``
    names the topics that it carries.
    """

    id: str
    outlet: str
    appears: float
    age: float
    title: str
    summary: str
    expect: tuple[str, ...]
    lang: str = ""

    def published(self, start: datetime) -> datetime:
        """Give its date, in a demo that began at ``start``."""
        return start + timedelta(seconds=self.appears) - timedelta(minutes=self.age)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All that the demo plays."""

    outlets: tuple[Outlet, ...]
    stories: tuple[SampleStory, ...]

    @property
    def length(self) -> timedelta:
        """How long after the start the last story comes out."""
        return timedelta(seconds=max(story.appears for story in self.stories))

    def out(self, outlet: Outlet, elapsed: timedelta) -> list[SampleStory]:
        """Give what an outlet has published ``elapsed`` after the start, newest first."""
        told = (story for story in self.stories if story.outlet == outlet.key)
        seen = [story for story in told if timedelta(seconds=story.appears) <= elapsed]
        return sorted(seen, key=lambda story: story.appears - story.age * 60, reverse=True)


@cache
def script() -> Script:
    """Read what the demo plays; it is part of the program."""
    text = (files("bot.demo") / "stories.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    return Script(
        outlets=tuple(Outlet(**outlet) for outlet in read["outlets"]),
        stories=tuple(
            SampleStory(**story | {"expect": tuple(story["expect"])}) for story in read["stories"]
        ),
    )
