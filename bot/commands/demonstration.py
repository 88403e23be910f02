"""The demo: the real service over sample feeds on loopback, with the terminal as subscriber."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from bot import app
from bot.demo.server import LOOPBACK, SampleFeeds
from bot.models import TaggedStory
from bot.pipeline import Polled
from classifiers.topics import shipped
from config.settings import Settings

LINGER: Final = 3.0
"""Seconds that the demo goes on after its last story: for the reading and the alert of it."""


async def run(say: app.Say) -> None:
    """Show the service at work until the sample feeds have told all their stories."""
    feeds = SampleFeeds(app.SystemClock().now)
    await feeds.start()
    try:
        with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
            stop = asyncio.Event()
            seconds = feeds.length.total_seconds() + LINGER
            asyncio.get_running_loop().call_later(seconds, stop.set)
            await app.run_service(_settings(feeds, folder), say, stop=stop, report=_Teller(say))
    finally:
        await feeds.stop()
    say("That was the demo; `make run` reads the real feeds.")


def _settings(feeds: SampleFeeds, folder: str) -> Settings:
    sources = [
        {
            "url": source.url,
            "name": source.name,
            "country": source.country,
            "owner": source.owner,
            "lang": source.lang,
            "interval": source.interval.total_seconds() if source.interval else None,
        }
        for source in feeds.sources()
    ]
    return Settings(
        service={"data_dir": Path(folder)},
        network={"allow_private": [f"{LOOPBACK}/32"]},
        web={"listen": f"{LOOPBACK}:0"},
        feeds=sources,
    )


class _Teller:
    """Tells what an alert does not: that a backlog is no news, and why a story is no alert."""

    def __init__(self, say: app.Say) -> None:
        self._say = say
        self._titles = {topic.name: topic.title for topic in shipped()}
        self._thresholds = {topic.name: topic.threshold for topic in shipped()}

    def __call__(self, polled: Polled) -> None:
        name = polled.feed.source.name
        if polled.error:
            self._say(f"{name}: {polled.error}")
        elif polled.feed.first_read is None:
            self._say(f"{name}: {len(polled.stories)} stories were there already; no alerts")
        else:
            for tagged in polled.stories:
                if not tagged.topics:
                    self._say(self._why_not(tagged))

    def _why_not(self, tagged: TaggedStory) -> str:
        nearest = max(tagged.tags, key=lambda tag: tag.probability)
        return (
            f"no alert: {tagged.story.title}\n"
            f"  nearest topic is {self._titles[nearest.topic]} with {nearest.probability:.0%}; "
            f"its threshold is {self._thresholds[nearest.topic]:.0%}\n"
        )
